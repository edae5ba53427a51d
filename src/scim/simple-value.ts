import type { Attribute } from './attribute.ts'
import { errors, excerpt } from './error.ts'
import type { Json } from './json.ts'
import { fold } from './text.ts'

/**
 * A date and time in the form of xsd:dateTime (RFC 7643 §2.3.5) as milliseconds since 1970, and undefined for
 * anything else. A text without a zone counts as UTC; digits beyond the millisecond are dropped.
 */
export function parseDateTime(text: string): number | undefined {
  const found = dateTimePattern.exec(text)?.groups
  if (!found) return undefined
  const { year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone } = found
  const date = utcDate(Number(year), Number(month), Number(day))
  const offset = zoneOffset(zone)
  if (date === undefined || offset === undefined || !isTimeOfDay(hour, minute, second, fraction)) {
    return undefined
  }
  const seconds = (Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second)
  return date + seconds * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'))
}

const dateTimePattern =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,12}))?(?<zone>Z|[+-]\d\d:\d\d)?$/

function utcDate(year: number, month: number, day: number): number | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const kept = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return kept ? date.getTime() : undefined
}

// XML Schema lets 24:00:00 stand for the end of a day.
const isTimeOfDay = (hour: string, minute: string, second: string, fraction: string) =>
  minute < '60' &&
  second < '60' &&
  (hour < '24' || (hour === '24' && !/[1-9]/.test(minute + second + fraction)))

/** In minutes; XML Schema's zones reach 14 hours either way. */
function zoneOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))]
  const offset = hours * 60 + minutes
  if (minutes > 59 || offset > 14 * 60) return undefined
  return zone.startsWith('-') ? -offset : offset
}

/** No text of a directory is longer, and what is stored can be searched through and shown. */
export const maxTextLength = 65_536

/** Reads a value that isn't complex (RFC 7643 §2.3). `at` is its place, for the message. */
export function readSimpleValue(attribute: Attribute, value: Json, at: string): Json {
  const refuse = (wanted: string) =>
    errors.invalidValue(`${at} must be ${wanted}, but is ${describeValue(attribute, value)}.`)
  switch (attribute.type) {
    case 'boolean':
      if (typeof value !== 'boolean') throw refuse('true or false without quotes')
      return value
    case 'integer':
      if (!Number.isSafeInteger(value)) throw refuse('a whole number')
      return value
    case 'decimal':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw refuse('a number')
      return value
    case 'dateTime':
      if (typeof value !== 'string' || parseDateTime(value) === undefined) {
        throw refuse('a date and time such as "2025-01-31T08:00:00Z"')
      }
      return value
    case 'binary':
      if (typeof value !== 'string' || !isBase64(value)) throw refuse('a text in base64 without line breaks')
      return value
    case 'reference':
      if (typeof value !== 'string') throw refuse('a URI in quotes')
      if (nonUri.test(value)) throw refuse('a URI, without blanks, control characters, quotes or brackets')
      return checkText(value, at)
    case 'string':
      if (typeof value !== 'string') throw refuse('a string')
      return toCanonicalValue(attribute, checkText(value, at))
    case 'complex':
      throw refuse('an object')
  }
}

/** What was sent, in a few words. Secrets are never read back, not even to their sender (RFC 7643 §7). */
export function describeValue(attribute: Attribute, value: Json): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return value === null ? 'null' : 'an object'
  if (attribute.returned === 'never') return `another ${typeof value}`
  return typeof value === 'string' ? `the string ${JSON.stringify(excerpt(value))}` : String(value)
}

function checkText(text: string, at: string): string {
  if (text.length > maxTextLength) {
    throw errors.invalidValue(
      `${at} is ${text.length} characters long. At most ${maxTextLength} are accepted.`,
    )
  }
  // SQLite and PostgreSQL cut or refuse such texts.
  if (text.includes('\0')) throw errors.invalidValue(`${at} contains the character U+0000. Leave it out.`)
  if (!text.isWellFormed()) {
    throw errors.invalidValue(
      `${at} contains half of a surrogate pair, which is no character. Send whole characters.`,
    )
  }
  return text
}

// RFC 7643 §2.3.7 takes relative references too, and almost any text is one: Microsoft's validator sends
// random words as profileUrl. Only what no URI can contain is refused.
const nonUri = /[\s\u0000-\u001f\u007f<>"]/

// RFC 7643 §2.3.6: the alphabet of RFC 4648 §4; padding may be left out.
const base64 = /^[A-Za-z0-9+/]*={0,2}$/

const isBase64 = (text: string): boolean => {
  if (!base64.test(text)) return false
  return text.endsWith('=') ? text.length % 4 === 0 : text.length % 4 !== 1
}

/** RFC 7643 §2.4 and §7: a canonical value has one spelling; values outside of the list are kept as they are. */
export const toCanonicalValue = ({ canonicalValues, caseExact }: Attribute, text: string): string => {
  if (!canonicalValues || caseExact || canonicalValues.includes(text)) return text
  return canonicalValues.find(value => fold(value) === fold(text)) ?? text
}
