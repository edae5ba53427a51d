import { styleText } from 'node:util'
import stringWidth from 'string-width'
import { csvRow } from '../../domain/client-text.ts'
import type { PlanCheck, PlanSection, PlanTable } from '../../domain/rehearsal/plan.ts'
import { printable } from './output.ts'

export type Cell = string | number | boolean | undefined | null

export type Tone = 'error' | 'warning' | 'good' | 'muted'

export type Column<Row> = {
  readonly name: string
  readonly of: (row: Row) => Cell
  readonly tone?: (row: Row) => Tone | undefined
  /** `id`: its beginning identifies the object, so a narrow table shows that. `whole`: it is never cut. */
  readonly shows?: 'id' | 'whole'
  /** A table that is too narrow leaves out columns with this mark, the last one first. */
  readonly isExtra?: true
}

export type Layout = {
  /** The columns of the terminal; undefined for a file or a pipe, or with `--wide`. */
  readonly width?: number
  readonly isStyled: boolean
}

/** A terminal shows tables that fit it, in colors unless NO_COLOR is set; files and pipes receive whole values. */
export const layoutOf = (output: NodeJS.WriteStream, isWide = false): Layout => ({
  ...(output.isTTY && !isWide && { width: output.columns }),
  isStyled: output.isTTY && output.hasColors() && !process.env.NO_COLOR,
})

export const formatCell = (cell: Cell): string =>
  cell === undefined || cell === null || cell === '' ? '-' : printable(String(cell))

export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  layout: Layout = layoutOf(process.stdout),
): string {
  const fitted = fitToWidth(
    columns.map(column => toFilled(column, rows)),
    layout.width,
  )
  const header = fitted.map(({ column, width }) => style(pad(column.name, width), 'bold', layout))
  const lines = rows.map((row, at) =>
    fitted.map(({ column, cells, width }) => {
      const cell = pad(cells[at] ?? '', width)
      const tone = column.tone?.(row)
      return tone ? style(cell, toneStyles[tone], layout) : cell
    }),
  )
  return [header, ...lines].map(line => `${trimEnd(line)}\n`).join('')
}

export const formatCsv = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string =>
  [columns.map(({ name }) => name), ...rows.map(row => columns.map(({ of }) => (of(row) ?? '').toString()))]
    .map(csvRow)
    .join('')

export function formatRecord(pairs: readonly (readonly [name: string, value: Cell])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => widthOf(name)))
  return pairs.map(([name, value]) => `${pad(name, width)}  ${formatCell(value)}\n`).join('')
}

type Filled<Row> = {
  readonly column: Column<Row>
  readonly cells: readonly string[]
  readonly width: number
}

const toFilled = <Row>(column: Column<Row>, rows: readonly Row[]): Filled<Row> =>
  withWidth(
    column,
    rows.map(row => formatCell(column.of(row))),
  )

const withWidth = <Row>(column: Column<Row>, cells: readonly string[]): Filled<Row> => ({
  column,
  cells,
  width: Math.max(widthOf(column.name), ...cells.map(cell => widthOf(cell))),
})

const gap = 2
export const shortIdLength = 8
const minWidth = 10

const totalWidth = (columns: readonly Filled<never>[]): number =>
  columns.reduce((sum, { width }) => sum + width + gap, -gap)

function fitToWidth<Row>(
  columns: readonly Filled<Row>[],
  width = Number.POSITIVE_INFINITY,
): readonly Filled<Row>[] {
  if (totalWidth(columns) <= width) return columns
  let fitted = columns.map(each =>
    each.column.shows === 'id'
      ? withWidth(
          each.column,
          each.cells.map(cell => cell.slice(0, shortIdLength)),
        )
      : each,
  )
  while (totalWidth(fitted) > width) {
    const extra = fitted.findLastIndex(({ column }) => column.isExtra)
    if (extra < 0) break
    fitted = fitted.toSpliced(extra, 1)
  }
  return cutToFit(fitted, width)
}

function cutToFit<Row>(columns: readonly Filled<Row>[], width: number): readonly Filled<Row>[] {
  const widths = columns.map(each => each.width)
  let excess = totalWidth(columns) - width
  while (excess > 0) {
    const candidates = columns.flatMap(({ column: { shows } }, at) =>
      shows === undefined && (widths[at] ?? 0) > minWidth ? [at] : [],
    )
    const [widest, next = widest] = candidates.toSorted(
      (one, other) => (widths[other] ?? 0) - (widths[one] ?? 0),
    )
    if (widest === undefined || next === undefined) break
    const present = widths[widest] ?? 0
    // Down to the next widest one, so that long cells are cut first.
    const step = Math.max(1, Math.min(excess, present - (widths[next] ?? 0), present - minWidth))
    widths[widest] = present - step
    excess -= step
  }
  return columns.map((each, at) => {
    const most = widths[at] ?? each.width
    return most < each.width ? { ...each, cells: each.cells.map(cell => cut(cell, most)), width: most } : each
  })
}

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let shown = ''
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(shown + segment) > width - 1) break
    shown += segment
  }
  return `${shown}…`
}

function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  return stringWidth(text)
}

const toneStyles = { error: 'red', warning: 'yellow', good: 'green', muted: 'dim' } as const

type Style = (typeof toneStyles)[Tone] | 'bold'

const style = (text: string, format: Style, { isStyled }: Layout): string =>
  isStyled ? styleText(format, text, { validateStream: false }) : text

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))

const trimEnd = (cells: readonly string[]): string => cells.join('  ').trimEnd()

export const toneOfStatus = (status: number): Tone | undefined => (status >= 400 ? 'error' : undefined)

const maxCommands = 3

/** A part of a report, with the first commands of each remedy. */
export function formatSection(
  { title, lines = [], checks = [], table }: PlanSection,
  layout: Layout,
): string {
  const texts = [`${title}:`, ...lines.map(line => `  ${line}`), ...checks.flatMap(formatCheck)]
  return texts.map(line => `${printable(line)}\n`).join('') + (table ? formatRows(table, layout) : '')
}

const formatCheck = ({ text, commands }: PlanCheck): readonly string[] => [
  `  ${text}`,
  ...commands.slice(0, maxCommands).map(command => `    ${command}`),
  ...(commands.length > maxCommands
    ? [`    and ${commands.length - maxCommands} more commands; --markdown lists them`]
    : []),
]

function formatRows({ columns, rows, omitted }: PlanTable, layout: Layout): string {
  const table = formatTable(
    // A mapping is named by its path.
    columns.map((name, at) => ({ name: printable(name), of: (row: readonly string[]) => row[at] })),
    rows,
    layout,
  )
  return omitted > 0 ? `${table}and ${omitted} more; --json lists more\n` : table
}
