import { expect, test } from "vitest"
import { hang } from "../hanging"
import { audienceOf, type SeriesInfo, type StudyInfo, shownSeries } from "../series-list"
import { isDoubted } from "../upload/series-names"

const aSeries = (series_uid: string, withheld: boolean): SeriesInfo => ({
  series_uid,
  number: 1,
  modality: "US",
  description: "",
  body_part: "",
  frame_of_reference_uid: "",
  image_count: 2,
  published_count: 2,
  state: "ready",
  default_window: null,
  thumbnail_url: null,
  withheld,
  burned_in: "may_show_a_name",
  name_said: null,
  pictures: [],
})

const studies: readonly StudyInfo[] = [
  {
    study_uid: "1",
    description: "",
    study_date: "2026-11-23",
    series: [aSeries("1.1", true), aSeries("1.2", false)],
  },
]

test("a withheld series is neither hung nor opened by itself", () => {
  expect(shownSeries(studies).map(series => series.series_uid)).toEqual(["1.2"])
  expect(hang(studies)?.slots.map(slot => slot?.series.series_uid)).toEqual(["1.2"])
})

test("who sees a picture that others do not is told so, until somebody says that it shows no name", () => {
  const audience = (change: Partial<SeriesInfo>) =>
    audienceOf([{ ...studies[0], series: [{ ...aSeries("1.1", false), ...change }] } as StudyInfo], "1.1")
  expect(audience({ withheld: true })).toBe("others")
  expect(audience({})).toBe("some")
  expect(audience({ name_said: "no_name" })).toBe("all")
  expect(audience({ burned_in: "clear" })).toBe("all")
  expect(audience({ burned_in: "clear", name_said: "name" })).toBe("some")
  expect(audienceOf(studies, undefined)).toBe("all")
})

test("a series is in doubt until somebody has looked, whatever was seen", () => {
  const facts = { burned_in: "may_show_a_name", name_said: null, withheld: false } as const
  expect(isDoubted(facts)).toBe(true)
  expect(isDoubted({ ...facts, name_said: "no_name" })).toBe(false)
  expect(isDoubted({ ...facts, name_said: "name" })).toBe(false)
  expect(isDoubted({ ...facts, burned_in: "clear" })).toBe(false)
})
