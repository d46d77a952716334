/** The image area: tools, one to four viewports, the series strip. Knows nothing of the room it stands in. */

import { type ReactNode, useCallback, useRef, useState, useSyncExternalStore } from "react"
import { useTranslation } from "react-i18next"
import { rated } from "./cine"
import { commanded } from "./commands"
import { hang } from "./hanging"
import classes from "./image-area.module.css"
import { ImagePane, type ViewController } from "./image-pane"
import type { ImageSource } from "./image-source"
import type { KeyImage } from "./layers"
import { indexOf, type Manifest, type Plane } from "./manifest"
import { type Drawn, type Mark, marked } from "./marks"
import type { Drawing } from "./pane"
import { nextPlane, replaned } from "./planes"
import { openingWindow, presetsFor } from "./presets"
import {
  allSeries,
  audienceOf,
  opened,
  type SeriesInfo,
  type StudyInfo,
  shownSeries,
  unseen,
} from "./series-list"
import { Notice, nameOf, SeriesStrip } from "./series-strip"
import type { PointerAt, SharedPointer } from "./shared-pointer"
import { TextPrompt } from "./text-prompt"
import { ToolBar } from "./tool-bar"
import type { Command, Tool } from "./tools"
import { type CineTime, openingOf, useGrowing, useGuarded, useOpening } from "./use-area"
import { useKeys } from "./use-keys"
import { useMarks } from "./use-marks"
import { useMeasureWords } from "./use-measure-words"
import {
  activated,
  EMPTY_VIEW,
  type Layout,
  placed,
  type ViewState,
  withLayout,
  withViewport,
} from "./view-state"
import { drawsByProcessor, onDrawsByProcessor } from "./viewport"
import { volumeOf } from "./volume"

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
  /** Whether a removed mark may be drawn again under this person's name. */
  readonly mayRestore: (mark: Mark) => boolean
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
  /** The clock images run by, where it is not the wall's: a replay's. */
  readonly time?: CineTime
  readonly toolBarEnd?: ReactNode
}

type Asked = { readonly drawing: Drawing; readonly drawn: Drawn }

/** The tool of a hand that chose none: one finger scrolls, a mouse has a wheel for that. */
const restingTool = (): Tool => (matchMedia("(pointer: coarse)").matches ? "scroll" : "window")

export function ImageArea(props: ImageAreaProps) {
  const { studies, source, mayMove } = props
  const { t } = useTranslation("viewer")
  const words = useMeasureWords()
  const opening = useOpening(studies, source, props.view === null)
  useGrowing(studies, source)
  const [tool, setTool] = useState<Tool>(restingTool)
  const [drawings, setDrawings] = useState<readonly (Drawing | null)[]>([])
  const [asked, setAsked] = useState<Asked | null>(null)
  const [said, setSaid] = useState<string | null>(null)
  const lastRate = useRef<number | null>(null)
  const latestDrawings = useRef(drawings)
  latestDrawings.current = drawings
  const manifestAt = useCallback((index: number) => latestDrawings.current[index]?.manifest ?? null, [])
  const { controller, shown: view } = useGuarded(props, opening, manifestAt)
  const marks = useMarks(props)
  const active = view?.active ?? 0
  const processorDraws = useSyncExternalStore(onDrawsByProcessor, drawsByProcessor)
  const drawing = view?.viewports[active] ? (drawings[active] ?? null) : null
  useKeys(obey)

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

  if (!view || shownSeries(studies).length === 0)
    return <Nothing studies={studies} view={view} onOpen={series => void open(series)} />
  const presetsOf = (of: Drawing) => presetsFor(of.manifest.modality, windowOf(of))
  const rate = view.viewports[active]?.cine_fps ?? null
  const byProcessor = drawing !== null && processorDraws
  return (
    <section className={classes.area} aria-label={t("image_area")} data-tv={props.tv || undefined}>
      {props.tools !== false && (
        <ToolBar
          tool={tool}
          onCommand={obey}
          mayMove={mayMove}
          mayMark={props.mayMark}
          mayUndo={marks.mayUndo}
          presets={drawing?.held.pixels.components === 1 ? presetsOf(drawing) : []}
          rate={drawing && drawing.manifest.images.length > 1 ? rate : undefined}
          layout={view.layout}
          onLayout={layout => void lay(layout)}
          linked={view.linked}
          plane={drawing && { shown: drawing.manifest.plane, refused: refusalOf(drawing.manifest) }}
          onPlane={plane => void cut(plane)}
          keyImage={props.onKeyImage && drawing?.manifest.plane === "acquired" ? isKey(drawing) : null}
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
            controller={controller}
            tool={tool}
            marks={props.marks}
            pointers={props.pointers}
            byProcessor={props.byProcessor ?? false}
            leader={view.layout > 1 ? drawing : null}
            mayMark={props.mayMark}
            audience={audienceOf(studies, view.viewports[index]?.series_uid)}
            said={said}
            seriesName={seriesName}
            presets={presetsOf}
            mayRemove={props.mayRemove}
            onRemove={marks.remove}
            onDrawn={onDrawn}
            onMark={(of, drawn) =>
              drawn.kind === "text" || drawn.kind === "arrow"
                ? setAsked({ drawing: of, drawn })
                : finish(of, drawn)
            }
            onPoint={props.pointsAlways || tool === "pointer" ? props.onPointer : null}
            onRate={mayMove ? (at, to) => change(now => rated(now, at, to)) : null}
            keyImageName={keyImageName}
            onKeyImage={mayMove ? (at, key) => void goTo(at, key) : null}
            onWindow={mayMove ? (at, window) => change(now => withViewport(now, at, { window })) : null}
            onActivate={index => mayMove && change(now => activated(now, index))}
          />
        ))}
      </div>
      {props.tools === false ? (
        <footer className={classes.notices}>
          <Notice byProcessor={byProcessor} />
        </footer>
      ) : (
        <SeriesStrip
          studies={studies}
          view={view}
          byProcessor={byProcessor}
          onOpen={series => void open(series)}
        />
      )}
      <TextPrompt
        opened={asked !== null}
        mayBeEmpty={asked?.drawn.kind === "arrow"}
        onText={text => asked && finish(asked.drawing, text ? { ...asked.drawn, text } : asked.drawn)}
        onClose={() => setAsked(null)}
      />
    </section>
  )

  function change(next: (now: ViewState) => ViewState): void {
    const now = controller.current()
    if (now) controller.change(next(now))
  }

  function finish({ manifest, image, held }: Drawing, drawn: Drawn): void {
    if (props.mayMark)
      marks.draw(marked(crypto.randomUUID(), { manifest, image, pixels: held.pixels }, drawn, words.recorded))
    setTool(restingTool())
  }

  function obey(command: Command): void {
    setSaid(null)
    if (command.type === "tool") setTool(command.tool)
    else if (command.type === "cancel") setTool(restingTool())
    else if (command.type === "undo") marks.undo()
    else if (command.type === "hang") void rehang()
    else if (command.type === "plane") void cut(nextPlane(view?.viewports[active]?.plane ?? "acquired"))
    else if (command.type === "remove") drawing && marks.removeLast(drawing)
    else if (drawing) moveBy(command, drawing)
  }

  function moveBy(command: Command, of: Drawing): void {
    const standing = {
      manifest: of.manifest,
      pixels: of.held.pixels,
      presets: presetsFor(of.manifest.modality, windowOf(of)),
      openingWindow: windowOf(of),
      lastRate: lastRate.current,
    }
    change(now => {
      const next = commanded(now, command, standing)
      lastRate.current = next.viewports[next.active]?.cine_fps ?? lastRate.current
      return next
    })
  }

  function isKey({ image }: Drawing): boolean {
    return props.keyImages.some(key => key.sop_uid === image.sopUid && key.frame === image.frame)
  }

  function windowOf({ image, manifest }: Drawing) {
    const series = allSeries(studies).find(s => s.series_uid === manifest.seriesUid)
    return openingWindow(image, manifest.modality, series?.default_window)
  }

  /** Also before anything is shown: who presses a series does not wait for how the case would hang. */
  async function open(series: SeriesInfo): Promise<void> {
    const manifest = await source.manifest(series.series_uid).catch(() => null)
    const viewport = manifest && opened(manifest, series.default_window)
    const now = controller.current() ?? EMPTY_VIEW
    if (viewport) controller.change(placed(now, now.active, viewport))
  }

  function keyImageName(key: KeyImage): string | null {
    const series = shownSeries(studies).find(one => one.series_uid === key.series_uid)
    const held = drawings.find(one => one?.manifest.seriesUid === key.series_uid)?.manifest
    if (!series) return null
    const at = held ? indexOf(held, key.sop_uid, key.frame || 1) : -1
    return at < 0
      ? seriesName(key.series_uid)
      : t("layers.image_of", { name: seriesName(key.series_uid), number: at + 1 })
  }

  async function goTo(at: number, key: KeyImage): Promise<void> {
    const series = shownSeries(studies).find(one => one.series_uid === key.series_uid)
    const manifest = series && (await source.manifest(series.series_uid).catch(() => null))
    const fresh = manifest && opened(manifest, series.default_window)
    if (!fresh || indexOf(manifest, key.sop_uid, key.frame || 1) < 0) return
    const image = { sop_uid: key.sop_uid, frame: key.frame || 1 }
    change(now => {
      const before = now.viewports[at]
      const same = before?.series_uid === key.series_uid && before.plane === "acquired"
      return placed(now, at, { ...(same ? before : fresh), ...image, cine_fps: null })
    })
  }

  /** Why the series cannot be cut in other planes, in words; null when it can. */
  function refusalOf(manifest: Manifest): string | null {
    if (manifest.plane !== "acquired") return null
    const { state } = allSeries(studies).find(s => s.series_uid === manifest.seriesUid) ?? {}
    const reason = state === "receiving" ? "arriving" : volumeOf(manifest)
    return typeof reason === "string" ? t(`plane.refused.${reason}`) : null
  }

  /** Shows the active viewport's series in another plane, or says why not; what is drawn may be the series before. */
  async function cut(plane: Plane): Promise<void> {
    const now = controller.current()
    const uid = now?.viewports[now.active]?.series_uid
    const acquired = uid ? await source.manifest(uid).catch(() => null) : null
    if (!acquired) return
    const refused = plane === "acquired" || !mayMove ? null : refusalOf(acquired)
    setSaid(refused)
    if (!refused) change(now => replaned(now, now.active, acquired, plane))
  }

  /** Back to how the case hung when it was opened. */
  async function rehang(): Promise<void> {
    const hanging = mayMove ? hang(studies) : null
    const hungView = hanging && (await openingOf(hanging, source).catch(() => null))
    if (hungView) change(() => hungView)
    else if (!mayMove) change(now => now) // says who leads
  }

  /** A larger layout is filled with the series nobody sees yet. */
  async function lay(layout: Layout): Promise<void> {
    change(now => withLayout(now, layout))
    const before = controller.current()
    if (!before || !mayMove) return
    const waiting = [...unseen(before, studies)]
    for (let index = 0; index < layout; index++) {
      const series = before.viewports[index] ? undefined : waiting.shift()
      const manifest = series && (await source.manifest(series.series_uid).catch(() => null))
      const viewport = manifest && opened(manifest, series.default_window)
      if (viewport) change(now => (now.viewports[index] === null ? placed(now, index, viewport) : now))
    }
  }
}

type NothingProps = {
  readonly studies: readonly StudyInfo[]
  readonly view: ViewState | null
  readonly onOpen: (series: SeriesInfo) => void
}

function Nothing({ studies, view, onOpen }: NothingProps) {
  const { t } = useTranslation("viewer")
  const series = allSeries(studies)
  const words = () => {
    if (series.length === 0) return "pane.no_images"
    return series.every(one => one.withheld) ? "pane.withheld" : "pane.not_ready"
  }
  return (
    <section className={classes.area} aria-label={t("image_area")}>
      <div className={classes.stage}>
        <p className={classes.hint}>{t(words())}</p>
      </div>
      <SeriesStrip studies={studies} view={view} byProcessor={false} onOpen={onOpen} />
    </section>
  )
}
