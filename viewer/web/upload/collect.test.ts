import { expect, it } from "vitest"
import { fromDrop, isClutter } from "./collect"

const file = (path: string) => ({
  isFile: true,
  fullPath: path,
  file: (give: (file: File) => void) => give(new File(["x"], path.split("/").at(-1) ?? "")),
})
/** readEntries as Chromium has it: at most two at a time here, then none. */
const folder = (path: string, children: object[]) => ({
  isFile: false,
  fullPath: path,
  createReader: () => {
    const rest = [...children]
    return { readEntries: (give: (some: object[]) => void) => give(rest.splice(0, 2)) }
  },
})
const dropped = (...entries: object[]) =>
  ({ items: entries.map(entry => ({ webkitGetAsEntry: () => entry })), files: [] }) as unknown as DataTransfer

it("opens folders to the bottom, past the first batch of names", async () => {
  const names = Array.from({ length: 5 }, (_, index) => file(`/CT/S1/IM${index}`))
  const found = await fromDrop(dropped(folder("/CT", [folder("/CT/S1", names), file("/CT/DICOMDIR")])))
  expect(found.map(each => each.path)).toEqual([
    "CT/S1/IM0",
    "CT/S1/IM1",
    "CT/S1/IM2",
    "CT/S1/IM3",
    "CT/S1/IM4",
    "CT/DICOMDIR",
  ])
})

it("leaves out what machines put there on their own", async () => {
  const found = await fromDrop(dropped(folder("/CT", [file("/CT/Thumbs.db"), file("/CT/IM0")])))
  expect(found.map(each => each.path)).toEqual(["CT/IM0"])
  expect(isClutter("x/__MACOSX/._IM0")).toBe(true)
})
