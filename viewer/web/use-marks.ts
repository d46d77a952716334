/** Drawing, taking away and taking back of marks at this screen. */

import { useCallback, useRef, useState } from "react"
import { type Mark, marksOn } from "./marks"
import type { Drawing } from "./pane"
import { type Done, noted, undone } from "./undo"

type Doors = {
  readonly marks: readonly Mark[]
  readonly mayRemove: (mark: Mark) => boolean
  /** Whether a mark that was taken away may come back under this person's name. */
  readonly mayRestore: (mark: Mark) => boolean
  readonly onMark: (mark: Mark) => void
  readonly onRemoveMark: (mark: Mark) => void
}

export type MarkHand = {
  readonly mayUndo: boolean
  readonly draw: (mark: Mark) => void
  readonly remove: (mark: Mark) => void
  readonly undo: () => void
  /** Takes away the newest mark on this image that may be. */
  readonly removeLast: (drawing: Drawing) => void
}

export function useMarks(doors: Doors): MarkHand {
  const latest = useRef(doors)
  latest.current = doors
  const [done, setDone] = useState<readonly Done[]>([])
  const draw = useCallback((mark: Mark) => {
    latest.current.onMark(mark)
    setDone(before => noted(before, { type: "drew", mark }))
  }, [])
  const remove = useCallback((mark: Mark) => {
    latest.current.onRemoveMark(mark)
    if (latest.current.mayRestore(mark)) setDone(before => noted(before, { type: "removed", mark }))
  }, [])
  const step = undone(done, doors.marks)
  return {
    mayUndo: step !== null,
    draw,
    remove,
    undo: () => {
      if (!step) return
      if (step.type === "remove") doors.onRemoveMark(step.mark)
      else doors.onMark(step.mark)
      setDone(step.rest)
    },
    removeLast: ({ image }) => {
      const mark = marksOn(doors.marks, image.sopUid, image.frame).findLast(doors.mayRemove)
      if (mark) remove(mark)
    },
  }
}
