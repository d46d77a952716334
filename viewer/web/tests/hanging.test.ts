import { expect, test } from "vitest"
import { type Hanging, hang, hangingKey, hung } from "../hanging"
import type { Picture, SeriesInfo, StudyInfo } from "../series-list"
import { aManifest, anImage } from "./a-series"

const AXIAL = [1, 0, 0, 0, 1, 0]
const CORONAL = [1, 0, 0, 0, 0, -1]
const SAGITTAL = [0, 1, 0, 0, 0, -1]

function aPicture(change: Partial<Picture> = {}): Picture {
  return {
    sop_uid: "1.5",
    frame: 1,
    frames: 1,
    laterality: "",
    view_position: "",
    image_type: ["ORIGINAL", "PRIMARY"],
    patient_orientation: [],
    for_processing: false,
    orientation: null,
    ...change,
  }
}

function aSeries(
  series_uid: string,
  modality: string,
  count: number,
  change: Partial<SeriesInfo> = {},
): SeriesInfo {
  return {
    series_uid,
    modality,
    number: 1,
    description: series_uid,
    body_part: "",
    frame_of_reference_uid: "1.7",
    image_count: count,
    published_count: count,
    state: "ready",
    default_window: null,
    thumbnail_url: null,
    withheld: false,
    burned_in: "clear",
    name_said: null,
    pictures: [aPicture({ orientation: AXIAL })],
    ...change,
  }
}

const aStudy = (series: SeriesInfo[], change: Partial<StudyInfo> = {}): StudyInfo => ({
  study_uid: "1.8",
  description: "",
  study_date: null,
  series,
  ...change,
})
const along = (orientation: number[]) => ({ pictures: [aPicture({ orientation })] })
const shown = (hanging: Hanging | null) => hanging?.slots.map(slot => slot?.series.series_uid ?? null)

test("HA1 CT shows its main series: no scout, axial before reformats, most images", () => {
  const scout = aSeries("scout", "CT", 500, {
    pictures: [aPicture({ image_type: ["ORIGINAL", "PRIMARY", "LOCALIZER"] })],
  })
  const named = aSeries("named", "CT", 400, { description: "Ảnh định vị" })
  const reformat = aSeries("cor", "CT", 300, along(CORONAL))
  const hanging = hang([
    aStudy([scout, named, reformat, aSeries("thick", "CT", 80), aSeries("thin", "CT", 200)]),
  ])
  expect(hanging).toMatchObject({ layout: 1, linked: false })
  expect(shown(hanging)).toEqual(["thin"])
})

test("HA1 a handful of axial images does not lead a large series of another direction", () => {
  const bolus = aSeries("bolus", "CT", 12)
  expect(shown(hang([aStudy([bolus, aSeries("sag", "CT", 176, along(SAGITTAL))])]))).toEqual(["sag"])
})

test("HA1 MR sequences of one frame of reference hang four together, those of the main direction first", () => {
  const other = { frame_of_reference_uid: "1.77" }
  const series = [
    aSeries("cor", "MR", 20, along(CORONAL)),
    aSeries("t1", "MR", 20),
    aSeries("t2", "MR", 24),
    aSeries("elsewhere", "MR", 20, other),
    aSeries("flair", "MR", 20),
    aSeries("sag", "MR", 20, along(SAGITTAL)),
  ]
  const hanging = hang([aStudy(series)])
  expect(hanging).toMatchObject({ layout: 4, linked: true })
  expect(shown(hanging)).toEqual(["t2", "t1", "flair", "cor"])
  expect(hang([aStudy([aSeries("t1", "MR", 20)])])).toMatchObject({ layout: 1, linked: false })
  expect(hang([aStudy(series.slice(1, 3))])).toMatchObject({ layout: 2, linked: true })
})

test("HA1 an earlier study of the same part and modality hangs beside the newest, linked", () => {
  const now = aStudy([aSeries("now", "CT", 80, { body_part: "Head" })], { study_date: "2026-11-20" })
  const old = aStudy([aSeries("old", "CT", 60, { body_part: "HEAD " })], {
    study_date: "2026-08-01",
    study_uid: "1.88",
  })
  const hanging = hang([old, now])
  expect(hanging).toMatchObject({ layout: 2, linked: true })
  expect(shown(hanging)).toEqual(["now", "old"])
  const chest = aStudy([aSeries("old", "CT", 60, { body_part: "CHEST" })], { study_date: "2026-08-01" })
  expect(shown(hang([chest, now]))).toEqual(["now"])
  expect(shown(hang([{ ...old, study_date: "2026-11-20" }, now]))).toHaveLength(1) // one visit in two studies
  const nameless = (day: string, uid: string) =>
    aStudy([aSeries(uid, "MR", 20)], { study_date: day, description: "MRI sọ não", study_uid: day })
  expect(shown(hang([nameless("2025-01-01", "a"), nameless("2026-01-01", "b")]))).toEqual(["b", "a"])
})

test("HA1 of the earlier study the series of the same name is compared", () => {
  const now = aStudy([aSeries("1", "CT", 80, { body_part: "HEAD", description: "5 mm" })], {
    study_date: "2026-11-20",
  })
  const series = [
    aSeries("2", "CT", 300, { body_part: "HEAD", description: "1 mm" }),
    aSeries("3", "CT", 60, { body_part: "HEAD", description: "5 MM" }),
  ]
  expect(shown(hang([aStudy(series, { study_date: "2026-01-01" }), now]))).toEqual(["1", "3"])
})

const breast = (laterality: "L" | "R", view_position: string, ...patient_orientation: string[]) =>
  aSeries(`${laterality}${view_position}`, "MG", 1, {
    pictures: [
      aPicture({
        laterality,
        view_position,
        patient_orientation,
        sop_uid: `1.${laterality}${view_position}`,
      }),
    ],
  })

test("HA2 mammograms hang RCC LCC above RMLO LMLO, turned until the chest walls meet", () => {
  const raw = aSeries("raw", "MG", 1, {
    pictures: [aPicture({ laterality: "R", view_position: "CC", for_processing: true })],
  })
  const series = [
    raw,
    breast("L", "MLO", "P", "FR"),
    breast("R", "MLO", "P", "FL"),
    breast("L", "CC", "A", "R"),
    breast("R", "CC", "A", "R"),
  ]
  const hanging = hang([aStudy(series)])
  expect(shown(hanging)).toEqual(["RCC", "LCC", "RMLO", "LMLO"])
  expect(hanging?.slots.map(slot => [slot?.flipH, slot?.flipV])).toEqual([
    [true, true],
    [false, false],
    [false, false],
    [true, false],
  ])
  expect(shown(hang([aStudy([breast("L", "CC"), breast("R", "CC")])]))).toEqual(["RCC", "LCC"])
  expect(shown(hang([aStudy([breast("L", "CC"), breast("R", "CC"), breast("R", "MLO")])]))).toEqual([
    "RCC",
    "LCC",
    "RMLO",
    null,
  ])
})

test("HA4 X-rays of two views hang side by side, the front first", () => {
  const view = (view_position: string, uid = view_position) =>
    aSeries(uid, "DX", 1, { pictures: [aPicture({ view_position, sop_uid: uid })] })
  expect(shown(hang([aStudy([view("LL"), view("PA")])]))).toEqual(["PA", "LL"])
  expect(shown(hang([aStudy([view("", "a"), view("", "b"), view("", "c")])]))).toEqual(["a", "b"])
  const now = aStudy([{ ...view("PA", "now"), body_part: "CHEST" }], { study_date: "2026-02-01" })
  const old = aStudy([{ ...view("PA", "old"), body_part: "CHEST" }], { study_date: "2025-02-01" })
  expect(shown(hang([old, now]))).toEqual(["now", "old"])
  expect(shown(hang([now]))).toEqual(["now"])
})

test("HA4 two views in one series are two images", () => {
  const pictures = [
    aPicture({ sop_uid: "1.1", view_position: "LL" }),
    aPicture({ sop_uid: "1.2", view_position: "AP" }),
  ]
  const hanging = hang([aStudy([aSeries("both", "CR", 2, { pictures })])])
  expect(hanging?.slots.map(slot => slot?.sopUid)).toEqual(["1.2", "1.1"])
})

test("HA3 of ultrasound and angiography the longest clip stands at its first image, ready to run", () => {
  const clip = aSeries("clip", "XA", 60, { pictures: [aPicture({ frame: 31, frames: 60 })] })
  const hanging = hang([aStudy([aSeries("still", "US", 1), clip])])
  expect(shown(hanging)).toEqual(["clip"])
  expect(hanging?.slots[0]).toMatchObject({ sopUid: "1.5", frame: 1 })
})

test("HA5 anything else opens as before, and nothing when nothing is published", () => {
  expect(shown(hang([aStudy([aSeries("a", "OT", 1), aSeries("b", "OT", 5)])]))).toEqual(["b"])
  expect(hang([aStudy([aSeries("a", "CT", 9, { published_count: 0 })])])).toBeNull()
  expect(hang([])).toBeNull()
})

test("HA1 what hangs linked begins at the same place of the patient, and its view is one to be sent", () => {
  const stack = (seriesUid: string, from: number) => ({
    ...aManifest(0),
    seriesUid,
    images: Array.from({ length: 9 }, (_, i) =>
      anImage({ sopUid: `${seriesUid}.${i}`, position: [0, 0, from + i], orientation: [1, 0, 0, 0, 1, 0] }),
    ),
  })
  const [one, two] = [stack("1", 0), stack("2", -2)]
  const hanging = hang([aStudy([aSeries("1", "MR", 9), aSeries("2", "MR", 9)])])
  const view = hanging && hung(hanging, uid => (uid === "1" ? one : two))
  expect(view?.viewports.map(viewport => viewport?.sop_uid)).toEqual(["1.4", "2.6"])
  expect(view).toMatchObject({ layout: 2, active: 0, linked: true })
  expect(hangingKey(hanging)).not.toBe(hangingKey(null))
})
