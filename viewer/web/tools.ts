/** The tools of the hand: what the first mouse button or one finger does. */

import type { MarkKind } from "./measures"

export type Tool = "scroll" | "window" | "pan" | "zoom" | "pointer" | MarkKind

export type ToolKey = { readonly tool: Tool; readonly key: string }

export const TOOLS: readonly ToolKey[] = [
  { tool: "scroll", key: "S" },
  { tool: "window", key: "W" },
  { tool: "pan", key: "P" },
  { tool: "zoom", key: "Z" },
  { tool: "pointer", key: "X" },
  { tool: "length", key: "L" },
  { tool: "angle", key: "G" },
  { tool: "ellipse", key: "E" },
  { tool: "roi", key: "B" },
  { tool: "arrow", key: "A" },
  { tool: "text", key: "T" },
]

export type Act = "rotate" | "flip_h" | "flip_v" | "invert" | "fit" | "reset"
export const ACTS: readonly { readonly act: Act; readonly key: string }[] = [
  { act: "rotate", key: "R" },
  { act: "flip_h", key: "H" },
  { act: "flip_v", key: "V" },
  { act: "invert", key: "I" },
  { act: "fit", key: "F" },
  { act: "reset", key: "0" },
]

const HANDS: readonly Tool[] = ["scroll", "window", "pan", "zoom", "pointer"]
export const drawsMark = (tool: Tool): tool is MarkKind => !HANDS.includes(tool)

export type Command =
  | { readonly type: "scroll"; readonly images: number }
  | { readonly type: "to"; readonly end: "first" | "last" }
  | { readonly type: "tool"; readonly tool: Tool }
  | { readonly type: "act"; readonly act: Act }
  | { readonly type: "zoom"; readonly factor: number }
  /** The preset's place in the list, from 0. */
  | { readonly type: "preset"; readonly at: number }
  | { readonly type: "cine"; readonly change: "toggle" | "faster" | "slower" }
  | { readonly type: "link" | "undo" | "remove" | "cancel" | "hang" | "plane" }

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
  " ": { type: "cine", change: "toggle" },
  ".": { type: "cine", change: "faster" },
  ",": { type: "cine", change: "slower" },
  Delete: { type: "remove" },
  Backspace: { type: "remove" },
  Escape: { type: "cancel" },
}

/** What a key means in the image area; null leaves it to the browser. */
export function commandOf(key: string): Command | null {
  const move = MOVES[key]
  if (move) return move
  if (/^[1-9]$/.test(key)) return { type: "preset", at: Number(key) - 1 }
  const upper = key.toUpperCase()
  if (upper === "K") return { type: "link" }
  if (upper === "U") return { type: "undo" }
  if (upper === "M") return { type: "plane" }
  if (upper === "O") return { type: "hang" }
  const tool = TOOLS.find(entry => entry.key === upper)
  if (tool) return { type: "tool", tool: tool.tool }
  const act = ACTS.find(entry => entry.key === upper)
  return act ? { type: "act", act: act.act } : null
}
