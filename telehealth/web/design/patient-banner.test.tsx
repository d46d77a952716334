import "../i18n"
import type { CaseBrief } from "@app/api/types"
import { cleanup, render, screen } from "@testing-library/react"
import i18n from "i18next"
import { afterEach, expect, it } from "vitest"
import { PatientBanner } from "./patient-banner"

afterEach(cleanup)

const nobody = { display_name: "", age: null, age_months: null, sex: "U", masked_id: "" } as const
type Shown = Pick<CaseBrief, "patient" | "facility" | "withheld" | "identity_hidden">
const of = (withheld: boolean, identity_hidden = false): Shown => ({
  patient: { ...nobody },
  facility: { id: "f", name: "BV Mẫu" },
  withheld,
  identity_hidden,
})

it("says of a withheld case that it is withheld, not that name and sex are missing", () => {
  render(<PatientBanner of={of(true)} />)
  expect(screen.getByText(i18n.t("banner.withheld"))).toBeDefined()
  expect(screen.queryByText(i18n.t("sex.U"))).toBeNull()
  expect(screen.getByText("BV Mẫu")).toBeDefined()
})

it("says of the own case what is still missing", () => {
  render(<PatientBanner of={of(false)} />)
  expect(screen.getByText(i18n.t("banner.unnamed"))).toBeDefined()
  expect(screen.getByText(i18n.t("sex.U"))).toBeDefined()
})

it("says that the identity is hidden, unless there is a switch that says so", () => {
  const { rerender } = render(<PatientBanner of={of(false, true)} />)
  expect(screen.getByText(i18n.t("teaching.on"))).toBeDefined()
  rerender(<PatientBanner of={of(false, true)} teaching={<b>switch</b>} />)
  expect(screen.queryByText(i18n.t("teaching.on"))).toBeNull()
  rerender(<PatientBanner of={of(false)} />)
  expect(screen.queryByText(i18n.t("teaching.on"))).toBeNull()
})
