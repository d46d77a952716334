// @vitest-environment node
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { fetchNear } from "../keep/near"

// Closed by viewer.near.sealed_piece: key bytes 0 to 31, pack 00000000-0000-0000-0000-000000000007, piece 3.
const KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
const PACK = "00000000-0000-0000-0000-000000000007"
const CLOSED = "lZgA7xg/K+M8M//4+x3BT34YtASbNtVdhz1+g3HbhLG2Hg=="
const TEXT = "pixels of the week"

const near = { url: "http://192.168.1.20:8077/near/p", key: KEY }
const given = () => Uint8Array.from(atob(CLOSED), char => char.charCodeAt(0))
const never = new AbortController().signal

function answering(body: Uint8Array<ArrayBuffer>, status = 200) {
  const asked = vi.fn(async (_url: string, _init: RequestInit) => new Response(body, { status }))
  vi.stubGlobal("fetch", asked)
  return asked
}

beforeEach(() => vi.stubGlobal("location", { protocol: "https:" }))
afterEach(() => vi.unstubAllGlobals())

test("what the server closed is opened here, and no cookie goes to the gateway", async () => {
  const asked = answering(given())
  const opened = await fetchNear(near, PACK, 3, TEXT.length, never)
  expect(new TextDecoder().decode(opened)).toBe(TEXT)
  expect(asked.mock.calls[0]?.[0]).toBe("http://192.168.1.20:8077/near/p/3")
  expect(asked.mock.calls[0]?.[1]).toMatchObject({
    credentials: "omit",
    referrerPolicy: "no-referrer",
    targetAddressSpace: "local",
  })
})

test.each([
  ["another piece", 4, given()],
  ["a bit that fell over", 3, Uint8Array.from(given(), (byte, i) => (i === 5 ? byte ^ 1 : byte))],
  ["a piece that is too short", 3, given().slice(1)],
])("%s is not believed", async (_, number, body) => {
  answering(body)
  await expect(fetchNear(near, PACK, number, TEXT.length, never)).rejects.toThrow()
})

test("what the gateway does not have is an error", async () => {
  answering(new Uint8Array(0), 404)
  await expect(fetchNear(near, PACK, 3, TEXT.length, never)).rejects.toThrow("404")
})
