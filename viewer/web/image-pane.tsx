/** One viewport with its heading, its badge and its rail; the picture itself is never covered. */

import { type RefObject, useEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { imagePointOf, type Point } from "./geometry"
import classes from "./image-area.module.css"
import type { ImageSource } from "./image-source"
import { LayerMenu } from "./layer-menu"
import { type KeyImage, keyIndexes } from "./layers"
import { LOSSLESS, type Window } from "./manifest"
import { MarkLayer } from "./mark-layer"
import { type Drawn, type Mark, marksOn } from "./marks"
import { measuresKind } from "./measures"
import type { Drawing } from "./pane"
import { Edges, Scale } from "./pane-edges"
import { PaneHeading } from "./pane-heading"
import type { Preset } from "./presets"
import { Rail } from "./rail"
import { referenceLine } from "./reference-lines"
import type { PointerAt, SharedPointer } from "./shared-pointer"
import type { Tool } from "./tools"
import { useHand } from "./use-hand"
import { useLayers } from "./use-layers"
import { type PaneHandle, usePane } from "./use-pane"
import { turnedTo } from "./view-actions"
import { placingOf, type ViewState } from "./view-state"

export type ViewController = {
  /** The view as it is now, ahead of what React has painted. */
  readonly current: () => ViewState | null
  readonly change: (view: ViewState) => void
}

export type PaneProps = {
  readonly index: number
  readonly view: ViewState
  readonly source: ImageSource
  readonly controller: ViewController
  readonly tool: Tool
  readonly marks: readonly Mark[]
  readonly pointers: readonly SharedPointer[]
  readonly byProcessor: boolean
  /** What the active viewport shows, for its line on this one. */
  readonly leader: Drawing | null
  readonly mayMark: boolean
  /** Who gets what the viewport shows: its pixels may show the patient's name. */
  readonly audience: "all" | "others" | "some"
  /** What the last command could not do in the active viewport. */
  readonly said: string | null
  readonly seriesName: (seriesUid: string) => string
  readonly presets: (drawing: Drawing) => readonly Preset[]
  readonly mayRemove: (mark: Mark) => boolean
  readonly onRemove: (mark: Mark) => void
  readonly onDrawn: (index: number, drawing: Drawing | null) => void
  readonly onMark: (drawing: Drawing, drawn: Drawn) => void
  readonly onPoint: ((pointer: PointerAt) => void) | null
  readonly onActivate: (index: number) => void
  readonly onRate: ((index: number, change: "faster" | "slower") => void) | null
  readonly keyImageName: (key: KeyImage) => string | null
  readonly onKeyImage: ((index: number, key: KeyImage) => void) | null
  readonly onWindow: ((index: number, window: Window) => void) | null
}

export function ImagePane(props: PaneProps) {
  const { index, view, source, controller, byProcessor } = props
  const { t } = useTranslation("viewer")
  const element = useRef<HTMLDivElement>(null)
  const withheld = props.audience === "others"
  const viewport = withheld ? null : (view.viewports[index] ?? null)
  const pane = usePane(element, source, viewport, byProcessor)
  const [draft, setDraft] = useState<Drawn | null>(null)
  const hand = handOf(props, pane, setDraft)
  useHand(element, hand)
  useStillPointing(pane.drawn, hand.onPoint, element)
  const { drawn, size } = pane
  const used = useLayers(source, drawn)
  const { onDrawn } = props
  useEffect(() => onDrawn(index, drawn), [onDrawn, index, drawn])
  const active = view.layout > 1 && view.active === index
  const reference = drawn && props.leader && !active ? referenceLine(drawn, props.leader) : null
  return (
    <section
      className={classes.pane}
      data-viewport={index}
      data-active={active || undefined}
      data-status={pane.status.type}
      data-running={viewport?.cine_fps ?? undefined}
      aria-label={t("pane.label", { number: index + 1 })}
    >
      <PaneHeading
        drawn={drawn}
        status={pane.status}
        place={view.layout > 1 ? index + 1 : null}
        name={drawn ? props.seriesName(drawn.manifest.seriesUid) : ""}
        presets={drawn ? props.presets(drawn) : []}
        forSome={props.audience === "some"}
        said={view.active === index ? props.said : null}
        locked={props.mayMark && measuresKind(props.tool) && drawn !== null && drawn.held.level !== LOSSLESS}
        onRate={props.onRate && (change => props.onRate?.(index, change))}
        layers={
          drawn && (
            <LayerMenu
              layers={used.layers}
              hidden={used.hidden}
              image={drawn.image}
              onToggle={used.toggle}
              nameOf={props.keyImageName}
              onGo={props.onKeyImage && (key => props.onKeyImage?.(index, key))}
              onWindow={props.onWindow && (window => props.onWindow?.(index, window))}
            />
          )
        }
      />
      <div className={classes.stage}>
        <div className={classes.surface} ref={element} data-tool={props.tool} />
        {drawn && <Edges drawn={drawn} />}
        {drawn && <Scale drawn={drawn} size={size} />}
        {drawn && (
          <MarkLayer
            drawn={drawn}
            size={size}
            over={used.over}
            draft={draft}
            reference={reference}
            marks={marksOn(props.marks, drawn.image.sopUid, drawn.image.frame)}
            pointers={props.pointers.filter(
              p => p.sop_uid === drawn.image.sopUid && p.frame === drawn.image.frame,
            )}
            mayRemove={props.mayRemove}
            onRemove={props.onRemove}
          />
        )}
        {!viewport && <p className={classes.hint}>{t(withheld ? "pane.withheld" : "pane.empty")}</p>}
        {pane.status.type === "refused" && (
          <p className={classes.hint}>{t(`plane.refused.${pane.status.reason}`)}</p>
        )}
        {drawn && drawn.manifest.images.length > 1 && (
          <Rail
            label={t("pane.rail")}
            count={drawn.manifest.images.length}
            at={drawn.index}
            pointedOut={drawn.manifest.plane === "acquired" ? keyIndexes(used.layers, drawn.manifest) : []}
            onTurn={at => {
              props.onActivate(index)
              turn(controller, index, drawn, at)
            }}
          />
        )}
      </div>
    </section>
  )
}

function turn(controller: ViewController, index: number, { manifest }: Drawing, at: number): void {
  const view = controller.current()
  if (view) controller.change(turnedTo(view, { index, manifest }, at))
}

function handOf(props: PaneProps, handle: PaneHandle, onDraft: (draft: Drawn | null) => void) {
  const { index, controller } = props
  const drawn = () => handle.pane.current?.drawn ?? null
  return {
    tool: props.tool,
    view: controller.current,
    change: controller.change,
    drawn,
    onDraft,
    place: () => {
      const manifest = handle.pane.current?.manifest
      const surface = handle.surface.current
      return manifest && surface ? { index, manifest, canvas: surface.size } : null
    },
    onMark: props.onMark,
    onPoint: props.onPoint && pointing(props.onPoint, index, drawn),
    onTouch: () => props.onActivate(index),
  }
}

function pointing(onPoint: (pointer: PointerAt) => void, viewport: number, drawn: () => Drawing | null) {
  return (at: readonly [number, number], visible: boolean) => {
    const image = drawn()?.image
    if (image)
      onPoint({
        viewport,
        sop_uid: image.sopUid,
        frame: image.frame,
        at: [round(at[0]), round(at[1])],
        visible,
      })
  }
}

/** A pointer that rests while the images scroll under it points at the new image. */
function useStillPointing(
  drawn: Drawing | null,
  onPoint: ((at: Point, visible: boolean) => void) | null,
  element: RefObject<HTMLDivElement | null>,
): void {
  const tell = useRef(onPoint)
  tell.current = onPoint
  const rests = useRef<Point | null>(null)
  useEffect(() => {
    const host = element.current
    if (!host) return
    const move = (event: PointerEvent) => {
      const box = host.getBoundingClientRect()
      rests.current = [event.clientX - box.left, event.clientY - box.top]
    }
    const leave = () => {
      rests.current = null
    }
    host.addEventListener("pointermove", move)
    host.addEventListener("pointerleave", leave)
    return () => {
      host.removeEventListener("pointermove", move)
      host.removeEventListener("pointerleave", leave)
    }
  }, [element])
  const sop = drawn?.image.sopUid
  const frame = drawn?.image.frame
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another image asks for another pointer
  useEffect(() => {
    const host = element.current
    if (!drawn || !rests.current || !host) return
    const canvas = { width: host.clientWidth, height: host.clientHeight }
    tell.current?.(imagePointOf(drawn.image, placingOf(drawn.viewport), canvas, rests.current), true)
  }, [sop, frame])
}

const round = (value: number) => Math.round(value * 10) / 10
