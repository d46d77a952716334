/** A person's camera, or the initials when it is off. */

import { useEffect, useRef } from "react"
import type { MeetingPerson } from "./meeting-people"
import classes from "./tiles.module.css"

export function CameraView({ person }: { readonly person: MeetingPerson }) {
  const video = useRef<HTMLVideoElement>(null)
  const { camera } = person
  useEffect(() => {
    const element = video.current
    if (!element || !camera) return
    camera.attach(element)
    return () => void camera.detach(element)
  }, [camera])
  if (!camera) return <span className={classes.initials}>{initials(person.name)}</span>
  return (
    <video
      ref={video}
      className={classes.video}
      data-mirrored={person.isMe || undefined}
      autoPlay
      playsInline
      muted
    />
  )
}

/** Middle and last word of a Vietnamese name, by which people know each other. */
export function initials(name: string): string {
  return name
    .trim()
    .split(/\s+/)
    .slice(-2)
    .map(word => word[0] ?? "")
    .join("")
    .toLocaleUpperCase("vi")
}
