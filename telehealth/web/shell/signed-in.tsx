import { keepDoors, keepKey } from "@app/api/images-ahead"
import { Outlet } from "@tanstack/react-router"
import { beginKeeping } from "@viewer/keep/keeping"
import { useEffect } from "react"
import { useMe } from "./who"

/** Behind every page of somebody signed in: images of coming sessions are fetched ahead. */
export function SignedIn() {
  const person = useMe()
  useEffect(() => {
    // Without it the line serves; the panel says that nothing is kept.
    beginKeeping(person.id, keepKey, keepDoors).catch(() => undefined)
  }, [person.id])
  return <Outlet />
}
