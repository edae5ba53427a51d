import type { Entry } from './attributes.ts'
import type { ReadingProblems } from './problems.ts'

/** Bounds the work per row; no export of users or groups has more columns. */
const maxColumns = 1000

/**
 * The error in the header of a CSV file, without location. `names` are the attributes of the titles, in the same order.
 * Columns without a name are ignored, so there may be several.
 */
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

type CsvRecord = { readonly line: number; readonly fields: readonly string[] }

type CsvError = { readonly line: number; readonly message: string }

type CsvFile = {
  readonly records: readonly CsvRecord[]
  readonly errors: readonly CsvError[]
}

/** Reads a whole CSV file. */
export function readCsv(text: string): CsvFile {
  const errors: CsvError[] = []
  return { records: [...csvRecords(text, error => errors.push(error))], errors }
}

/**
 * Yields the records of an RFC 4180 file, with LF or CRLF. The separator is a semicolon if the first line has one and
 * no comma, as spreadsheets write in many European locales. Skips empty lines; reports errors and continues.
 */
export function* csvRecords(text: string, onError: (error: CsvError) => void): Generator<CsvRecord> {
  const separator = separatorOf(text)
  let at = 0
  let line = 1

  const quotedField = (): string => {
    const opened = line
    let field = ''
    at++
    for (;;) {
      const end = text.indexOf('"', at)
      const part = text.slice(at, end < 0 ? text.length : end)
      field += part
      line += countLineBreaks(part)
      at += part.length + 1
      if (end < 0) {
        onError({ line: opened, message: 'unclosed quote.' })
        return field
      }
      if (text[at] !== '"') break
      field += '"'
      at++
    }
    const rest = plainField()
    if (rest !== '') {
      onError({
        line,
        message: 'text after a closing quote; double quotes inside a quoted field.',
      })
    }
    return field + rest
  }

  const plainField = (): string => {
    const start = at
    while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at++
    return text.slice(start, at)
  }

  while (at < text.length) {
    if (text[at] === '\n') {
      at++
      line++
      continue
    }
    const started = line
    const fields: string[] = []
    for (;;) {
      fields.push(text[at] === '"' ? quotedField() : plainField())
      if (text[at] !== separator) break
      at++
    }
    if (text[at] === '\r') at++
    if (text[at] === '\n') at++
    line++
    if (fields.length > 1 || fields[0] !== '') yield { line: started, fields }
  }
}

function separatorOf(text: string): ',' | ';' {
  const [firstLine = ''] = text.split(/[\r\n]/, 1)
  return !firstLine.includes(',') && firstLine.includes(';') ? ';' : ','
}

function countLineBreaks(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** The records of a CSV file as objects with the names of the first line, without empty fields. */
export function csvEntries(text: string, place: string, problems: ReadingProblems): readonly Entry[] {
  const { records, errors } = readCsv(text)
  for (const { line, message } of errors) problems.error(`${place}, line ${line}`, message)
  const [header, ...rows] = records
  if (!header) {
    problems.error(place, 'is empty; the first line must name the columns.')
    return []
  }
  const columns = header.fields.map(name => name.trim())
  const error = columnsError(header.fields, columns)
  if (error !== undefined) problems.error(`${place}, line ${header.line}`, error)
  if (columns.length > maxColumns) return []
  return rows.flatMap(({ line, fields }) => {
    if (fields.length === columns.length) {
      return [{ place: `${place}, line ${line}`, value: recordOf(columns, fields) }]
    }
    problems.error(
      `${place}, line ${line}`,
      `has ${fields.length} fields, but the header has ${columns.length} columns.`,
    )
    return []
  })
}

const recordOf = (columns: readonly string[], fields: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    columns
      .map((name, index) => [name, fields[index] ?? ''] as const)
      .filter(([name, field]) => name && field),
  )
