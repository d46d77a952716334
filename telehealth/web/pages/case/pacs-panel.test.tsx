import "../../i18n"
import { queryClient } from "@app/api/queries"
import type { PacsStudy, Pull } from "@app/api/types"
import { MantineProvider } from "@mantine/core"
import { QueryClientProvider } from "@tanstack/react-query"
import { cleanup, fireEvent, render, screen } from "@testing-library/react"
import i18n from "i18next"
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest"
import { PacsPanel } from "./pacs-panel"

const study = (uid: string, more: Partial<PacsStudy> = {}): PacsStudy => ({
  study_uid: uid,
  study_date: "2026-11-20",
  description: `CT ${uid}`,
  modality: ["CT"],
  accession_number: "A1",
  image_count: 280,
  patient_id: "NK-240001",
  patient_name: "Lường Văn Minh Hoạ",
  patient_birth_date: "1954-03-02",
  patient_sex: "M",
  identity: "match",
  in_case: false,
  ...more,
})
const pull = (state: Pull["state"], more: Partial<Pull> = {}): Pull => ({
  id: state,
  study_uid: `1.${state}`,
  description: `MR ${state}`,
  peer_name: "PACS",
  state,
  reason_slug: null,
  expected: 100,
  arrived: 40,
  failed: 0,
  requested_at: "2026-11-23T02:00:00Z",
  ...more,
})

beforeAll(() => {
  // jsdom knows neither; Mantine asks for both.
  const plain = { matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }
  vi.stubGlobal("matchMedia", () => plain)
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe = () => undefined
      unobserve = () => undefined
      disconnect = () => undefined
    },
  )
})
afterAll(() => vi.unstubAllGlobals())
afterEach(() => {
  cleanup()
  queryClient.clear()
})

/** What was sent, beside reading. */
function server(answers: Record<string, unknown>): { path: string; body: unknown }[] {
  const sent: { path: string; body: unknown }[] = []
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    if (init.method !== "GET") sent.push({ path, body: JSON.parse(String(init.body ?? "null")) })
    const [status, body] = (answers[`${init.method} ${path}`] ?? [200, { items: [] }]) as [number, unknown]
    return new Response(JSON.stringify(body), { status })
  })
  return sent
}

const show = () =>
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queryClient}>
        <PacsPanel caseId="c" patientId="NK-240001" onImages={async () => undefined} />
      </QueryClientProvider>
    </MantineProvider>,
  )
const peers = [200, { items: [{ id: "p", name: "PACS", retrieve: "move" }] }]

it("searches by the patient's number and fetches what is chosen", async () => {
  const sent = server({
    "GET /api/cases/c/pacs": peers,
    "POST /api/cases/c/pacs/p/search": [200, { items: [study("1"), study("2", { in_case: true })] }],
    "POST /api/cases/c/pulls": [201, { items: [] }],
  })
  show()
  fireEvent.click(await screen.findByRole("button", { name: i18n.t("pacs.open") }))
  fireEvent.click(await screen.findByRole("button", { name: i18n.t("pacs.search") }))
  fireEvent.click(await screen.findByRole("checkbox"))
  fireEvent.click(screen.getByRole("button", { name: i18n.t("pacs.take", { count: 1 }) }))
  await vi.waitFor(() => expect(sent.length).toBe(2))
  expect(sent[0]?.body).toEqual({ by: "patient_id", value: "NK-240001" })
  expect(sent[1]?.body).toEqual({ peer_id: "p", studies: [{ study_uid: "1", description: "CT 1" }] })
})

it("says in words why the PACS could not be asked", async () => {
  const failed = { type: "/problems/pacs-failed", title: "", status: 424, reason: "our-ae-unknown" }
  server({ "GET /api/cases/c/pacs": peers, "POST /api/cases/c/pacs/p/search": [424, failed] })
  show()
  fireEvent.click(await screen.findByRole("button", { name: i18n.t("pacs.open") }))
  fireEvent.click(await screen.findByRole("button", { name: i18n.t("pacs.search") }))
  expect(await screen.findByText(i18n.t("pacs.reason.our-ae-unknown"))).toBeDefined()
})

it("says what stalled, that what came stays, and tries again", async () => {
  const items = [pull("stalled", { reason_slug: "stalled" }), pull("done", { arrived: 100 })]
  const sent = server({ "GET /api/cases/c/pulls": [200, { items }] })
  show()
  const kept = `${i18n.t("pacs.reason.stalled")} ${i18n.t("pacs.kept")}`
  expect(await screen.findByText(kept)).toBeDefined()
  fireEvent.click(screen.getByRole("button", { name: i18n.t("pacs.retry") }))
  await vi.waitFor(() => expect(sent[0]?.path).toBe("/api/cases/c/pulls/stalled/retry"))
})

it("takes up what arrived for no case", async () => {
  const items = [study("9", { arrived_at: "2026-11-23T02:00:00Z" })]
  const sent = server({ "GET /api/cases/c/arrived-studies": [200, { items }] })
  show()
  fireEvent.click(await screen.findByRole("button", { name: i18n.t("pacs.attach") }))
  await vi.waitFor(() => expect(sent[0]?.path).toBe("/api/cases/c/arrived-studies/9"))
})
