/** What everybody in a session shares, and what each event changes; mirrors telehealth/live_reduction.py (LL8). */

export type Instant = string

/** A view, drawn and checked by the viewer; here it only travels. */
export type LiveView = { readonly [field: string]: unknown }
export type LiveMark = { readonly id: string; readonly by: string; readonly [field: string]: unknown }
export type KeyImage = { readonly sop_uid: string; readonly frame: number }
export type ChatMessage = {
  readonly seq: number
  readonly at: Instant
  readonly by: string
  readonly text: string
}
export type RunningRecording = { readonly id: string; readonly case_id: string; readonly started_at: Instant }

export type LiveState = {
  readonly session_state: "planned" | "live" | "ended"
  readonly case_id: string | null
  readonly case_opened_at: Instant | null
  readonly control: string | null
  readonly control_requests: readonly string[]
  readonly hands: readonly string[]
  readonly view: LiveView | null
  readonly marks: readonly LiveMark[]
  readonly recording: RunningRecording | null
  readonly key_images: readonly KeyImage[]
  readonly chat: readonly ChatMessage[]
}

export type CaseView = Pick<LiveState, "view" | "marks" | "key_images">
type About = { readonly identity: string; readonly reason?: string }
type Nothing = { readonly [field: string]: unknown }

/** Bodies of stored events, as the server completes them. */
export type EventBodies = {
  session_started: Nothing
  session_ended: Nothing
  case_opened: { readonly case_id: string } & CaseView
  case_closed: { readonly case_id: string }
  control_requested: Nothing
  control_request_withdrawn: About
  control_granted: About
  control_released: Partial<About>
  control_taken: Nothing
  view_changed: { readonly view: LiveView }
  mark_added: { readonly mark: LiveMark }
  mark_removed: { readonly mark_id: string }
  key_image_toggled: KeyImage
  recording_started: { readonly recording_id: string; readonly case_id: string }
  recording_stopped: { readonly recording_id: string }
  hand_raised: Nothing
  hand_lowered: About
  chat_message: { readonly text: string }
  minutes_saved: { readonly case_id: string; readonly version: number }
  /** What may be seen of the case is another thing now: ask again. */
  papers_changed: { readonly case_id: string }
  person_admitted: About
  person_removed: About
}
export type EventKind = keyof EventBodies

type EventOf<Kind extends EventKind> = {
  readonly seq: number
  readonly at: Instant
  readonly by: string
  readonly kind: Kind
  readonly body: EventBodies[Kind]
}
export type LiveEvent = { [Kind in EventKind]: EventOf<Kind> }[EventKind]

export const CHAT_KEPT = 50

export const EMPTY_CASE: CaseView = { view: null, marks: [], key_images: [] }

export const EMPTY_STATE: LiveState = {
  session_state: "planned",
  case_id: null,
  case_opened_at: null,
  control: null,
  control_requests: [],
  hands: [],
  recording: null,
  chat: [],
  ...EMPTY_CASE,
}

/** The state after a stored event; the same object when it changes nothing here. */
export function applyEvent(state: LiveState, event: LiveEvent): LiveState {
  switch (event.kind) {
    case "session_started":
      return { ...state, session_state: "live" }
    case "session_ended":
      return { ...withoutCase(state), session_state: "ended", hands: [] }
    case "case_opened":
      return {
        ...withoutCase(state),
        ...caseView(event.body),
        case_id: event.body.case_id,
        case_opened_at: event.at,
      }
    case "case_closed":
      return withoutCase(state)
    case "control_requested":
      return { ...state, control_requests: last(state.control_requests, event.by) }
    case "control_request_withdrawn":
      return { ...state, control_requests: without(state.control_requests, event.body.identity) }
    case "control_granted":
      return given(state, event.body.identity)
    case "control_taken":
      return given(state, event.by)
    case "control_released":
      return { ...state, control: null }
    case "view_changed":
      return { ...state, view: event.body.view }
    case "mark_added":
      return { ...state, marks: [...marksBut(state, event.body.mark.id), event.body.mark] }
    case "mark_removed":
      return { ...state, marks: marksBut(state, event.body.mark_id) }
    case "key_image_toggled":
      return { ...state, key_images: toggled(state.key_images, event.body) }
    case "recording_started":
      return { ...state, recording: recordingOf(event) }
    case "recording_stopped":
      return { ...state, recording: null }
    case "hand_raised":
      return { ...state, hands: last(state.hands, event.by) }
    case "hand_lowered":
      return { ...state, hands: without(state.hands, event.body.identity) }
    case "chat_message":
      return { ...state, chat: [...state.chat, messageOf(event)].slice(-CHAT_KEPT) }
    case "person_removed":
      return withoutPerson(state, event.body.identity)
    default:
      return state // person_admitted, minutes_saved, papers_changed, and kinds of a newer server
  }
}

function withoutCase(state: LiveState): LiveState {
  const nothing = {
    case_id: null,
    case_opened_at: null,
    control: null,
    control_requests: [],
    recording: null,
  }
  return { ...state, ...EMPTY_CASE, ...nothing }
}

function caseView({ view, marks, key_images }: CaseView): CaseView {
  return { view, marks, key_images }
}

function given(state: LiveState, identity: string): LiveState {
  return { ...state, control: identity, control_requests: without(state.control_requests, identity) }
}

function withoutPerson(state: LiveState, identity: string): LiveState {
  return {
    ...state,
    control: state.control === identity ? null : state.control,
    control_requests: without(state.control_requests, identity),
    hands: without(state.hands, identity),
  }
}

function marksBut(state: LiveState, id: string): readonly LiveMark[] {
  return state.marks.filter(mark => mark.id !== id)
}

function toggled(images: readonly KeyImage[], { sop_uid, frame }: KeyImage): readonly KeyImage[] {
  const others = images.filter(image => image.sop_uid !== sop_uid || image.frame !== frame)
  return others.length < images.length ? others : [...images, { sop_uid, frame }]
}

function recordingOf(event: EventOf<"recording_started">): RunningRecording {
  return { id: event.body.recording_id, case_id: event.body.case_id, started_at: event.at }
}

function messageOf({ seq, at, by, body }: EventOf<"chat_message">): ChatMessage {
  return { seq, at, by, text: body.text }
}

function without(identities: readonly string[], identity: string): readonly string[] {
  return identities.filter(other => other !== identity)
}

function last(identities: readonly string[], identity: string): readonly string[] {
  return [...without(identities, identity), identity]
}
