import { printable } from './words.ts'

/** What stands in a cell; nothing is shown as a dash. */
export type Cell = string | number | boolean | undefined | null

export type Column<Row> = { readonly name: string; readonly of: (row: Row) => Cell }

export const cellText = (cell: Cell): string =>
  cell === undefined || cell === null || cell === '' ? '-' : printable(String(cell))

/** Rows under their columns' names, each column as wide as its widest cell. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ name }) => name),
    ...rows.map(row => columns.map(({ of }) => cellText(of(row)))),
  ]
  return aligned(lines)
}

/** Names and values, one pair a line. */
export const record = (pairs: readonly (readonly [name: string, value: Cell])[]): string =>
  aligned(pairs.map(([name, value]) => [name, cellText(value)]))

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, index) => Math.max(...lines.map(line => width(line[index]))))
  return lines
    .map(
      line =>
        `${line
          .map((cell, index) => padded(cell, widths[index]))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

const width = (cell = ''): number => [...cell].length
const padded = (cell: string, wanted = 0): string => cell + ' '.repeat(Math.max(0, wanted - width(cell)))
