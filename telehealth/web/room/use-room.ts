/** Everything the room needs, made once per visit and closed with the page. */

import { api } from "@app/api/client"
import type { Id, Seat } from "@app/api/types"
import type { Choice } from "@signaling/devices"
import { LiveLog } from "@signaling/live-log"
import { type Grant, Meeting } from "@signaling/meeting"
import { Decoders } from "@viewer/decoders"
import { fetchBytes, fetchLayers, fetchManifest } from "@viewer/image-http"
import { ImageSource } from "@viewer/image-source"
import { fromDisk, pauseKeeping } from "@viewer/keep/keeping"
import { useEffect, useState, useSyncExternalStore } from "react"
import { RoomModel } from "./room-model"

export type Joined = {
  readonly url: string
  readonly token: string
  readonly live_url: string
  readonly ice_servers: RTCIceServer[]
  readonly identity: Id
  readonly seat: Seat
}

export type Room = {
  readonly log: LiveLog
  readonly model: RoomModel
  readonly meeting: Meeting
  readonly source: ImageSource
}

export const join = (sessionId: Id): Promise<Joined> => api.post<Joined>(`/api/sessions/${sessionId}/join`)

function grantOf({ url, token, ice_servers }: Joined): Grant {
  return { url, token, iceServers: ice_servers ?? [] }
}

/** The live log lives on the page's own host, whatever the address names. */
function liveAddress(liveUrl: string): string {
  const url = new URL(liveUrl, location.href)
  url.protocol = url.protocol.replace("http", "ws")
  return url.href
}

function enter(sessionId: Id, first: Joined, choice: Choice, onImages: (trouble: boolean) => void): Room {
  const log = new LiveLog({ url: () => liveAddress(first.live_url) })
  const model = new RoomModel(log, first.identity)
  let next: Joined | null = first // the grant we came with serves the first connection only
  const meeting = new Meeting({
    choice,
    grant: async () => {
      const joined = next ?? (await join(sessionId))
      next = null
      return grantOf(joined)
    },
  })
  const decoders = new Decoders()
  const source = new ImageSource(
    { fetchManifest, fetchBytes, fetchLayers, fromDisk, decode: decoders.decode },
    onImages,
  )
  return { log, model, meeting, source }
}

function leave({ log, model, meeting, source }: Room): void {
  model.close()
  log.close()
  meeting.close()
  source.close()
}

/** Null until the first paint is done; then the room, connecting. */
export function useRoom(
  sessionId: Id,
  first: Joined,
  choice: Choice,
): { room: Room | null; imageTrouble: boolean } {
  const [room, setRoom] = useState<Room | null>(null)
  const [imageTrouble, setImageTrouble] = useState(false)
  useEffect(() => {
    pauseKeeping(true)
    const entered = enter(sessionId, first, choice, setImageTrouble)
    entered.log.connect()
    void entered.meeting.connect()
    setRoom(entered)
    const back = () => {
      entered.log.retryNow()
      entered.meeting.retryNow()
    }
    window.addEventListener("online", back)
    return () => {
      window.removeEventListener("online", back)
      leave(entered)
      pauseKeeping(false)
      setRoom(null)
    }
  }, [sessionId, first, choice])
  return { room, imageTrouble }
}

export const useModel = (model: RoomModel) => useSyncExternalStore(model.subscribe, () => model.snapshot)
export const useMeeting = (meeting: Meeting) =>
  useSyncExternalStore(meeting.subscribe, () => meeting.snapshot)
