/**
 * Cornerstone3D, and nothing else in the house knows it.
 *
 * Images are handed over whole (`renderImageObject`): our scheduler decides what is fetched, decoded and kept, so
 * Cornerstone's own queue and cache stay empty. The camera comes from `geometry.cameraOf`, so the screen formula used
 * for pointers and marks and the picture under them are the same sentence.
 */

import * as core from "@cornerstonejs/core"
import { cameraOf, centreOf, type Point, planeOf, type Size, scaleOf, worldOf } from "./geometry"
import { type ImageEntry, LOSSLESS } from "./manifest"
import type { Drawing } from "./pane"
import { placingOf, type ViewportState } from "./view-state"

type Engine = core.RenderingEngine
type Stack = core.Types.IStackViewport & {
  renderImageObject: (image: core.Types.IImage) => void
  setCameraNoEvent: (camera: Partial<core.Types.ICamera>) => void
  setRotation: (degrees: number) => void
}

const ENGINE_ID = "conference"
const entries = new Map<string, Drawing>()
const open = new Set<ImageViewport>()
const told = new Set<() => void>()
let engine: Engine | null = null
let nextViewport = 1
/** No two pictures share a name: drawn by processor, one of the same name would not be drawn again. */
let nextPicture = 1
/** Frames after which a size that cannot be had is left alone. */
const RESIZE_TRIES = 10

/** Starts Cornerstone once; without WebGL 2, or on demand, it draws by processor. */
export function startEngine(byProcessor = false): Engine {
  if (engine) return engine
  if (byProcessor || !hasWebGl()) core.setUseCPURendering(true)
  core.init()
  core.metaData.addProvider(describe, 10_000)
  core.eventTarget.addEventListener(core.Enums.Events.WEBGL_CONTEXT_LOST, goOnByProcessor)
  engine = new core.RenderingEngine(ENGINE_ID)
  return engine
}

/**
 * A graphics card that gives up leaves black pictures: the processor draws from then on. A frame that broke on the lost
 * card, before the browser said so, keeps Cornerstone's engine waiting for its end for ever: only a new one draws.
 */
function goOnByProcessor(): void {
  if (drawsByProcessor()) return
  core.setUseCPURendering(true, false)
  engine?.destroy()
  engine = new core.RenderingEngine(ENGINE_ID)
  for (const viewport of open) viewport.drawAnew(engine)
  for (const changed of told) changed()
}

/** Cornerstone asks for any WebGL, its renderer needs the second. */
function hasWebGl(): boolean {
  const context = document.createElement("canvas").getContext("webgl2")
  context?.getExtension("WEBGL_lose_context")?.loseContext()
  return context !== null
}

export function drawsByProcessor(): boolean {
  return core.getShouldUseCPURendering()
}

/** Tells of a change in `drawsByProcessor` until the returned function is called. */
export function onDrawsByProcessor(changed: () => void): () => void {
  told.add(changed)
  return () => void told.delete(changed)
}

/** The modules Cornerstone asks for, from the manifest instead of DICOM headers. */
function describe(type: string, imageId: string): unknown {
  const drawing = entries.get(imageId)
  if (!drawing) return undefined
  const { image, manifest } = drawing
  if (type === core.Enums.MetadataModules.IMAGE_PLANE) return planeModule(drawing)
  if (type === core.Enums.MetadataModules.GENERAL_SERIES)
    return {
      modality: manifest.modality,
      seriesInstanceUID: manifest.seriesUid,
      studyInstanceUID: manifest.studyUid,
    }
  if (type === core.Enums.MetadataModules.IMAGE_PIXEL) return pixelModule(drawing)
  if (type === core.Enums.MetadataModules.SOP_COMMON) return { sopInstanceUID: image.sopUid }
  return undefined
}

function planeModule({ image, manifest }: Drawing): object {
  const plane = planeOf(image)
  return {
    frameOfReferenceUID: manifest.frameOfReferenceUid,
    rows: image.rows,
    columns: image.columns,
    imageOrientationPatient: [...plane.rowCosines, ...plane.columnCosines],
    rowCosines: plane.rowCosines,
    columnCosines: plane.columnCosines,
    imagePositionPatient: plane.origin,
    pixelSpacing: plane.spacing,
    rowPixelSpacing: plane.spacing[0],
    columnPixelSpacing: plane.spacing[1],
    usingDefaultValues: !plane.scaled,
  }
}

function pixelModule({ image, held }: Drawing): object {
  const bits = held.pixels.components === 3 ? 8 : 16
  return {
    rows: image.rows,
    columns: image.columns,
    samplesPerPixel: held.pixels.components,
    // MONOCHROME1 is turned by us (`inverted`), so that both drawing ways agree.
    photometricInterpretation: held.pixels.components === 3 ? "RGB" : "MONOCHROME2",
    bitsAllocated: bits,
    bitsStored: bits,
    highBit: bits - 1,
    pixelRepresentation: held.pixels.values instanceof Int16Array ? 1 : 0,
  }
}

function cornerstoneImage(imageId: string, { image, held, viewport }: Drawing): core.Types.IImage {
  const { values, components, min, max } = held.pixels
  const { spacing } = planeOf(image)
  const color = components === 3
  const voxelManager = core.utilities.VoxelManager.createImageVoxelManager({
    width: image.columns,
    height: image.rows,
    scalarData: values as Int16Array,
    numberOfComponents: components,
  })
  const made = {
    imageId,
    rows: image.rows,
    columns: image.columns,
    height: image.rows,
    width: image.columns,
    rowPixelSpacing: spacing[0],
    columnPixelSpacing: spacing[1],
    color,
    rgba: false,
    numberOfComponents: components,
    photometricInterpretation: color ? "RGB" : "MONOCHROME2",
    slope: 1, // the values are modality values already
    intercept: 0,
    preScale: { enabled: true, scaled: true, scalingParameters: { rescaleSlope: 1, rescaleIntercept: 0 } },
    minPixelValue: min,
    maxPixelValue: max,
    windowCenter: viewport.window.center,
    windowWidth: viewport.window.width,
    voiLUTFunction: core.Enums.VOILUTFunctionType.LINEAR,
    invert: false,
    sizeInBytes: values.byteLength,
    dataType: values.constructor.name,
    getPixelData: () => values,
    getCanvas: () => document.createElement("canvas"),
    voxelManager,
    imageQualityStatus:
      held.level === LOSSLESS
        ? core.Enums.ImageQualityStatus.FULL_RESOLUTION
        : core.Enums.ImageQualityStatus.SUBRESOLUTION,
  }
  return made as unknown as core.Types.IImage
}

/** One drawing surface; `element` must have a size. */
export class ImageViewport {
  readonly #id = `viewport-${nextViewport++}`
  #engine: Engine
  #shown: Drawing | null = null
  #imageId = ""
  #closed = false

  constructor(
    engine: Engine,
    readonly element: HTMLDivElement,
  ) {
    this.#engine = engine
    this.#enable()
    open.add(this)
  }

  #enable(): void {
    this.#engine.enableElement({
      viewportId: this.#id,
      type: core.Enums.ViewportType.STACK,
      element: this.element,
      defaultOptions: { background: [0, 0, 0] },
    })
  }

  get size(): Size {
    return { width: this.element.clientWidth || 1, height: this.element.clientHeight || 1 }
  }

  draw(drawing: Drawing): void {
    const same = this.#shown?.image === drawing.image && this.#shown.held === drawing.held
    if (!same) this.#handOver(drawing)
    this.#shown = drawing
    this.#place(drawing)
  }

  /** Draws what is shown as if for the first time, on another engine. */
  drawAnew(engine: Engine): void {
    this.#engine = engine
    this.#enable()
    const drawing = this.#shown
    this.#shown = null
    if (drawing) this.draw(drawing)
  }

  /**
   * Draws again after the element changed its size. Cornerstone passes a resize over while a frame is pending, which
   * is nearly always so while images run: then it is asked again after that frame.
   */
  resized(triesLeft = RESIZE_TRIES): void {
    if (this.#closed) return
    this.#engine.resize(true, false)
    if (this.#shown) this.#place(this.#shown)
    if (triesLeft > 0 && !this.#fits()) requestAnimationFrame(() => this.resized(triesLeft - 1))
  }

  #fits(): boolean {
    const canvas = this.element.querySelector("canvas")
    return !canvas || canvas.width === Math.round(canvas.clientWidth * (window.devicePixelRatio || 1))
  }

  /** Where Cornerstone itself draws an image point: for tests that the screen formula is true. */
  drawnAt(image: ImageEntry, point: Point): Point {
    const [x, y] = this.#stack.worldToCanvas([...worldOf(planeOf(image), asDrawn(point))])
    return [x, y]
  }

  close(): void {
    this.#closed = true
    open.delete(this)
    entries.delete(this.#imageId)
    this.#engine.disableElement(this.#id)
  }

  get #stack(): Stack {
    return this.#engine.getViewport(this.#id) as Stack
  }

  #handOver(drawing: Drawing): void {
    entries.delete(this.#imageId)
    const { manifest, index, held } = drawing
    this.#imageId = `conference:${this.#id}/${manifest.seriesUid}/${index}/${held.level}/${nextPicture++}`
    entries.set(this.#imageId, drawing)
    this.#stack.renderImageObject(cornerstoneImage(this.#imageId, drawing))
  }

  #place({ image, viewport, held }: Drawing): void {
    const { center, width } = viewport.window
    if (held.pixels.components === 1)
      this.#stack.setProperties({
        voiRange: { lower: center - width / 2, upper: center + width / 2 },
        invert: inverted(image, viewport),
      })
    else this.#stack.setProperties({ voiRange: { lower: 0, upper: 255 }, invert: viewport.invert })
    if (drawsByProcessor()) this.#placeByProcessor(image, viewport)
    else this.#placeByCamera(image, viewport)
    this.#stack.render()
  }

  #placeByCamera(image: ImageEntry, viewport: ViewportState): void {
    const { focalPoint, viewPlaneNormal, viewUp, parallelScale } = cameraOf(
      image,
      placingOf(viewport),
      this.size,
    )
    const away = 100 // mm; a parallel camera sees the same from anywhere on its axis
    this.#stack.setCameraNoEvent({
      focalPoint: [...focalPoint],
      position: [0, 1, 2].map(
        i => (focalPoint[i] as number) + (viewPlaneNormal[i] as number) * away,
      ) as never,
      viewPlaneNormal: [...viewPlaneNormal],
      viewUp: [...viewUp],
      parallelScale,
      // Cornerstone renews the range only when the plane moves: an image handed over before would be cut away.
      clippingRange: [away / 100, 2 * away],
    })
  }

  #placeByProcessor(image: ImageEntry, viewport: ViewportState): void {
    const placing = placingOf(viewport)
    const stack = this.#stack
    stack.resetCamera()
    stack.setRotation(placing.rotation)
    // The processor path scales by the denser of the two pixel directions, not by millimetres.
    const scale = scaleOf(image, placing, this.size) * Math.min(...planeOf(image).spacing)
    stack.setCamera({ scale, flipHorizontal: placing.flipH, flipVertical: placing.flipV })
    const focalPoint = worldOf(planeOf(image), asDrawn(centreOf(image, placing)))
    stack.setCamera({ focalPoint: [...focalPoint] })
  }
}

/** The processor draws half a pixel beside where it says a place of the patient is: from its corner, not its centre. */
function asDrawn([column, row]: Point): Point {
  return drawsByProcessor() ? [column + 0.5, row + 0.5] : [column, row]
}

/** MONOCHROME1 shows its lowest value white (PS3.3 C.7.6.3.1.2). */
function inverted(image: ImageEntry, viewport: ViewportState): boolean {
  return (image.photometric === "MONOCHROME1") !== viewport.invert
}
