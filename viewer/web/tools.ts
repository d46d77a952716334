/** The tools of the hand: what the first mouse button or one finger does. */

export type Tool = "scroll" | "window" | "pan" | "zoom" | "pointer" | "length" | "arrow" | "text"

export type ToolKey = { readonly tool: Tool; readonly key: string }

export const TOOLS: readonly ToolKey[] = [
  { tool: "scroll", key: "S" },
  { tool: "window", key: "W" },
  { tool: "pan", key: "P" },
  { tool: "zoom", key: "Z" },
  { tool: "pointer", key: "X" },
  { tool: "length", key: "L" },
  { tool: "arrow", key: "A" },
  { tool: "text", key: "T" },
]

export type Act = "rotate" | "flip_h" | "flip_v" | "invert" | "reset"
export const ACTS: readonly { readonly act: Act; readonly key: string }[] = [
  { act: "rotate", key: "R" },
  { act: "flip_h", key: "H" },
  { act: "flip_v", key: "V" },
  { act: "invert", key: "I" },
  { act: "reset", key: "0" },
]

export const drawsMark = (tool: Tool): tool is "length" | "arrow" | "text" =>
  tool === "length" || tool === "arrow" || tool === "text"

export type Command =
  | { readonly type: "scroll"; readonly images: number }
  | { readonly type: "to"; readonly end: "first" | "last" }
  | { readonly type: "tool"; readonly tool: Tool }
  | { readonly type: "act"; readonly act: Act }
  | { readonly type: "zoom"; readonly factor: number }

const MOVES: { readonly [key: string]: Command } = {
  ArrowUp: { type: "scroll", images: -1 },
  ArrowLeft: { type: "scroll", images: -1 },
  ArrowDown: { type: "scroll", images: 1 },
  ArrowRight: { type: "scroll", images: 1 },
  PageUp: { type: "scroll", images: -10 },
  PageDown: { type: "scroll", images: 10 },
  Home: { type: "to", end: "first" },
  End: { type: "to", end: "last" },
  "+": { type: "zoom", factor: 1.25 },
  "=": { type: "zoom", factor: 1.25 },
  "-": { type: "zoom", factor: 0.8 },
}

/** What a key means in the image area; null leaves it to the browser. */
export function commandOf(key: string): Command | null {
  const move = MOVES[key]
  if (move) return move
  const upper = key.toUpperCase()
  const tool = TOOLS.find(entry => entry.key === upper)
  if (tool) return { type: "tool", tool: tool.tool }
  const act = ACTS.find(entry => entry.key === upper)
  return act ? { type: "act", act: act.act } : null
}
