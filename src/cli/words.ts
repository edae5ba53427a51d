import { leadInWords } from '../entra/duration.ts'

/** ISO 8601 in UTC, to the second: `2026-11-24T16:30:38Z`. */
export function shortTime(time: string | undefined): string | undefined {
  if (time === undefined) return undefined
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? time : `${date.toISOString().slice(0, 19)}Z`
}

/** A moment by the tenant's clock, with how far that was ahead of the server's: `2026-11-24T16:30:38Z +6 h 40 min`. */
export const tenantTimeInWords = (server: string, tenant: string): string =>
  [shortTime(tenant), leadInWords(Date.parse(tenant) - Date.parse(server))].filter(Boolean).join(' ')

/** What clients sent may hold sequences that steer a terminal; they are shown, not obeyed. */
export const printable = (text: string): string => text.replace(steering, escaped)

const steering = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** JSON of the same meaning in which nothing steers a terminal; indented by so many blanks, or on one line. */
export const printableJson = (value: unknown, indent?: number): string =>
  printableLines(JSON.stringify(value, undefined, indent))

/** The same for text of several lines. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')

const escaped = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`

/** `3 records`, `1 record`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
