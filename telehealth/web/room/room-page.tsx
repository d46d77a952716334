/** The live room. */
export function RoomPage() {
  return null
}
