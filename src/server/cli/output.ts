import { formatClockLead, formatSpan } from '../../domain/duration.ts'

/** ISO 8601 in UTC, to the second: `2026-11-24T16:30:38Z`. */
export function formatTime(time: string | undefined): string | undefined {
  if (time === undefined) return undefined
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? time : `${date.toISOString().slice(0, 19)}Z`
}

/** How long ago a real time was, or in how long it is: "4 min ago", "in 89 days". Without `now`, as `formatTime`. */
export function formatAgo(time: string | undefined, now: number | undefined): string | undefined {
  const at = Date.parse(time ?? '')
  if (now === undefined || Number.isNaN(at)) return formatTime(time)
  return at > now ? `in ${formatSpan(at - now)}` : `${formatSpan(now - at)} ago`
}

/**
 * A time of the tenant's clock, and its lead over the server's clock: `2026-11-24T16:30:38Z +6 h 40 min`. With `now`, how long ago it
 * was: `4 min ago +6 h 40 min`.
 */
export const formatTenantTime = (server: string, tenant: string, now?: number): string =>
  [
    now === undefined ? formatTime(tenant) : formatAgo(server, now),
    formatClockLead(Date.parse(tenant) - Date.parse(server)),
  ]
    .filter(Boolean)
    .join(' ')

/** Escapes characters that control a terminal: clients choose the text. */
export const printable = (text: string): string => text.replace(controlCharacters, escapeCharacter)

const controlCharacters = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** JSON with the same meaning and without terminal controls; on one line unless `indent` is set. */
export const printableJson = (value: unknown, indent?: number): string =>
  printableLines(JSON.stringify(value, undefined, indent))

export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')

const escapeCharacter = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`

export const nameTenant = ({
  id,
  name,
}: {
  readonly id: string
  readonly name?: string | undefined
}): string => (name === undefined ? id : `${name} (${id})`)

export const formatCount = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`
