/** Ties one Pane to one drawing surface for as long as the element lives. */

import { type RefObject, useEffect, useRef, useState } from "react"
import { fractionOf, type ImageSource } from "./image-source"
import { type Drawing, Pane, type PaneStatus } from "./pane"
import type { ViewportState } from "./view-state"
import { ImageViewport, startEngine } from "./viewport"

export type PaneHandle = {
  readonly pane: RefObject<Pane | null>
  readonly surface: RefObject<ImageViewport | null>
  readonly drawn: Drawing | null
  readonly status: PaneStatus
  readonly size: { readonly width: number; readonly height: number }
}

export function usePane(
  element: RefObject<HTMLDivElement | null>,
  source: ImageSource,
  viewport: ViewportState | null,
  byProcessor: boolean,
): PaneHandle {
  const pane = useRef<Pane | null>(null)
  const surface = useRef<ImageViewport | null>(null)
  const [drawn, setDrawn] = useState<Drawing | null>(null)
  const [status, setStatus] = useState<PaneStatus>({ type: "empty" })
  const [size, setSize] = useState({ width: 1, height: 1 })

  useEffect(() => {
    const host = element.current
    if (!host) return
    const drawing = new ImageViewport(startEngine(byProcessor), host)
    const mind = new Pane(source, {
      onDraw: next => {
        if (next) drawing.draw(next)
        tellTests(host, next)
        setDrawn(next)
      },
      onStatus: setStatus,
    })
    surface.current = drawing
    pane.current = mind
    const observer = new ResizeObserver(() => {
      if (host.clientWidth === 0) return
      drawing.resized()
      setSize(drawing.size)
    })
    observer.observe(host)
    setSize(drawing.size)
    return () => {
      observer.disconnect()
      mind.close()
      drawing.close()
      surface.current = null
      pane.current = null
    }
  }, [element, source, byProcessor])

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new source or surface has a new Pane to tell
  useEffect(() => pane.current?.show(viewport), [viewport, source, byProcessor])

  return { pane, surface, drawn, status, size }
}

/** What is really drawn, for tests and assistive tools; set with the drawing itself, never before it. */
function tellTests(host: HTMLElement, drawing: Drawing | null): void {
  const root = host.closest<HTMLElement>("[data-viewport]") ?? host
  if (!drawing) {
    for (const key of ["sopUid", "frame", "quality", "window", "zoom", "image", "plane", "slices"])
      delete root.dataset[key]
    return
  }
  const { image, held, viewport, index, manifest } = drawing
  root.dataset.sopUid = image.sopUid
  root.dataset.frame = String(image.frame)
  root.dataset.image = String(index + 1)
  root.dataset.quality = fractionOf(held.level) ?? "lossless"
  root.dataset.window = `${viewport.window.center}/${viewport.window.width}`
  root.dataset.zoom = String(viewport.zoom)
  root.dataset.plane = manifest.plane
  if (held.slices) root.dataset.slices = `${held.slices.lossless}/${held.slices.of}`
  else delete root.dataset.slices
}
