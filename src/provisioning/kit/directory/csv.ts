import { CsvError as ParserError, parse } from 'csv-parse'
import { sharedSlices } from '../../../domain/event-loop/slices.ts'
import { portionsOf } from '../../../scim/text.ts'
import type { Entry } from './attributes.ts'
import type { ReadingProblems } from './problems.ts'

/** Bounds the work per row; no export of users or groups has more columns. */
const maxColumns = 1000

/** `names` are in the order of the titles. Columns without a name are ignored, so there may be several. */
export function columnsError(titles: readonly string[], names: readonly string[]): string | undefined {
  if (names.length > maxColumns) {
    return `the header has ${names.length} columns; at most ${maxColumns} are allowed. Remove unneeded columns.`
  }
  const places = new Map<string, number>()
  for (const [at, name] of names.entries()) {
    const earlier = places.get(name)
    if (earlier !== undefined) return repeated(titles[earlier] ?? '', titles[at] ?? '')
    if (name !== '') places.set(name, at)
  }
  return undefined
}

const repeated = (one: string, other: string): string =>
  one.trim() === other.trim()
    ? `duplicate column ${one.trim()}.`
    : `the columns "${one}" and "${other}" are the same attribute.`

export const fieldCountError = (fields: readonly string[], columns: readonly string[]): string =>
  `has ${fields.length === 1 ? '1 field' : `${fields.length} fields`}, but the header has ${columns.length} columns.`

export type CsvRecord = { readonly line: number; readonly fields: readonly string[] }

export type CsvError = { readonly line: number; readonly message: string }

/** Characters that are parsed at once: about 1 ms. */
const portionLength = 32_768

/**
 * Yields the records of an RFC 4180 file, with any line breaks. The separator is a semicolon if the first line has one and
 * no comma, as spreadsheets write in many European locales. Skips empty lines. Reports a wrong quote and stops there.
 */
export async function* csvRecords(
  text: string,
  onError: (error: CsvError) => void,
): AsyncGenerator<CsvRecord> {
  const records: CsvRecord[] = []
  // Counted here: the parser counts a CRLF within quotes as two lines.
  let lines = 1
  const parser = parse({
    delimiter: separatorOf(text),
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    // Not read from the stream: after an error it would drop the records before it.
    on_record: (fields: readonly string[], { empty_lines }) => {
      if (fields.length > 1 || fields[0] !== '') records.push({ line: lines + empty_lines, fields })
      lines += 1 + countLineBreaks(fields)
      return null
    },
  })
  // The callbacks of write and end get the error.
  parser.on('error', () => {})
  try {
    for (const portion of portionsOf(text, portionLength)) {
      await settle(done => parser.write(portion, done))
      yield* records.splice(0)
      if (sharedSlices.isOver()) await sharedSlices.next()
    }
    await settle(done => parser.end(done))
  } catch (error) {
    if (!(error instanceof ParserError)) throw error
    yield* records.splice(0)
    const message = `field ${Number(error.column) + 1} ${quoteErrors[error.code] ?? error.message}`
    return onError({ line: lines + Number(error.empty_lines), message })
  }
  yield* records
}

const settle = (start: (done: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => start(error => (error ? reject(error) : resolve())))

const quoteErrors: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: 'has text after its closing quote. Double the quotes inside a quoted field.',
  CSV_QUOTE_NOT_CLOSED:
    'has an opening quote but no closing one. Add it, or double a quote that is part of the text.',
  INVALID_OPENING_QUOTE:
    'contains a quote but does not start with one. Enclose the field in quotes and double those inside.',
}

function separatorOf(text: string): ',' | ';' {
  const [firstLine = ''] = text.split(/[\r\n]/, 1)
  return !firstLine.includes(',') && firstLine.includes(';') ? ';' : ','
}

function countLineBreaks(fields: readonly string[]): number {
  let count = 0
  for (const field of fields) count += field.match(/\r\n|[\r\n]/g)?.length ?? 0
  return count
}

export async function csvEntries(
  text: string,
  place: string,
  problems: ReadingProblems,
  nameOf: (title: string) => string = title => title.trim(),
): Promise<readonly Entry[]> {
  const errors: CsvError[] = []
  const entries: Entry[] = []
  let columns: readonly string[] | undefined
  for await (const { line, fields } of csvRecords(text, error => errors.push(error))) {
    const where = `${place}, line ${line}`
    if (columns === undefined) {
      columns = fields.map(nameOf)
      const mistake = columnsError(fields, columns)
      if (mistake !== undefined) problems.error(where, mistake)
      if (columns.length > maxColumns) return []
    } else if (fields.length === columns.length) {
      entries.push({ place: where, value: recordOf(columns, fields) })
    } else {
      problems.error(where, fieldCountError(fields, columns))
    }
  }
  for (const { line, message } of errors) problems.error(`${place}, line ${line}`, message)
  if (columns === undefined && errors.length === 0) {
    problems.error(place, 'is empty; the first line must name the columns.')
  }
  return entries
}

const recordOf = (columns: readonly string[], fields: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    columns
      .map((name, index) => [name, fields[index] ?? ''] as const)
      .filter(([name, field]) => name && field),
  )
