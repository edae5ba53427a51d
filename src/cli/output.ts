import { formatClockLead } from '../entra/duration.ts'

/** ISO 8601 in UTC, to the second: `2026-11-24T16:30:38Z`. */
export function formatTime(time: string | undefined): string | undefined {
  if (time === undefined) return undefined
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? time : `${date.toISOString().slice(0, 19)}Z`
}

/** A moment by the tenant's clock, with how far that was ahead of the server's: `2026-11-24T16:30:38Z +6 h 40 min`. */
export const formatTenantTime = (server: string, tenant: string): string =>
  [formatTime(tenant), formatClockLead(Date.parse(tenant) - Date.parse(server))].filter(Boolean).join(' ')

/** What clients sent may hold sequences that steer a terminal; they are shown, not obeyed. */
export const printable = (text: string): string => text.replace(controlCharacters, escapeCharacter)

const controlCharacters = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** JSON of the same meaning in which nothing steers a terminal; indented by so many blanks, or on one line. */
export const printableJson = (value: unknown, indent?: number): string =>
  printableLines(JSON.stringify(value, undefined, indent))

/** The same for text of several lines. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')

const escapeCharacter = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`

/** `3 records`, `1 record`. */
export const formatCount = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`

/** What stands in a cell; nothing is shown as a dash. */
export type Cell = string | number | boolean | undefined | null

export type Column<Row> = { readonly name: string; readonly of: (row: Row) => Cell }

export const formatCell = (cell: Cell): string =>
  cell === undefined || cell === null || cell === '' ? '-' : printable(String(cell))

/** Rows under their columns' names, each column as wide as its widest cell. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ name }) => name),
    ...rows.map(row => columns.map(({ of }) => formatCell(of(row)))),
  ]
  return alignColumns(lines)
}

/** Names and values, one pair a line. */
export const formatRecord = (pairs: readonly (readonly [name: string, value: Cell])[]): string =>
  alignColumns(pairs.map(([name, value]) => [name, formatCell(value)]))

function alignColumns(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, index) => Math.max(...lines.map(line => cellWidth(line[index]))))
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

const cellWidth = (cell = ''): number => [...cell].length
const padCell = (cell: string, wanted = 0): string => cell + ' '.repeat(Math.max(0, wanted - cellWidth(cell)))
