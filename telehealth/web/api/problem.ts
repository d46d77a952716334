/** An error the server explained (RFC 9457), or one of ours with the same shape: `offline`, `unreadable`. */
export class Problem extends Error {
  constructor(
    readonly slug: string,
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly fields: FieldProblem[] = [],
    readonly data: Record<string, unknown> = {},
  ) {
    super(title)
    this.name = "Problem"
  }
}

export type FieldProblem = { pointer: string; slug: string; detail: string }

const text = (value: unknown): string => (typeof value === "string" ? value : "")

/** Reads a problem document; a body that is not one keeps its HTTP status. */
export function problemFrom(status: number, body: unknown): Problem {
  if (typeof body !== "object" || body === null) return new Problem("unreadable", status, "", "")
  const data = body as Record<string, unknown>
  const slug = text(data.type).split("/").at(-1) || "unreadable"
  const fields = Array.isArray(data.errors) ? (data.errors as FieldProblem[]) : []
  return new Problem(slug, status, text(data.title), text(data.detail), fields, data)
}

/** True when trying again later can help: no line, or the server is busy or away. */
export const mayPass = (problem: Problem): boolean =>
  problem.slug === "offline" || problem.status === 429 || problem.status >= 500

/** Any thrown value as a Problem. */
export const asProblem = (error: unknown): Problem =>
  error instanceof Problem
    ? error
    : new Problem("unexpected", 0, "", error instanceof Error ? error.message : "")
