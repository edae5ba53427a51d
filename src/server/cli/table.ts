import { styleText } from 'node:util'
import stringWidth from 'string-width'
import { csvRow } from '../../domain/client-text.ts'
import type { PlanCheck, PlanSection, PlanTable } from '../../domain/rehearsal/plan.ts'
import { printable } from './output.ts'

export type Cell = string | number | boolean | undefined | null

export type Tone = 'error' | 'warning' | 'good' | 'muted'

export type Column<Row> = {
  readonly name: string
  /** `now` is set for a terminal, which shows how long ago something was, in milliseconds since 1970. */
  readonly of: (row: Row, now?: number) => Cell
  readonly tone?: (row: Row) => Tone | undefined
  /**
   * What a table does that is too narrow. `id`: shows the beginning, which identifies the object; `request`: the same of the ID of a
   * request or a cycle, which begins with its time. `whole`: never cuts it. `wrapped`:
   * continues it in the next line. `below`: shows it below the row, wrapped. Else it cuts the value.
   */
  readonly shows?: 'id' | 'request' | 'whole' | 'wrapped' | 'below'
  /** A table that is too narrow leaves out columns with this mark, the last one first. */
  readonly isExtra?: true
  /** Only a terminal, or only files and pipes, have the column. */
  readonly only?: 'terminal' | 'file'
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
  const now = layout.width === undefined ? undefined : Date.now()
  const { fitted, below } = fitToWidth(
    columns
      .filter(({ only }) => only !== (now === undefined ? 'terminal' : 'file'))
      .map(column => toFilled(column, rows, now)),
    layout.width,
  )
  const header = fitted.map(({ column, width }) => style(pad(column.name, width), 'bold', layout))
  const lines = rows.flatMap((row, at) => {
    const cells = fitted.map(({ column: { shows, tone }, cells, width }) => ({
      lines: shows === 'wrapped' ? wrap(cells[at] ?? '', width) : [cells[at] ?? ''],
      width,
      tone: tone?.(row),
    }))
    const height = Math.max(...cells.map(({ lines }) => lines.length))
    return [
      ...Array.from({ length: height }, (_, line) =>
        trimEnd(
          cells.map(({ lines, width, tone }) => {
            const cell = pad(lines[line] ?? '', width)
            return tone ? style(cell, toneStyles[tone], layout) : cell
          }),
        ),
      ),
      ...below
        .map(({ cells }) => cells[at] ?? '-')
        .filter(cell => cell !== '-')
        .flatMap(cell => wrap(cell, (layout.width ?? 0) - gap).map(line => `${' '.repeat(gap)}${line}`)),
    ]
  })
  return [trimEnd(header), ...lines].map(line => `${line}\n`).join('')
}

export const formatCsv = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string =>
  [columns.map(({ name }) => name), ...rows.map(row => columns.map(({ of }) => (of(row) ?? '').toString()))]
    .map(csvRow)
    .join('')

/** A terminal shows long values in several lines. */
export function formatRecord(
  pairs: readonly (readonly [name: string, value: Cell])[],
  { width: total }: Layout = layoutOf(process.stdout),
): string {
  const width = Math.max(0, ...pairs.map(([name]) => widthOf(name)))
  const indent = width + gap
  return pairs
    .map(([name, value]) => {
      const lines = wrap(formatCell(value), total && total - indent)
      return `${pad(name, width)}  ${lines.join(`\n${' '.repeat(indent)}`)}\n`
    })
    .join('')
}

type Filled<Row> = {
  readonly column: Column<Row>
  readonly cells: readonly string[]
  readonly width: number
}

const toFilled = <Row>(column: Column<Row>, rows: readonly Row[], now: number | undefined): Filled<Row> =>
  withWidth(
    column,
    rows.map(row => formatCell(column.of(row, now))),
  )

const withWidth = <Row>(column: Column<Row>, cells: readonly string[]): Filled<Row> => ({
  column,
  cells,
  width: Math.max(widthOf(column.name), ...cells.map(cell => widthOf(cell))),
})

const gap = 2
export const shortIdLength = 8
/** Requests of one millisecond have the same. */
const shortRequestIdLength = 13
const shortLengths: Readonly<Record<string, number>> = { id: shortIdLength, request: shortRequestIdLength }
const minWidth = 10
const minWrappedWidth = 20

/** The beginnings of IDs, as long as needed to tell them apart. */
function shorten(ids: readonly string[], shortest: number): readonly string[] {
  const all = [...new Set(ids)]
  let length = shortest
  const longest = Math.max(0, ...all.map(id => id.length))
  while (length < longest && new Set(all.map(id => id.slice(0, length))).size < all.length) length++
  return ids.map(id => id.slice(0, length))
}

const totalWidth = (columns: readonly Filled<never>[]): number =>
  columns.reduce((sum, { width }) => sum + width + gap, -gap)

type Fitted<Row> = { readonly fitted: readonly Filled<Row>[]; readonly below: readonly Filled<Row>[] }

function fitToWidth<Row>(columns: readonly Filled<Row>[], width = Number.POSITIVE_INFINITY): Fitted<Row> {
  if (totalWidth(columns) <= width) return { fitted: columns, below: [] }
  const below = columns.filter(({ column }) => column.shows === 'below')
  let fitted = columns
    .filter(each => !below.includes(each))
    .map(each => {
      const shortest = shortLengths[each.column.shows ?? '']
      return shortest === undefined ? each : withWidth(each.column, shorten(each.cells, shortest))
    })
  while (totalWidth(fitted) > width) {
    const extra = fitted.findLastIndex(({ column }) => column.isExtra)
    if (extra < 0) break
    fitted = fitted.toSpliced(extra, 1)
  }
  return { fitted: cutToFit(fitted, width), below }
}

function minWidthOf(column: Pick<Column<never>, 'shows'> | undefined): number {
  if (column?.shows === 'wrapped') return minWrappedWidth
  return column?.shows === undefined ? minWidth : Number.POSITIVE_INFINITY
}

function cutToFit<Row>(columns: readonly Filled<Row>[], width: number): readonly Filled<Row>[] {
  const widths = columns.map(each => each.width)
  let excess = totalWidth(columns) - width
  while (excess > 0) {
    const candidates = columns.flatMap(({ column }, at) =>
      (widths[at] ?? 0) > minWidthOf(column) ? [at] : [],
    )
    const [widest, next = widest] = candidates.toSorted(
      (one, other) => (widths[other] ?? 0) - (widths[one] ?? 0),
    )
    if (widest === undefined || next === undefined) break
    const present = widths[widest] ?? 0
    // Down to the next widest one, so that long cells are cut first.
    const least = minWidthOf(columns[widest]?.column)
    const step = Math.max(1, Math.min(excess, present - (widths[next] ?? 0), present - least))
    widths[widest] = present - step
    excess -= step
  }
  return columns.map((each, at) => {
    const most = widths[at] ?? each.width
    if (most >= each.width) return each
    const isWrapped = each.column.shows === 'wrapped'
    return { ...each, cells: isWrapped ? each.cells : each.cells.map(cell => cut(cell, most)), width: most }
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

/** Lines of at most `width` columns. A longer word, such as a URL, is not broken: it can still be copied. */
export function wrap(text: string, width = Number.POSITIVE_INFINITY): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width)
      lines.splice(-1, 1, `${last} ${word}`)
    else lines.push(word)
  }
  return lines
}

/** Help fits any terminal, and is the same in a pipe. */
export const helpWidth = 80

/** Lines that are longer than a terminal continue with their indentation. */
export const fitLines = (text: string, { width }: Pick<Layout, 'width'>): string =>
  width === undefined
    ? text
    : text
        .split('\n')
        .flatMap(line => fitLine(line, width))
        .join('\n')

function fitLine(line: string, width: number): readonly string[] {
  const indent = ' '.repeat(line.length - line.trimStart().length)
  return wrap(line.trimStart(), width - indent.length).map(part => `${indent}${part}`)
}

/** Text of help: paragraphs are filled, and indented lines are kept. */
export const fillHelp = (text: string): string =>
  fitLines(
    text
      .split('\n\n')
      .map(paragraph => paragraph.split('\n').reduce(joinLine))
      .join('\n\n'),
    { width: helpWidth },
  )

const joinLine = (before: string, line: string): string =>
  before === '' ||
  line === '' ||
  line.startsWith(' ') ||
  before.slice(before.lastIndexOf('\n') + 1).startsWith(' ')
    ? `${before}\n${line}`
    : `${before} ${line}`

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
