import { effect, signal } from '@preact/signals'

export const formatCount = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

export function formatDuration(microseconds: number): string {
  if (microseconds < 10_000) return `${(microseconds / 1000).toFixed(1)} ms`
  if (microseconds < 1_000_000) return `${Math.round(microseconds / 1000)} ms`
  return `${(microseconds / 1_000_000).toFixed(1)} s`
}

const steps: readonly (readonly [number, string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
]

export function formatSpan(milliseconds: number): string {
  const length = Math.abs(milliseconds)
  const [size, unit] = steps.find(([step]) => length >= step) ?? [1000, 'second']
  return formatCount(Math.round(length / size), unit)
}

const units = ['bytes', 'kB', 'MB', 'GB'] as const

export function formatSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1)
  const size = bytes / 1000 ** power
  return `${power === 0 ? size : size.toFixed(1)} ${units[power]}`
}

const createFormats = (timeZone?: 'UTC') => {
  const zoned = timeZone && { timeZone }
  return {
    date: new Intl.DateTimeFormat('en-CA', { ...zoned, year: 'numeric', month: '2-digit', day: '2-digit' }),
    time: new Intl.DateTimeFormat('en-GB', {
      ...zoned,
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    }),
  }
}

const formats = { local: createFormats(), utc: createFormats('UTC') }

const formatZone = () => (zone.value === 'utc' ? 'utc' : 'local')

const isInvalid = (date: Date): boolean => Number.isNaN(date.getTime())
const invalid = 'invalid time'

/** "2026-03-01 14:00:00", in the zone of the page. */
export function formatDateTime(date: Date): string {
  if (isInvalid(date)) return invalid
  const { date: day, time } = formats[formatZone()]
  return `${day.format(date)} ${time.format(date)}`
}

export const formatDay = (at: string): string => formats[formatZone()].date.format(new Date(at))

export function formatMoment(date: Date): string {
  if (isInvalid(date)) return invalid
  const { date: day, time } = formats[formatZone()]
  return day.format(new Date()) === day.format(date) ? time.format(date) : formatDateTime(date)
}

export function formatAgo(date: Date): string {
  const remaining = date.getTime() - Date.now()
  if (Math.abs(remaining) < 1000) return 'now'
  return remaining < 0 ? `${formatSpan(remaining)} ago` : `in ${formatSpan(remaining)}`
}

/** `tenant` and `local` use the browser's time zone; `local` and `utc` are real time where it is known. */
export type Zone = 'tenant' | 'local' | 'utc'
const storageKey = 'scimulator-zone'

const isZone = (text: string | null): text is Zone => text === 'tenant' || text === 'local' || text === 'utc'

const stored = localStorage.getItem(storageKey)

export const zone = signal<Zone>(isZone(stored) ? stored : 'tenant')

effect(() => localStorage.setItem(storageKey, zone.value))

/** The zone of the page as `Intl` names it; undefined for that of the browser. */
export const intlZone = (): 'UTC' | undefined => (zone.value === 'utc' ? 'UTC' : undefined)

/** `UTC`, `UTC−5`, `UTC+5:30`: the zone of a time, as it was then. */
export function zoneLabel(date: Date): string {
  const minutes = zone.value === 'utc' ? 0 : -date.getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`
}
