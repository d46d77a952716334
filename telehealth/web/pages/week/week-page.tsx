export function WeekPage() {
  return null
}
