import { readLength } from './lengths.ts'

const clock = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?$/
const date = /^\d{4}-\d\d-\d\d$/
const moment = /^(\d{4}-\d\d-\d\d)T([^Z+-]+)(Z|[+-]\d\d:\d\d)?$/i

/**
 * A moment as ISO 8601 in UTC, of the machine's time: today's `14:00`, the day `2026-03-01`, `2026-03-01T14:00`, with
 * a zone or without one, or as far back from now as `15m` says. Undefined for anything else.
 */
export function readInstant(text: string, now: number): string | undefined {
  const ago = readLength(text)
  if (ago !== undefined) return isoOf(now - ago)
  if (clock.test(text)) return isoOf(Date.parse(`${dayOf(now)}T${text}`))
  if (date.test(text)) return isDay(text) ? isoOf(Date.parse(`${text}T00:00`)) : undefined
  const [, day = '', time = '', zone = ''] = moment.exec(text) ?? []
  return clock.test(time) && isDay(day) ? isoOf(Date.parse(`${day}T${time}${zone.toUpperCase()}`)) : undefined
}

/** Without a zone, JavaScript reads a date as one of UTC, but a date with a time as one of the machine. */
function dayOf(now: number): string {
  const today = new Date(now)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${today.getFullYear()}-${two(today.getMonth() + 1)}-${two(today.getDate())}`
}

/** JavaScript takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  const at = new Date(`${day}T00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day)
}

/** Only years of four digits can be written down again. */
function isoOf(milliseconds: number): string | undefined {
  const at = new Date(milliseconds)
  if (Number.isNaN(at.getTime())) return undefined
  const written = at.toISOString()
  return /^\d/.test(written) ? written : undefined
}
