/** A recorded case, replayed over its original images. */
export function ReplayPage() {
  return null
}
