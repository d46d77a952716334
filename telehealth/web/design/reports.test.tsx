import "../i18n"
import { queryClient } from "@app/api/queries"
import type { Reports as Listed, Report, ReportLine } from "@app/api/types"
import { MantineProvider } from "@mantine/core"
import { QueryClientProvider } from "@tanstack/react-query"
import { cleanup, fireEvent, render, screen } from "@testing-library/react"
import i18n from "i18next"
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest"
import { Reports } from "./reports"

const brief = { sop_uid: "1.2.1", kind: "text", title: "CT sọ não", description: "SR" } as const
const pdf = { sop_uid: "1.2.2", kind: "pdf", title: "", description: "" } as const
const line = (kind: string, name: string, more: Partial<ReportLine> = {}): ReportLine => ({
  ...{ depth: 0, kind, name, value: "", unit: "", sop_uid: "", beside: false, concept: "", withheld: false },
  ...more,
})
const whole: Report = {
  title: "CT sọ não",
  at: "2026-11-26T08:15:00",
  is_complete: true,
  is_verified: false,
  verified_by: [],
  is_cut: false,
  lines: [
    line("heading", "Mô tả"),
    line("number", "Bề dày", { value: "11.5", unit: "mm", depth: 1 }),
    line("text", "Người bệnh", { withheld: true }),
    line("shape", "Vùng", { value: "CIRCLE" }),
    line("datetime", "Chụp lúc", { value: "2026-11-26T08:03:12" }),
  ],
}

beforeAll(async () => {
  // jsdom does not know it; Mantine asks for it.
  const plain = { matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }
  vi.stubGlobal("matchMedia", () => plain)
  await i18n.changeLanguage("vi")
})
afterAll(() => vi.unstubAllGlobals())
afterEach(() => {
  cleanup()
  queryClient.clear()
})

function show(listed: Listed): string[] {
  const asked: string[] = []
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path)
    return new Response(JSON.stringify(path.endsWith("/reports") ? listed : whole))
  })
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queryClient}>
        <Reports caseId="c1" heading="h3" />
      </QueryClientProvider>
    </MantineProvider>,
  )
  return asked
}

it("is read on the spot, and only asked for when it is opened", async () => {
  const asked = show({ items: [{ ...brief, study_date: "2026-11-26" }], withheld: 0 })
  const summary = await screen.findByText("CT sọ não · 26/11/2026")
  expect(asked).toEqual(["/api/cases/c1/reports"])
  const details = summary.closest("details") as HTMLDetailsElement
  details.open = true
  fireEvent(details, new Event("toggle"))
  expect(await screen.findByText("11.5 mm")).toBeTruthy()
  expect(screen.getByText("08:03, 26/11/2026")).toBeTruthy()
  expect(screen.getByText("Chưa duyệt")).toBeTruthy()
  expect(screen.getByText("ẩn vì cho biết người bệnh là ai")).toBeTruthy()
  expect(screen.queryByText("CIRCLE")).toBeNull()
})

it("links a PDF, and says how many are not for this person", async () => {
  show({ items: [{ ...pdf, study_date: null }], withheld: 2 })
  const link = await screen.findByText("Báo cáo PDF")
  expect(link.getAttribute("href")).toBe("/api/cases/c1/reports/1.2.2/pdf")
  expect(screen.getByText(/2 báo cáo PDF không mở được/)).toBeTruthy()
})

it("takes no room where no report came", async () => {
  const asked = show({ items: [], withheld: 0 })
  await vi.waitFor(() => expect(asked).toHaveLength(1))
  expect(screen.queryByText("Báo cáo kèm hình")).toBeNull()
})
