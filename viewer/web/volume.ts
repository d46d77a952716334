/**
 * A series as a block of voxels, and the cuts through it along its own axes: pure.
 *
 * The cuts of a plane are a manifest like any other, one image for each place, each with its own position and
 * orientation, so that the screen formula, scrolling, linking and reference lines need to know nothing of planes.
 */

import { planeOf } from "./geometry"
import type { ImageEntry, Manifest, Plane, Vector3 } from "./manifest"

/** Why a series is no block: i18n `viewer.plane.refused.<reason>`. */
export type NotVolume = "few" | "no_geometry" | "colour" | "mixed" | "irregular" | "tilt"

export type Axis = {
  /** Unit vector in patient coordinates, towards the growing index. */
  readonly direction: Vector3
  readonly count: number
  /** In mm. */
  readonly spacing: number
  /** The patient axis (0 to the left, 1 to the back, 2 to the head) it lies nearest to. */
  readonly patient: 0 | 1 | 2
}

export type Volume = {
  /** The centre of the first voxel. */
  readonly origin: Vector3
  /** Along a row of pixels, along a column, from slice to slice. */
  readonly axes: readonly [Axis, Axis, Axis]
  /** The manifest's index of each slice. */
  readonly order: readonly number[]
}

const FEWEST = 4
/** Cosine of 0.8°, within which writers round. */
const PARALLEL = 0.9999
/** Share of the distance between slices by which one may be out of place. */
const OUT_OF_PLACE = 0.05
/** Sideways drift for each mm of depth (0.6°): more is a tilted gantry. */
const DRIFT = 0.01

const known = new WeakMap<Manifest, Volume | NotVolume>()

export function volumeOf(manifest: Manifest): Volume | NotVolume {
  const before = known.get(manifest)
  if (before) return before
  const volume = measuredVolume(manifest)
  known.set(manifest, volume)
  return volume
}

function measuredVolume({ images }: Manifest): Volume | NotVolume {
  const [first] = images
  if (!first || images.length < FEWEST) return "few"
  if (images.some(image => !image.position || !image.orientation || !image.spacing)) return "no_geometry"
  if (images.some(image => !image.photometric.startsWith("MONOCHROME"))) return "colour"
  if (images.some(image => !sameShape(image, first))) return "mixed"
  const { rowCosines, columnCosines, spacing } = planeOf(first)
  const normal = cross(rowCosines, columnCosines)
  const depth = (index: number) => dot(positionOf(images[index]), normal)
  const order = images.map((_, index) => index).sort((a, b) => depth(a) - depth(b))
  const apart = (depth(order.at(-1) ?? 0) - depth(order[0] ?? 0)) / (images.length - 1)
  const regular = order.every((index, k) => {
    const should = depth(order[0] ?? 0) + k * apart
    return Math.abs(depth(index) - should) <= OUT_OF_PLACE * apart
  })
  if (!(apart > 0) || !regular) return "irregular"
  const origin = positionOf(images[order[0] ?? 0])
  const path = minus(positionOf(images[order.at(-1) ?? 0]), origin)
  const drift = minus(path, times(normal, dot(path, normal)))
  if (Math.hypot(...drift) > DRIFT * Math.abs(dot(path, normal))) return "tilt"
  const directions = [rowCosines, columnCosines, normal] as const
  const [x, y, z] = patientAxes(directions)
  return {
    origin,
    order,
    axes: [
      { direction: rowCosines, count: first.columns, spacing: spacing[1], patient: x },
      { direction: columnCosines, count: first.rows, spacing: spacing[0], patient: y },
      { direction: normal, count: images.length, spacing: apart, patient: z },
    ],
  }
}

function sameShape(image: ImageEntry, first: ImageEntry): boolean {
  const [a, b] = [planeOf(image), planeOf(first)]
  return (
    image.rows === first.rows &&
    image.columns === first.columns &&
    dot(a.rowCosines, b.rowCosines) > PARALLEL &&
    dot(a.columnCosines, b.columnCosines) > PARALLEL &&
    a.spacing.every((mm, i) => Math.abs(mm - (b.spacing[i] as number)) < 0.001 * mm)
  )
}

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const

/** Each volume axis its own patient axis, all three together as near as can be: an oblique block has planes too. */
function patientAxes(directions: readonly [Vector3, Vector3, Vector3]): (typeof ORDERS)[number] {
  const near = (order: (typeof ORDERS)[number]) =>
    order.reduce<number>((sum, patient, i) => sum + Math.abs((directions[i] as Vector3)[patient]), 0)
  return ORDERS.reduce((best, order) => (near(order) > near(best) + 1e-9 ? order : best), ORDERS[0])
}

export type Rebuilt = Exclude<Plane, "acquired">

/** Across the plane, to the right of the screen and down it: patient axis and its sign, as doctors look at it. */
const LOOKS = {
  axial: { through: 2, right: [0, 1], down: [1, 1] },
  coronal: { through: 1, right: [0, 1], down: [2, -1] },
  sagittal: { through: 0, right: [1, 1], down: [2, -1] },
} as const

/** How the pixels of one side of a cut lie on a volume axis; `flipped` runs from its last index to its first. */
export type Side = {
  readonly axis: 0 | 1 | 2
  readonly flipped: boolean
  readonly count: number
  readonly spacing: number
  readonly direction: Vector3
}

export type CutFrame = {
  readonly through: 0 | 1 | 2
  /** The cuts run along the patient axis: against the volume axis if it points the other way. */
  readonly backwards: boolean
  readonly across: Side
  readonly down: Side
}

export function cutFrame(volume: Volume, plane: Rebuilt): CutFrame {
  const look = LOOKS[plane]
  const through = axisAlong(volume, look.through)
  const [right, down] = [axisAlong(volume, look.right[0]), axisAlong(volume, look.down[0])]
  const finest = Math.min(...[right, down].filter(axis => axis !== 2).map(axis => volume.axes[axis].spacing))
  return {
    through,
    backwards: volume.axes[through].direction[look.through] < 0,
    across: sideOf(volume, right, look.right[1], finest),
    down: sideOf(volume, down, look.down[1], finest),
  }
}

function axisAlong({ axes }: Volume, patient: 0 | 1 | 2): 0 | 1 | 2 {
  return axes.findIndex(axis => axis.patient === patient) as 0 | 1 | 2
}

/** From slice to slice as many pixels as make them square: what lies between two slices is interpolated. */
function sideOf({ axes }: Volume, axis: 0 | 1 | 2, sign: 1 | -1, finest: number): Side {
  const { count, spacing, direction, patient } = axes[axis]
  const flipped = Math.sign(direction[patient]) !== sign
  const deep = (count - 1) * spacing
  const made = axis === 2 ? Math.max(count, Math.round(deep / finest) + 1) : count
  return {
    axis,
    flipped,
    count: made,
    spacing: axis === 2 ? deep / (made - 1) : spacing,
    direction: times(direction, flipped ? -1 : 1),
  }
}

const cut = new WeakMap<Manifest, Map<Rebuilt, Manifest>>()

/** The cuts of a plane through an acquired series, from the patient's right, front or feet on. */
export function cutsOf(manifest: Manifest, plane: Rebuilt): Manifest | NotVolume {
  const volume = volumeOf(manifest)
  if (typeof volume === "string") return volume
  const made = cut.get(manifest) ?? new Map<Rebuilt, Manifest>()
  cut.set(manifest, made)
  const cuts = made.get(plane) ?? { ...manifest, plane, images: cutImages(manifest, volume, plane) }
  made.set(plane, cuts)
  return cuts
}

function cutImages({ seriesUid, images }: Manifest, volume: Volume, plane: Rebuilt): readonly ImageEntry[] {
  const { through, across, down } = cutFrame(volume, plane)
  const like = images[volume.order[volume.order.length >> 1] ?? 0] as ImageEntry
  const name = uidPrefix(`${seriesUid}/${plane}`)
  return Array.from({ length: volume.axes[through].count }, (_, index) => {
    const position = cornerOf(volume, plane, index)
    const sliceLocation = placeOfCut(volume, plane, position)
    return {
      ...like,
      sopUid: `2.25.${name + BigInt(Math.round(sliceLocation * 100) + 2 ** 31)}`,
      frame: 1,
      rows: down.count,
      columns: across.count,
      position,
      orientation: [...across.direction, ...down.direction] as unknown as ImageEntry["orientation"],
      spacing: [down.spacing, across.spacing],
      instanceNumber: index + 1,
      sliceLocation,
      frameRate: null,
    }
  })
}

/** The volume's own index of cut number `index`. */
export function depthOf(volume: Volume, { through, backwards }: CutFrame, index: number): number {
  return backwards ? volume.axes[through].count - 1 - index : index
}

function cornerOf(volume: Volume, plane: Rebuilt, index: number): Vector3 {
  const frame = cutFrame(volume, plane)
  const { direction, spacing } = volume.axes[frame.through]
  const deep = times(direction, depthOf(volume, frame, index) * spacing)
  return [frame.across, frame.down].reduce(
    (corner, side) => {
      const { count, spacing: step, direction: along } = volume.axes[side.axis]
      return side.flipped ? plus(corner, times(along, (count - 1) * step)) : corner
    },
    plus(volume.origin, deep),
  )
}

/** Millimetres along the plane's normal in patient coordinates, growing to the left, the back or the head. */
export function placeOfCut(volume: Volume, plane: Rebuilt, point: Vector3): number {
  const { through, backwards } = cutFrame(volume, plane)
  return Math.round(dot(point, times(volume.axes[through].direction, backwards ? -1 : 1)) * 100) / 100
}

const FNV_PRIME = 0x100000001b3n
const MASK = (1n << 64n) - 1n

/**
 * Pointers and marks need a name for the cut that every site works out alike: a UID of the arc for UUIDs (PS3.5 B.2),
 * 64 bits of FNV-1a for series and plane above 32 bits for hundredths of a millimetre. No archive has such an image.
 */
function uidPrefix(text: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (const character of text) hash = ((hash ^ BigInt(character.charCodeAt(0))) * FNV_PRIME) & MASK
  return ((1n << 64n) | hash) << 32n
}

const positionOf = (image: ImageEntry | undefined): Vector3 => image?.position ?? [0, 0, 0]
const dot = (a: Vector3, b: Vector3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const times = (v: Vector3, k: number): Vector3 => [v[0] * k, v[1] * k, v[2] * k]
const plus = (a: Vector3, b: Vector3): Vector3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
const minus = (a: Vector3, b: Vector3): Vector3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
const cross = (a: Vector3, b: Vector3): Vector3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]
