import type { Attribute } from './attribute.ts'
import { errors, excerpt } from './error.ts'
import type { Json } from './json.ts'
import { fold } from './text.ts'

/**
 * Parses an xsd:dateTime (RFC 7643 §2.3.5) to milliseconds since 1970; returns undefined for any other text. Without a
 * time zone it counts as UTC. Digits beyond milliseconds are dropped.
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

// In XML Schema, 24:00:00 is the end of a day.
const isTimeOfDay = (hour: string, minute: string, second: string, fraction: string) =>
  minute < '60' &&
  second < '60' &&
  (hour < '24' || (hour === '24' && !/[1-9]/.test(minute + second + fraction)))

/** In minutes. XML Schema limits offsets to 14 hours. */
function zoneOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))]
  const offset = hours * 60 + minutes
  if (minutes > 59 || offset > 14 * 60) return undefined
  return zone.startsWith('-') ? -offset : offset
}

/** Longer than any text in a directory, and short enough to search and display. */
export const maxTextLength = 65_536

/** Reads a value that is not complex (RFC 7643 §2.3). `at` is its place, for error texts. */
export function readSimpleValue(attribute: Attribute, value: Json, at: string): Json {
  const mismatch = (expected: string) =>
    errors.invalidValue(`${at} must be ${expected}, but is ${describeValue(attribute, value)}.`)
  switch (attribute.type) {
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch('true or false without quotes')
      return value
    case 'integer':
      if (!Number.isSafeInteger(value)) throw mismatch('a whole number')
      return value
    case 'decimal':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw mismatch('a number')
      return value
    case 'dateTime':
      if (typeof value !== 'string' || parseDateTime(value) === undefined) {
        throw mismatch('a date and time such as "2025-01-31T08:00:00Z"')
      }
      return value
    case 'binary':
      if (typeof value !== 'string' || !isBase64(value)) throw mismatch('base64 text without line breaks')
      return value
    case 'reference':
      if (typeof value !== 'string') throw mismatch('a URI in quotes')
      if (nonUri.test(value))
        throw mismatch('a URI without spaces, control characters, quotes or angle brackets')
      return checkText(value, at)
    case 'string':
      if (typeof value !== 'string') throw mismatch('a string')
      return toCanonicalValue(attribute, checkText(value, at))
    case 'complex':
      throw mismatch('an object')
  }
}

/** Describes a value for an error text. Secrets are never quoted, not even to their sender (RFC 7643 §7). */
export function describeValue(attribute: Attribute, value: Json): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return value === null ? 'null' : 'an object'
  if (attribute.returned === 'never') return `another ${typeof value}`
  return typeof value === 'string' ? `the string ${JSON.stringify(excerpt(value))}` : String(value)
}

function checkText(text: string, at: string): string {
  if (text.length > maxTextLength) {
    throw errors.invalidValue(`${at} has ${text.length} characters. The maximum is ${maxTextLength}.`)
  }
  // SQLite and PostgreSQL truncate or reject such texts.
  if (text.includes('\0')) throw errors.invalidValue(`${at} contains the character U+0000. Remove it.`)
  if (!text.isWellFormed()) {
    throw errors.invalidValue(
      `${at} contains an unpaired surrogate, which is not a character. Send well-formed Unicode.`,
    )
  }
  return text
}

// RFC 7643 §2.3.7 allows relative references, and almost any text is one: Microsoft's validator sends random words as
// profileUrl. Only characters that no URI can contain are rejected.
const nonUri = /[\s\u0000-\u001f\u007f<>"]/

// RFC 7643 §2.3.6: the alphabet of RFC 4648 §4; padding may be omitted.
const base64 = /^[A-Za-z0-9+/]*={0,2}$/

const isBase64 = (text: string): boolean => {
  if (!base64.test(text)) return false
  return text.endsWith('=') ? text.length % 4 === 0 : text.length % 4 !== 1
}

/** RFC 7643 §2.4 and §7: a canonical value has one spelling. Values that are not in the list stay unchanged. */
export const toCanonicalValue = ({ canonicalValues, caseExact }: Attribute, text: string): string => {
  if (!canonicalValues || caseExact || canonicalValues.includes(text)) return text
  return canonicalValues.find(value => fold(value) === fold(text)) ?? text
}
