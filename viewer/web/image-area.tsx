/** The image area: tools, one to four viewports, the series strip. Knows nothing of the room it stands in. */

import { type ReactNode, useCallback, useEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./image-area.module.css"
import { ImagePane, type ViewController } from "./image-pane"
import type { ImageSource } from "./image-source"
import { LOSSLESS } from "./manifest"
import { type Drawn, type Mark, marked } from "./marks"
import type { Drawing } from "./pane"
import { openingWindow, presetsFor } from "./presets"
import { allSeries, opened, readySeries, type SeriesInfo, type StudyInfo, unseen } from "./series-list"
import { nameOf, SeriesStrip } from "./series-strip"
import type { PointerAt, SharedPointer } from "./shared-pointer"
import { TextPrompt } from "./text-prompt"
import { ToolBar } from "./tool-bar"
import { type Command, commandOf, type Tool } from "./tools"
import { useGuarded, useOpening } from "./use-area"
import { acted, type Place, scrolled, turnedTo, zoomedBy } from "./view-actions"
import { activated, type Layout, placed, type ViewState, withLayout, withViewport } from "./view-state"

export type ImageAreaProps = {
  readonly source: ImageSource
  readonly studies: readonly StudyInfo[]
  /** What to draw; null opens the first series, the same one at every site. */
  readonly view: ViewState | null
  readonly controller: ViewController
  /** Whether the hand moves the picture; a follower's hand is told so by `onBlocked`. */
  readonly mayMove: boolean
  readonly onBlocked?: () => void
  readonly marks: readonly Mark[]
  readonly mayMark: boolean
  readonly mayRemove: (mark: Mark) => boolean
  readonly onMark: (mark: Mark) => void
  readonly onRemoveMark: (mark: Mark) => void
  readonly pointers: readonly SharedPointer[]
  /** Receives this person's pointer; with `pointsAlways` without choosing the tool. */
  readonly onPointer: ((pointer: PointerAt) => void) | null
  readonly pointsAlways: boolean
  readonly keyImages: readonly { readonly sop_uid: string; readonly frame: number }[]
  readonly onKeyImage: ((image: { sop_uid: string; frame: number }) => void) | null
  readonly tools?: boolean
  readonly tv?: boolean
  readonly byProcessor?: boolean
  readonly toolBarEnd?: ReactNode
}

type Asked = { readonly drawing: Drawing; readonly drawn: Drawn }

export function ImageArea(props: ImageAreaProps) {
  const { studies, source, mayMove } = props
  const { t } = useTranslation("viewer")
  const opening = useOpening(studies, source, props.view === null)
  const view = props.view ?? opening
  const [tool, setTool] = useState<Tool>(() =>
    matchMedia("(pointer: coarse)").matches ? "scroll" : "window",
  )
  const [drawings, setDrawings] = useState<readonly (Drawing | null)[]>([])
  const [asked, setAsked] = useState<Asked | null>(null)
  const active = view?.active ?? 0
  const drawing = view?.viewports[active] ? (drawings[active] ?? null) : null
  const guarded = useGuarded(props, opening)

  const seriesName = useCallback(
    (uid: string) => {
      const series = allSeries(studies).find(s => s.series_uid === uid)
      return series ? nameOf(series, studies, number => t("strip.no_name", { number })) : ""
    },
    [studies, t],
  )
  const onDrawn = useCallback((index: number, next: Drawing | null) => {
    setDrawings(old => (old[index] === next ? old : Object.assign([...old], { [index]: next })))
  }, [])

  const keys = useRef<(event: KeyboardEvent) => void>(() => undefined)
  keys.current = keyed
  useEffect(() => {
    const press = (event: KeyboardEvent) => keys.current(event)
    window.addEventListener("keydown", press)
    return () => window.removeEventListener("keydown", press)
  }, [])

  if (!view || readySeries(studies).length === 0) return <Nothing studies={studies} view={view} />
  const finish = (of: Drawing, drawn: Drawn) => {
    const at = { study_uid: of.manifest.studyUid, series_uid: of.manifest.seriesUid }
    props.onMark(marked(crypto.randomUUID(), at, of.image, drawn))
    setTool("window")
  }
  return (
    <section className={classes.area} aria-label={t("image_area")} data-tv={props.tv || undefined}>
      {props.tools !== false && (
        <ToolBar
          tool={tool}
          onTool={setTool}
          mayMove={mayMove}
          mayMark={props.mayMark}
          mayMeasure={drawing?.held.level === LOSSLESS}
          presets={drawing ? presetsFor(drawing.manifest.modality, windowOf(drawing)) : []}
          onPreset={({ window }) => change(now => withViewport(now, now.active, { window }))}
          onAct={act => drawing && change(now => acted(now, now.active, act, windowOf(drawing)))}
          layout={view.layout}
          onLayout={layout => void lay(layout)}
          keyImage={props.onKeyImage && drawing ? isKey(drawing) : null}
          onKeyImage={() =>
            drawing && props.onKeyImage?.({ sop_uid: drawing.image.sopUid, frame: drawing.image.frame })
          }
          extra={props.toolBarEnd}
        />
      )}
      <div className={classes.grid} data-layout={view.layout}>
        {view.viewports.map((_, index) => (
          <ImagePane
            // biome-ignore lint/suspicious/noArrayIndexKey: a viewport is its place
            key={index}
            index={index}
            view={view}
            source={source}
            controller={guarded}
            tool={tool}
            marks={props.marks}
            pointers={props.pointers}
            byProcessor={props.byProcessor ?? false}
            seriesName={seriesName}
            mayRemove={props.mayRemove}
            onRemove={props.onRemoveMark}
            onDrawn={onDrawn}
            onMark={(of, drawn) =>
              drawn.kind === "text" ? setAsked({ drawing: of, drawn }) : finish(of, drawn)
            }
            onPoint={props.pointsAlways || tool === "pointer" ? props.onPointer : null}
            onActivate={index => mayMove && change(now => activated(now, index))}
          />
        ))}
      </div>
      {props.tools !== false && (
        <SeriesStrip studies={studies} view={view} onOpen={series => void open(series)} />
      )}
      <TextPrompt
        opened={asked !== null}
        onText={text => asked && finish(asked.drawing, { ...asked.drawn, text })}
        onClose={() => setAsked(null)}
      />
    </section>
  )

  function change(next: (now: ViewState) => ViewState): void {
    const now = guarded.current()
    if (now) guarded.change(next(now))
  }

  function isKey({ image }: Drawing): boolean {
    return props.keyImages.some(key => key.sop_uid === image.sopUid && key.frame === image.frame)
  }

  function windowOf({ image, manifest }: Drawing) {
    const series = allSeries(studies).find(s => s.series_uid === manifest.seriesUid)
    return openingWindow(image, manifest.modality, series?.default_window)
  }

  async function open(series: SeriesInfo): Promise<void> {
    const manifest = await source.manifest(series.series_uid).catch(() => null)
    const viewport = manifest && opened(manifest, series.default_window)
    if (viewport) change(now => placed(now, now.active, viewport))
  }

  /** A larger layout is filled with the series nobody sees yet. */
  async function lay(layout: Layout): Promise<void> {
    change(now => withLayout(now, layout))
    const before = guarded.current()
    if (!before || !mayMove) return
    const waiting = [...unseen(before, studies)]
    for (let index = 0; index < layout; index++) {
      const series = before.viewports[index] ? undefined : waiting.shift()
      const manifest = series && (await source.manifest(series.series_uid).catch(() => null))
      const viewport = manifest && opened(manifest, series.default_window)
      if (viewport) change(now => (now.viewports[index] === null ? placed(now, index, viewport) : now))
    }
  }

  function keyed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || belongsElsewhere(event.target)) return
    const command = commandOf(event.key)
    if (!command) return
    event.preventDefault()
    obey(command)
  }

  function obey(command: Command): void {
    if (command.type === "tool") setTool(command.tool)
    if (!drawing || command.type === "tool") return
    const place: Place = { index: active, manifest: drawing.manifest, canvas: { width: 1000, height: 1000 } }
    if (command.type === "act") change(now => acted(now, active, command.act, windowOf(drawing)))
    if (command.type === "scroll") change(now => scrolled(now, place, command.images))
    if (command.type === "to")
      change(now => turnedTo(now, place, command.end === "first" ? 0 : drawing.manifest.images.length - 1))
    if (command.type === "zoom") change(now => zoomedBy(now, place, command.factor))
  }
}

function Nothing({ studies, view }: { studies: readonly StudyInfo[]; view: ViewState | null }) {
  const { t } = useTranslation("viewer")
  return (
    <section className={classes.area} aria-label={t("image_area")}>
      <div className={classes.stage}>
        <p className={classes.hint}>
          {t(allSeries(studies).length === 0 ? "pane.no_images" : "pane.not_ready")}
        </p>
      </div>
      <SeriesStrip studies={studies} view={view} onOpen={() => undefined} />
    </section>
  )
}

/** Typing, and controls that use arrows and letters themselves. */
const OTHERS =
  "input, textarea, select, [contenteditable], [role=menu], [role=tablist], [role=listbox], [role=dialog]"

function belongsElsewhere(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest(OTHERS) !== null
}
