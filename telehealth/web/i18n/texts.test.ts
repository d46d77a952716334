import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { resources } from "."

type Tree = { [key: string]: string | Tree }
const PLURAL = /_(one|other)$/

function flat(tree: Tree, before = ""): Map<string, string> {
  const entries = Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[before + key, value] as const] : [...flat(value, `${before}${key}.`)],
  )
  return new Map(entries)
}
const keys = (tree: Tree) => [...new Set([...flat(tree).keys()].map(key => key.replace(PLURAL, "")))].sort()
const placeholders = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map(match => match[1]).sort()

describe.each(Object.keys(resources.vi) as (keyof typeof resources.vi)[])("texts of %s", room => {
  const vi = resources.vi[room] as Tree
  const en = resources.en[room] as Tree
  it("are there in both languages", () => expect(keys(en)).toEqual(keys(vi)))
  it("name the same values", () => {
    const english = flat(en)
    for (const [key, text] of flat(vi)) {
      const other = english.get(key) ?? english.get(`${key}_other`) ?? ""
      expect([key, placeholders(other)]).toEqual([key, placeholders(text)])
    }
  })
})

const sources = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === "room" ? [] : sources(path)
    return /\.tsx?$/.test(entry.name) && !entry.name.includes(".test.") ? [path] : []
  })

it("every text the app asks for by a plain name exists", () => {
  const known = new Set(keys(resources.vi.app as Tree))
  const asked = sources("telehealth/web").flatMap(path =>
    [...readFileSync(path, "utf8").matchAll(/\bt\(\s*"([\w.-]+)"/g)].map(match => `${match[1]}`),
  )
  expect(asked.length).toBeGreaterThan(150)
  expect([...new Set(asked)].filter(key => !known.has(key))).toEqual([])
})
