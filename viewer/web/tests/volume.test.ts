import { describe, expect, test } from "vitest"
import { begun, playedAt } from "../cine"
import { edgesOf } from "../directions"
import { pixelOf, planeOf, worldOf } from "../geometry"
import { linkedTo } from "../linked"
import type { ImageEntry, Manifest, Vector3 } from "../manifest"
import { namedAs, placeIn } from "../places"
import { nextPlane, replaned, sliceUnder } from "../planes"
import { referenceLine } from "../reference-lines"
import { cutPixels, emptyVoxels, putSlice, shrinkFor } from "../resample"
import { opened } from "../series-list"
import { scrolled } from "../view-actions"
import { EMPTY_VIEW, parseView, type ViewportState, type ViewState } from "../view-state"
import { cutFrame, cutsOf, type Rebuilt, type Volume, volumeOf } from "../volume"
import { aManifest, anImage } from "./a-series"

type Shape = {
  readonly orientation?: readonly number[]
  readonly apart?: number
  readonly count?: number
  /** Sideways drift for each slice. */
  readonly drift?: Vector3
  readonly change?: (index: number) => Partial<ImageEntry>
}

const LEVEL = [1, 0, 0, 0, 1, 0]

/** 6 columns of 2 mm, 5 rows of 3 mm, `apart` mm between slices. */
function aStack({
  orientation = LEVEL,
  apart = 4,
  count = 7,
  drift = [0, 0, 0],
  change,
}: Shape = {}): Manifest {
  const [xr, yr, zr, xc, yc, zc] = orientation as [number, number, number, number, number, number]
  const normal = [yr * zc - zr * yc, zr * xc - xr * zc, xr * yc - yr * xc]
  const images = Array.from({ length: count }, (_, k) =>
    anImage({
      sopUid: `1.2.${k}`,
      rows: 5,
      columns: 6,
      spacing: [3, 2],
      orientation: orientation as never,
      position: [0, 1, 2].map(
        i => num([-10, 20, 30], i) + k * (apart * num(normal, i) + num(drift, i)),
      ) as unknown as Vector3,
      ...change?.(k),
    }),
  )
  return { ...aManifest(0), images }
}

const num = (list: ArrayLike<number>, i: number): number => list[i] as number

function volumeIn(manifest: Manifest): Volume {
  const volume = volumeOf(manifest)
  if (typeof volume === "string") throw new Error(volume)
  return volume
}

/** The phantom: a linear function of where the patient is, so that what lies between slices is known exactly. */
const phantom = ([x, y, z]: Vector3) => 100 + 2 * x + 3 * y - 5 * z

function filled(manifest: Manifest, shrink = 1, value = phantom) {
  const volume = volumeIn(manifest)
  const voxels = emptyVoxels(
    volume,
    manifest.images.map(image => ({ ...image, slope: 0.5 })),
    shrink,
  )
  for (const [k, index] of volume.order.entries()) {
    const image = manifest.images[index] as ImageEntry
    const values = Float32Array.from({ length: image.rows * image.columns }, (_, i) =>
      value(worldOf(planeOf(image), [(i % image.columns) + 0.5, Math.floor(i / image.columns) + 0.5])),
    )
    putSlice(voxels, k, { values, components: 1, min: 0, max: 0 })
  }
  return voxels
}

function cutsIn(manifest: Manifest, plane: Rebuilt): Manifest {
  const cuts = cutsOf(manifest, plane)
  if (typeof cuts === "string") throw new Error(cuts)
  return cuts
}

const OBLIQUE = [0.96, 0.28, 0, -0.28, 0.96, 0]
const STACKS: readonly (readonly [string, Shape])[] = [
  ["axial", {}],
  ["axial, upside down", { apart: -4 }],
  ["coronal", { orientation: [1, 0, 0, 0, 0, -1] }],
  ["sagittal", { orientation: [0, 1, 0, 0, 0, -1] }],
  ["oblique", { orientation: OBLIQUE }],
  ["thin", { apart: 0.5 }],
]

describe.each(STACKS)("%s stack", (_, shape) => {
  test.each(["axial", "coronal", "sagittal"] as const)(
    "every pixel of its %s cuts is the phantom's value there",
    plane => {
      const manifest = aStack(shape)
      const cuts = cutsIn(manifest, plane)
      const voxels = filled(manifest)
      const frame = cutFrame(voxels.volume, plane)
      for (const [index, image] of cuts.images.entries()) {
        const { values, min, max } = cutPixels(voxels, frame, index)
        expect(values).toHaveLength(image.rows * image.columns)
        for (let i = 0; i < values.length; i++) {
          const at = worldOf(planeOf(image), [(i % image.columns) + 0.5, Math.floor(i / image.columns) + 0.5])
          expect(values[i]).toBeCloseTo(phantom(at), 2)
        }
        expect([min, max]).toEqual([Math.min(...values), Math.max(...values)])
      }
    },
  )

  test("cuts lie as doctors look at them and run to the left, back and head", () => {
    const edges = (plane: Rebuilt) => {
      const image = cutsIn(aStack(shape), plane).images[0] as ImageEntry
      return edgesOf(image, { zoom: 1, pan: [0, 0], rotation: 0, flipH: false, flipV: false })
    }
    expect(edges("axial")).toMatchObject({ right: "L", bottom: "P" })
    expect(edges("coronal")).toMatchObject({ right: "L", bottom: "F" })
    expect(edges("sagittal")).toMatchObject({ right: "P", bottom: "F" })
    for (const plane of ["axial", "coronal", "sagittal"] as const) {
      const places = cutsIn(aStack(shape), plane).images.map(image => image.sliceLocation as number)
      expect(places).toEqual([...places].sort((a, b) => a - b))
    }
  })
})

test("an acquired slice comes back pixel by pixel as a cut of its own plane", () => {
  const manifest = aStack()
  const odd = (at: Vector3) => Math.round(1000 * Math.sin(at[0] * 12.9 + at[1] * 78.2 + at[2] * 37.7))
  const voxels = filled(manifest, 1, odd)
  const frame = cutFrame(voxels.volume, "axial")
  const expected = Array.from({ length: 30 }, (_, i) =>
    odd(worldOf(planeOf(manifest.images[3] as ImageEntry), [(i % 6) + 0.5, Math.floor(i / 6) + 0.5])),
  )
  expect([...cutPixels(voxels, frame, 3).values]).toEqual(expected)
  expect(sliceUnder(manifest, "axial", 3)).toBe(3)
  expect(sliceUnder(manifest, "coronal", 3)).toBe(-1)
})

test("pixels of a cut are square where slices are thick, and a whole number type stays whole", () => {
  const manifest = aStack()
  const coronal = cutsIn(manifest, "coronal").images[0] as ImageEntry
  expect(coronal.spacing).toEqual([2, 2]) // 7 slices 4 mm apart beside columns of 2 mm
  expect([coronal.rows, coronal.columns]).toEqual([13, 6])
  const voxels = emptyVoxels(volumeIn(manifest), manifest.images, 1)
  expect(voxels.values).toBeInstanceOf(Int16Array)
  putSlice(voxels, 0, { values: new Int16Array(30).fill(3), components: 1, min: 3, max: 3 })
  const { values } = cutPixels(voxels, cutFrame(voxels.volume, "coronal"), 0)
  expect([...values.slice(-12, -6)]).toEqual(Array(6).fill(2)) // half way from 3 to 0, rounded
})

test("VS18 a block too large for the memory is thinned by powers of two", () => {
  const { images } = aStack()
  const volume = volumeIn(aStack())
  expect([420, 419, 100, 1].map(most => shrinkFor(volume, images, most))).toEqual([1, 2, 4, 8])
  const big: Volume = {
    ...volume,
    axes: volume.axes.map((axis, i) => ({ ...axis, count: [512, 512, 300][i] as number })) as never,
  }
  expect(shrinkFor(big, images, 160 * 2 ** 20 * 0.95)).toBe(1)
  expect(shrinkFor(big, images, (160 * 2 ** 20 * 0.95) / 2)).toBe(2)
  const voxels = filled(aStack(), 2)
  for (const plane of ["axial", "coronal", "sagittal"] as const) {
    const image = cutsIn(aStack(), plane).images[2] as ImageEntry
    const { values } = cutPixels(voxels, cutFrame(voxels.volume, plane), 2)
    expect(values).toHaveLength(image.rows * image.columns)
    expect(values[0]).toBeCloseTo(phantom(worldOf(planeOf(image), [0.5, 0.5])), 0)
  }
})

test.each<[string, Shape]>([
  ["few", { count: 3 }],
  ["no_geometry", { change: k => (k === 2 ? { position: null } : {}) }],
  ["colour", { change: () => ({ photometric: "RGB" }) }],
  ["mixed", { change: k => (k === 2 ? { rows: 4 } : {}) }],
  ["mixed", { change: k => (k === 2 ? { orientation: OBLIQUE as never } : {}) }],
  ["irregular", { change: k => (k === 6 ? { position: [-10, 20, 60] } : {}) }],
  ["irregular", { change: () => ({ position: [0, 0, 0] }) }],
  ["tilt", { drift: [0, 0.5, 0] }],
])("VS19 a series that is %s is refused by that word", (reason, shape) => {
  expect(volumeOf(aStack(shape))).toBe(reason)
  expect(cutsOf(aStack(shape), "coronal")).toBe(reason)
})

test("slices that came out of order and rounded places are a block all the same", () => {
  const rounded = aStack({ change: k => ({ position: [-10, 20, 30 + 4 * k + (k % 2 ? 0.05 : 0)] }) })
  const shuffled = { ...rounded, images: [...rounded.images].reverse() }
  expect(volumeIn(shuffled).order).toEqual([6, 5, 4, 3, 2, 1, 0])
})

test("VS20 every site names a cut alike, and no two cuts by one name", () => {
  const names = (manifest: Manifest) =>
    (["axial", "coronal", "sagittal"] as const).flatMap(plane =>
      cutsIn(manifest, plane).images.map(i => i.sopUid),
    )
  expect(names(aStack())).toEqual(names(structuredClone(aStack())))
  expect(new Set(names(aStack())).size).toBe(7 + 5 + 6)
  for (const name of names(aStack())) expect(name).toMatch(/^2\.25\.[1-9][0-9]{20,38}$/)
  expect(names({ ...aStack(), seriesUid: "1.10" })[0]).not.toBe(names(aStack())[0])
})

describe("a viewport", () => {
  const manifest = aStack()
  const viewport = opened(manifest, null) as ViewportState
  const view: ViewState = { layout: 1, active: 0, viewports: [viewport], linked: false }
  const shown = (of: ViewState | null) => of?.viewports[0] as ViewportState

  test("VS17 goes to the cut through the middle of its image, keeps its window and comes back", () => {
    const turned = { ...view, viewports: [{ ...viewport, rotation: 90 as const, zoom: 3 }] }
    const coronal = replaned(turned, 0, manifest, "coronal")
    expect(shown(coronal)).toMatchObject({ plane: "coronal", cut_mm: 26, rotation: 0, zoom: 1 })
    expect(shown(coronal).window).toEqual(viewport.window)
    expect(shown(replaned(coronal, 0, manifest, "acquired"))).toEqual(viewport)
    const sagittal = replaned(coronal, 0, manifest, "sagittal")
    expect(shown(sagittal)).toMatchObject({ plane: "sagittal", sop_uid: viewport.sop_uid })
  })

  test("VS17 comes back to the slice it was scrolled to", () => {
    const axial = replaned(view, 0, manifest, "axial")
    const cuts = cutsIn(manifest, "axial")
    const scrolled = {
      ...axial,
      viewports: [{ ...shown(axial), ...namedAs(cuts, cuts.images[6] as ImageEntry) }],
    }
    expect(shown(replaned(scrolled, 0, manifest, "acquired")).sop_uid).toBe("1.2.6")
  })

  test("VS17 is told by its place, which other sites find again; views before planes are acquired", () => {
    const wired = parseView(JSON.parse(JSON.stringify(replaned(view, 0, manifest, "sagittal"))))
    const cuts = cutsIn(structuredClone(manifest), "sagittal")
    expect(placeIn(cuts, shown(wired))).toBe(2)
    expect(placeIn(manifest, shown(wired))).toBe(-1)
    const { plane: _, cut_mm: __, ...older } = viewport
    expect(parseView({ ...view, viewports: [older] })).toEqual(view)
    const wild = parseView({ ...view, viewports: [{ ...viewport, plane: "oblique", cut_mm: 1e9 }] })
    expect(shown(wild)).toMatchObject({ plane: "acquired", cut_mm: 100_000 })
  })

  test("what is no block stays as it is", () => {
    const tilted = aStack({ drift: [0, 1, 0] })
    expect(replaned(view, 0, tilted, "coronal")).toBe(view)
    expect(["acquired", "axial", "coronal", "sagittal"].map(p => nextPlane(p as never))).toEqual([
      "axial",
      "coronal",
      "sagittal",
      "acquired",
    ])
  })
})

test("VS14 VS17 cuts of two series scroll and run together by the patient's place", () => {
  const [near, far] = [aStack(), { ...aStack({ apart: 2, count: 13 }), seriesUid: "1.10" }]
  const cuts = [cutsIn(near, "axial"), cutsIn(far, "axial")] as const
  const opening = { ...EMPTY_VIEW, layout: 2 as const, linked: true }
  const acquired = { ...opening, viewports: [opened(near, null), opened(far, null)] }
  const both = replaned(replaned(acquired, 0, near, "axial"), 1, far, "axial")
  const manifestAt = (index: number) => cuts[index] ?? null
  const moved = scrolled(both, { index: 0, manifest: cuts[0], canvas: { width: 1, height: 1 } }, 2)
  const linked = linkedTo(both, moved, manifestAt)
  expect(linked.viewports.map(v => v?.cut_mm)).toEqual([50, 50])
  const running = {
    ...both,
    viewports: both.viewports.map((v, i) => v && { ...v, cine_fps: i === 0 ? 2 : null }),
  }
  const played = playedAt(running, begun([], running, 0, manifestAt), 1, manifestAt)
  expect(played.viewports.map(v => v?.cut_mm)).toEqual([50, 50])
})

test("a cut's line on an acquired image is where its pixels lie", () => {
  const manifest = aStack()
  const image = manifest.images[3] as ImageEntry
  const sagittal = cutsIn(manifest, "sagittal")
  const line = referenceLine(
    { manifest, image },
    { manifest: sagittal, image: sagittal.images[2] as ImageEntry },
  )
  for (const [column] of line ?? []) expect(column).toBeCloseTo(2.5)
  const at = worldOf(planeOf(sagittal.images[2] as ImageEntry), [0.5, 0.5])
  expect(pixelOf(planeOf(image), at)[0]).toBeCloseTo(2.5)
})
