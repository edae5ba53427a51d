import { effect, signal } from '@preact/signals'

/** `tenant` and `local` use the browser's time zone; `local` and `utc` are real time where it is known. */
export type Zone = 'tenant' | 'local' | 'utc'
const storageKey = 'scimulator-zone'

const isZone = (text: string | null): text is Zone => text === 'tenant' || text === 'local' || text === 'utc'

const stored = localStorage.getItem(storageKey)

export const zone = signal<Zone>(isZone(stored) ? stored : 'tenant')

effect(() => localStorage.setItem(storageKey, zone.value))

/** `UTC`, `UTC−5`, `UTC+5:30`: the zone of a time, as it was then. */
export function zoneLabel(date: Date): string {
  const minutes = zone.value === 'utc' ? 0 : -date.getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`
}
