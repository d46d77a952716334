// What a person at the end of a line notices, counted in the page of tests/support/media_page.html.
//
// A voice gap is a run of samples that the browser had to invent (concealedSamples, W3C webrtc-stats 8.2) because no
// packet came; a freeze is the time between two frames that reached the screen (requestVideoFrameCallback).
const GAP_MS = 100
const SAMPLES_A_MS = 48
const FREEZE_MS = 500
const LOOK_EVERY_MS = 100 // browsers renew their statistics every 50 ms
const MOSTLY = 0.8 // of the samples between two looks invented: the gap goes on

const line = { gaps: 0, freezes: 0, longestGap: 0, longestFreeze: 0, width: 0, frames: 0 }
let speaking, looking, lastFrame, shown
let invented = 0
let silentSince = 0
let before = { id: "", packets: 0, concealed: 0, total: 0 }

/** Publishes a voice without pauses: a tone, so that no silence hides a lost packet. */
async function speak() {
  speaking = new AudioContext()
  const [tone, out] = [new OscillatorNode(speaking, { frequency: 330 }), speaking.createMediaStreamDestination()]
  tone.connect(new GainNode(speaking, { gain: 0.3 })).connect(out)
  tone.start()
  await room.localParticipant.publishTrack(out.stream.getAudioTracks()[0], { source: "microphone" })
  await room.localParticipant.setCameraEnabled(true)
}

/** Starts to count what comes from the one other person. */
function watch() {
  Object.assign(line, { gaps: 0, freezes: 0, longestGap: 0, longestFreeze: 0, frames: 0 })
  lastFrame = performance.now()
  invented = silentSince = 0
  before.id = ""
  looking ??= setInterval(() => void look(), LOOK_EVERY_MS)
}

/** What was counted since `watch`, as of now. */
function noticed() {
  endFreeze(performance.now())
  endGap()
  return { ...line }
}

function publication(kind) {
  const [other] = room.remoteParticipants.values()
  return [...(other?.trackPublications.values() ?? [])].find(each => each.kind === kind && each.track)
}

/** By state, not by events: tracks come anew after a reconnect. */
function showPicture() {
  const track = publication("video")?.track
  if (!track || track === shown) return
  shown = track
  const element = track.attachedElements[0] ?? document.body.appendChild(track.attach())
  const frame = now => {
    if (shown !== track) return
    endFreeze(now)
    line.frames++
    lastFrame = now
    line.width = element.videoWidth
    element.requestVideoFrameCallback(frame)
  }
  element.requestVideoFrameCallback(frame)
}

async function look() {
  showPicture()
  const track = publication("audio")?.track
  if (track && track.attachedElements.length === 0) document.body.appendChild(track.attach())
  const report = await track?.receiver?.getStats()
  report?.forEach(each => each.type === "inbound-rtp" && heard(each))
}

function heard({ id, packetsReceived: packets, concealedSamples: concealed, totalSamplesReceived: total }) {
  const now = performance.now()
  const [made, all] = [concealed - before.concealed, total - before.total]
  const speaks = before.id !== id || (packets > before.packets && made < MOSTLY * all)
  if (speaks) {
    if (silentSince) missed(now - silentSince) // browsers stop inventing after a while
    endGap(before.id === id ? made : 0)
    silentSince = 0
  } else {
    invented += made
    silentSince ||= now
  }
  before = { id, packets, concealed, total }
}

function endGap(more = 0) {
  missed((invented + more) / SAMPLES_A_MS)
  invented = 0
}

function missed(ms) {
  line.longestGap = Math.max(line.longestGap, ms)
  if (ms > GAP_MS) line.gaps++
}

function endFreeze(now) {
  line.longestFreeze = Math.max(line.longestFreeze, now - lastFrame)
  if (now - lastFrame > FREEZE_MS) line.freezes++
}
