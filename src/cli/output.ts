import stringWidth from 'string-width'
import { formatClockLead } from '../entra/duration.ts'

/** ISO 8601 in UTC, to the second: `2026-11-24T16:30:38Z`. */
export function formatTime(time: string | undefined): string | undefined {
  if (time === undefined) return undefined
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? time : `${date.toISOString().slice(0, 19)}Z`
}

/** A time of the tenant's clock, and its lead over the server's clock: `2026-11-24T16:30:38Z +6 h 40 min`. */
export const formatTenantTime = (server: string, tenant: string): string =>
  [formatTime(tenant), formatClockLead(Date.parse(tenant) - Date.parse(server))].filter(Boolean).join(' ')

/** Escapes characters that control a terminal: clients choose the text. */
export const printable = (text: string): string => text.replace(controlCharacters, escapeCharacter)

const controlCharacters = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** JSON with the same meaning and without terminal controls; on one line unless `indent` is set. */
export const printableJson = (value: unknown, indent?: number): string =>
  printableLines(JSON.stringify(value, undefined, indent))

/** Escapes each line of a text. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')

const escapeCharacter = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`

/** `3 records`, `1 record`. */
export const formatCount = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`

/** The value of a cell; an empty one appears as a dash. */
export type Cell = string | number | boolean | undefined | null

export type Column<Row> = { readonly name: string; readonly of: (row: Row) => Cell }

export const formatCell = (cell: Cell): string =>
  cell === undefined || cell === null || cell === '' ? '-' : printable(String(cell))

/** A header and rows in columns, each as wide as its widest cell. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ name }) => name),
    ...rows.map(row => columns.map(({ of }) => formatCell(of(row)))),
  ]
  return alignColumns(lines)
}

/** One name and value per line. */
export const formatRecord = (pairs: readonly (readonly [name: string, value: Cell])[]): string =>
  alignColumns(pairs.map(([name, value]) => [name, formatCell(value)]))

function alignColumns(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, index) =>
    Math.max(...lines.map(line => stringWidth(line[index] ?? ''))),
  )
  return lines
    .map(
      line =>
        `${line
          .map((cell, index) => padCell(cell, widths[index]))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

const padCell = (cell: string, width = 0): string => cell + ' '.repeat(Math.max(0, width - stringWidth(cell)))
