import { expect, test } from "vitest"
import { StageParser, type StagePart, StageStreamError } from "../pack-stream"
import { bytesOf, stagePart } from "./a-series"

const parts = [
  stagePart(2, bytesOf(2).subarray(0, 10)),
  stagePart(0, new Uint8Array(0)),
  stagePart(1, bytesOf(1)),
]
const stream = Uint8Array.from(parts.flatMap(part => [...part]))

test.each([1, 2, 3, 7, 8, 9, 19, 1000])("parts come out whole when the network cuts every %i bytes", cut => {
  const parser = new StageParser(() => 100)
  const got: StagePart[] = []
  for (let at = 0; at < stream.length; at += cut) got.push(...parser.push(stream.subarray(at, at + cut)))
  expect(got.map(part => [part.index, [...part.bytes]])).toEqual([
    [2, [...bytesOf(2).subarray(0, 10)]],
    [0, []],
    [1, [...bytesOf(1)]],
  ])
  expect(parser.clean).toBe(true)
})

test("a part longer than its image, or of an unknown image, is refused before memory is taken", () => {
  const parser = new StageParser(index => (index < 3 ? 50 : 0))
  expect(() => parser.push(stagePart(1, bytesOf(1)))).toThrow(StageStreamError)
  expect(() => new StageParser(() => 0).push(stagePart(9, bytesOf(1)))).toThrow(StageStreamError)
})

test("a stream that ends inside a part is not clean", () => {
  const parser = new StageParser(() => 100)
  parser.push(stream.subarray(0, 12))
  expect(parser.clean).toBe(false)
})
