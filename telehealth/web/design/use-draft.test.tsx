import { Problem } from "@app/api/problem"
import { act, renderHook } from "@testing-library/react"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import type { Saved } from "./autosave"
import { load } from "./draft-store"
import { useDraft } from "./use-draft"

type Form = { text: string; note: string }
const server = (version: number, text: string, note = ""): Saved<Form> => ({
  content: { text, note },
  version,
  savedAt: null,
})

beforeEach(() => {
  localStorage.clear()
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

type Save = (changed: Partial<Form>, version: number) => Promise<Saved<Form>>
const use = (save: Save, refetch = async () => server(1, "")) =>
  renderHook(() => useDraft<Form>({ storageKey: "k", server: server(1, ""), save, refetch }))

it("saves a breath after the last keystroke, once", async () => {
  const save = vi.fn<Save>(async (changed, version) => server(version + 1, changed.text ?? ""))
  const { result } = use(save)
  act(() => result.current.set({ text: "đ" }))
  await act(() => vi.advanceTimersByTimeAsync(500))
  act(() => result.current.set({ text: "đau" }))
  expect(load<Form>("k")?.mine.text).toBe("đau")
  await act(() => vi.advanceTimersByTimeAsync(1000))
  expect(save.mock.calls).toEqual([[{ text: "đau" }, 1, { text: "đau", note: "" }]])
  expect(result.current.draft.phase.name).toBe("clean")
  expect(load("k")).toBeNull()
})

it("keeps the text on this machine while the line is down and sends it when it is back", async () => {
  let down = true
  const save = vi.fn<Save>(async (changed, version) => {
    if (down) throw new Problem("offline", 0, "", "")
    return server(version + 1, changed.text ?? "")
  })
  const { result } = use(save)
  act(() => result.current.set({ text: "đau" }))
  await act(() => vi.advanceTimersByTimeAsync(1000))
  expect(result.current.draft.phase.name).toBe("waiting")
  expect(load<Form>("k")?.mine.text).toBe("đau")
  down = false
  await act(async () => {
    window.dispatchEvent(new Event("online"))
    await vi.advanceTimersByTimeAsync(0)
  })
  expect(result.current.draft.phase.name).toBe("clean")
})

it("merges a newer version that does not touch my field, and saves on top of it", async () => {
  const save = vi.fn<Save>(async (changed, version) => {
    if (version === 1) throw new Problem("version-conflict", 409, "", "")
    return server(version + 1, changed.text ?? "", "của họ")
  })
  const { result } = use(save, async () => server(5, "", "của họ"))
  act(() => result.current.set({ text: "của tôi" }))
  await act(() => vi.advanceTimersByTimeAsync(1000))
  await act(() => vi.advanceTimersByTimeAsync(1000))
  expect(save.mock.calls.map(call => call[1])).toEqual([1, 5])
  expect(result.current.value).toEqual({ text: "của tôi", note: "của họ" })
})

it("saves what is typed when the page is left", async () => {
  const save = vi.fn<Save>(async (changed, version) => server(version + 1, changed.text ?? ""))
  const { result, unmount } = use(save)
  act(() => result.current.set({ text: "đau" }))
  unmount()
  await vi.advanceTimersByTimeAsync(0)
  expect(save).toHaveBeenCalledOnce()
})
