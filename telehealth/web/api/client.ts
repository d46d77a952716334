import { Problem, problemFrom } from "./problem"

/** Cookies carry the session; this header proves that our own page sent an unsafe request. */
export const OWN_PAGE = { "X-Telehealth": "1" }

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
type Query = Record<string, string | number | boolean | null | undefined>

/** `/api/cases?mine=1` from a path and the values that are set. */
export function withQuery(path: string, query: Query): string {
  const set = Object.entries(query).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  )
  if (set.length === 0) return path
  return `${path}?${new URLSearchParams(set.map(([key, value]) => [key, String(value)]))}`
}

async function send(method: Method, path: string, init: RequestInit): Promise<Response> {
  const headers = { Accept: "application/json", ...(method === "GET" ? {} : OWN_PAGE), ...init.headers }
  try {
    return await fetch(path, { method, credentials: "same-origin", ...init, headers })
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error
    throw new Problem("offline", 0, "", "")
  }
}

async function read(response: Response): Promise<unknown> {
  const body = await response.text()
  if (body === "") return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

async function request<T>(method: Method, path: string, init: RequestInit = {}): Promise<T> {
  const response = await send(method, path, init)
  const body = await read(response)
  if (!response.ok) throw problemFrom(response.status, body)
  return body as T
}

const json = (body: unknown): RequestInit =>
  body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }

export const api = {
  get: <T>(path: string, signal?: AbortSignal) => request<T>("GET", path, signal ? { signal } : {}),
  post: <T>(path: string, body?: unknown) => request<T>("POST", path, json(body)),
  put: <T>(path: string, body: unknown) => request<T>("PUT", path, json(body)),
  patch: <T>(path: string, body: unknown) => request<T>("PATCH", path, json(body)),
  delete: <T>(path: string, body?: unknown) => request<T>("DELETE", path, json(body)),
  /** One file as the whole body; its name travels percent-encoded, headers being ASCII. */
  postFile: <T>(path: string, file: File) =>
    request<T>("POST", path, {
      body: file,
      headers: {
        "Content-Type": file.type || "application/octet-stream",
        "X-File-Name": encodeURIComponent(file.name),
      },
    }),
}
