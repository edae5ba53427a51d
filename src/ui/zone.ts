import { effect, signal } from '@preact/signals'

type Zone = 'local' | 'utc'
const storageKey = 'scimulator-zone'

/** The time zone of all times on the page: the browser's, or UTC. */
export const zone = signal<Zone>(localStorage.getItem(storageKey) === 'utc' ? 'utc' : 'local')

effect(() => {
  if (zone.value === 'local') localStorage.removeItem(storageKey)
  else localStorage.setItem(storageKey, zone.value)
})

/** `UTC`, `UTC−5`, `UTC+5:30`: the zone of a time, as it was then. */
export function zoneLabel(date: Date): string {
  const minutes = zone.value === 'utc' ? 0 : -date.getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`
}
