/** Two image areas with a log between them, a holder of control above a follower, laid open to test_image_area.py. */

import "@mantine/core/styles.css"
import "@app/i18n"
import { speak } from "@app/i18n"
import { MantineProvider } from "@mantine/core"
import { Decoders } from "@viewer/decoders"
import { ImageArea } from "@viewer/image-area"
import { fetchBytes, fetchManifest } from "@viewer/image-http"
import { ImageSource } from "@viewer/image-source"
import { type Mark, parseMark } from "@viewer/marks"
import type { StudyInfo } from "@viewer/series-list"
import { SharedView } from "@viewer/shared-view"
import { parseView, type ViewState } from "@viewer/view-state"
import { useMemo, useSyncExternalStore } from "react"
import { createRoot } from "react-dom/client"

const HOLDER = "holder"
const listeners = new Set<() => void>()
const tell = () => {
  for (const listener of listeners) listener()
}
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
/** As it comes out of the log: through JSON. */
const wired = (value: object): unknown => JSON.parse(JSON.stringify(value))

let marks: readonly Mark[] = []
let presented = 0
const follower = new SharedView("follower", { onShow: tell, onPresent: () => undefined })
const holder = new SharedView(HOLDER, {
  onShow: tell,
  onPresent: view => {
    presented++
    const arrived = parseView(wired(view))
    if (arrived) follower.arrived(arrived, HOLDER)
  },
})
for (const site of [holder, follower]) site.restore(null, HOLDER)

const setMarks = (next: readonly Mark[]) => {
  marks = next
  tell()
}
const marked = (mark: Mark) => {
  const stored = parseMark({ ...(wired(mark) as object), by: HOLDER })
  if (stored) setMarks([...marks.filter(other => other.id !== stored.id), stored])
}

function Sites() {
  const again = useSyncExternalStore(subscribe, () => rejoined)
  return (
    <>
      <Site shared={holder} studies={studies} />
      <Site key={again} shared={follower} studies={studies} />
    </>
  )
}

function Site({ shared, studies }: { shared: SharedView; studies: readonly StudyInfo[] }) {
  const view = useSyncExternalStore(subscribe, () => shared.shown)
  const shown = useSyncExternalStore(subscribe, () => marks)
  const source = useMemo(
    () => new ImageSource({ fetchManifest, fetchBytes, decode: new Decoders().decode }),
    [],
  )
  const holding = shared.mode === "holding"
  return (
    <div id={shared.me} style={{ minHeight: 0 }}>
      <ImageArea
        source={source}
        studies={studies}
        view={view}
        controller={{ current: () => shared.shown, change: (next: ViewState) => shared.change(next) }}
        mayMove={holding}
        marks={shown}
        mayMark={holding}
        mayRemove={() => holding}
        mayRestore={() => holding}
        onMark={marked}
        onRemoveMark={mark => setMarks(marks.filter(other => other.id !== mark.id))}
        pointers={[]}
        onPointer={null}
        pointsAlways={false}
        byProcessor={location.search === "?cpu"}
        keyImages={[]}
        onKeyImage={null}
      />
    </div>
  )
}

let rejoined = 0
/** The follower reloads: a new page that is told the state of the log as a whole. */
const rejoin = () => {
  const view = parseView(wired(holder.shown ?? {}))
  follower.restore(null, HOLDER)
  rejoined++
  follower.restore(view, HOLDER)
}

const studies = (await (await fetch("/studies")).json()) as readonly StudyInfo[]
const root = document.getElementById("sites")
if (root)
  createRoot(root).render(
    <MantineProvider>
      <Sites />
    </MantineProvider>,
  )

Object.assign(window, {
  area: { marks: () => marks, presented: () => presented, rejoin, speak, view: () => follower.shown },
})
