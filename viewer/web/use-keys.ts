/** Keys of the image area, wherever the focus is, unless somebody types or a control wants them itself. */

import { useEffect, useRef } from "react"
import { type Command, commandOf } from "./tools"

export function useKeys(obey: (command: Command) => void): void {
  const latest = useRef(obey)
  latest.current = obey
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const command = keyed(event)
      if (!command) return
      event.preventDefault()
      latest.current(command)
    }
    window.addEventListener("keydown", press)
    return () => window.removeEventListener("keydown", press)
  }, [])
}

function keyed(event: KeyboardEvent): Command | null {
  if (belongsElsewhere(event.target, event.key)) return null
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "z")
    return event.shiftKey ? null : { type: "undo" }
  return event.ctrlKey || event.altKey || event.metaKey ? null : commandOf(event.key)
}

/** Typing, and controls that use arrows and letters themselves. */
const OTHERS =
  "input, textarea, select, [contenteditable], [role=menu], [role=tablist], [role=listbox], [role=dialog]"
const PRESSED_BY_SPACE = "button, a, summary"

function belongsElsewhere(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.closest(key === " " ? `${OTHERS}, ${PRESSED_BY_SPACE}` : OTHERS) !== null
}
