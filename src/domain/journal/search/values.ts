import { missingAttributeFindings } from '../../missing-attributes.ts'

const unitMilliseconds = {
  w: 7 * 24 * 60 * 60 * 1000,
  d: 24 * 60 * 60 * 1000,
  h: 60 * 60 * 1000,
  m: 60 * 1000,
  s: 1000,
  ms: 1,
} as const

const durationPart = String.raw`\d{1,15}(?:\.\d{1,3})?(?:ms|[wdhms])`
const wholeDuration = new RegExp(`^(?:${durationPart})+$`)
const durationParts = /(\d+(?:\.\d+)?)(ms|[wdhms])/g

/**
 * `15m`, `1h30m`, `1.5s`, `100ms` in milliseconds; undefined for anything else. Response times are below a second, so
 * it accepts more than the durations of settings and commands (`entra/duration.ts`).
 */
function parseDuration(text: string): number | undefined {
  if (!wholeDuration.test(text)) return undefined
  return [...text.matchAll(durationParts)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * unitMilliseconds[unit as keyof typeof unitMilliseconds],
    0,
  )
}

const clockTime = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?$/
const calendarDate = /^\d{4}-\d\d-\d\d$/
const dateAndTime = /^(\d{4}-\d\d-\d\d)T([^Z+-]+)(Z|[+-]\d\d:\d\d)?$/i

/**
 * A time in ISO 8601 and UTC, by the machine's clock: today's `14:00`, the day `2026-03-01`, `2026-03-01T14:00` with or
 * without a zone, or the time `15m` ago. Undefined for anything else.
 */
export function parseInstant(text: string, now: number): string | undefined {
  const ago = parseDuration(text)
  if (ago !== undefined) return isoOf(now - ago)
  if (clockTime.test(text)) return isoOf(Date.parse(`${dayOf(now)}T${text}`))
  if (calendarDate.test(text)) return isDay(text) ? isoOf(Date.parse(`${text}T00:00`)) : undefined
  const [, day = '', time = '', zone = ''] = dateAndTime.exec(text) ?? []
  return clockTime.test(time) && isDay(day)
    ? isoOf(Date.parse(`${day}T${time}${zone.toUpperCase()}`))
    : undefined
}

/** JavaScript parses a date without a zone as UTC, but a date with a time as local time. */
function dayOf(now: number): string {
  const today = new Date(now)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${today.getFullYear()}-${two(today.getMonth() + 1)}-${two(today.getDate())}`
}

/** JavaScript parses February 30 as March 2. */
function isDay(day: string): boolean {
  const at = new Date(`${day}T00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day)
}

/** Undefined for years without four digits, which ISO 8601 texts here can't represent. */
function isoOf(milliseconds: number): string | undefined {
  const at = new Date(milliseconds)
  if (Number.isNaN(at.getTime())) return undefined
  const written = at.toISOString()
  return /^\d/.test(written) ? written : undefined
}

const notAscii = /\P{ASCII}/u

/** ASCII only, as SQLite's `lower`, so that the database and the live stream find the same exchanges. */
export const foldAscii = (text: string): string =>
  // Bodies are long and mostly ASCII, which folds in one call.
  notAscii.test(text) ? text.replace(/[A-Z]+/g, letters => letters.toLowerCase()) : text.toLowerCase()

/** Whether the text contains `part`, which is folded already. */
export const containsFolded = (text: string | undefined, part: string): boolean =>
  text !== undefined && foldAscii(text).includes(part)

export function urlForms(text: string): readonly string[] {
  const encoded = foldAscii(encodeURIComponent(text))
  return [...new Set([foldAscii(text), encoded, encoded.replaceAll('%20', '+')])]
}

/** `404`, `4xx`, and `4` for `4xx`. */
export function parseStatus(text: string): string | undefined {
  if (!/^[1-5](xx|\d\d)?$/i.test(text)) return undefined
  return text.length === 1 ? `${text}xx` : text.toLowerCase()
}

/** Both ends are included. */
export function statusRange(value: string): { readonly from: number; readonly to: number } {
  if (!value.endsWith('xx')) return { from: Number(value), to: Number(value) }
  const from = Number(value[0]) * 100
  return { from, to: from + 99 }
}

export function parseDurationBound(text: string): string | undefined {
  const length = /^[<>]/.test(text) ? parseDuration(text.slice(1)) : undefined
  if (length === undefined) return undefined
  const microseconds = Math.round(length * 1000)
  return Number.isSafeInteger(microseconds) ? `${text[0]}${microseconds / 1000}ms` : undefined
}

export const toDurationBound = (
  value: string,
): { readonly longer: boolean; readonly microseconds: number } => ({
  longer: value.startsWith('>'),
  microseconds: Math.round((parseDuration(value.slice(1)) ?? 0) * 1000),
})

/** What a term with the key `finding` searches: a search for AWS's rule on required attributes also finds its findings by attribute. */
export const findingParts = (value: string): readonly string[] =>
  'aws/required-attributes'.includes(foldAscii(value))
    ? [value, ...missingAttributeFindings.values(), 'jumpcloud/no-display-name']
    : [value]
