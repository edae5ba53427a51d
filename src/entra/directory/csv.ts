import type { Entry } from './attributes.ts'
import type { ReadingProblems } from './problems.ts'

/** No list of users or groups has more; each row is read column by column. */
export const maxColumns = 1000

/**
 * What is wrong with the columns that the first line of a CSV file names: a sentence without its place. `names` are what
 * the titles mean, in the same order. Columns without a name are left out, so there may be several.
 */
export function columnsError(titles: readonly string[], names: readonly string[]): string | undefined {
  if (names.length > maxColumns) {
    return `${names.length} columns are named, and at most ${maxColumns} are read: remove those that are not needed.`
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
    ? `two columns are called ${one.trim()}.`
    : `the columns "${one}" and "${other}" mean the same.`

export type CsvRecord = { readonly line: number; readonly fields: readonly string[] }

export type CsvError = { readonly line: number; readonly message: string }

export type CsvFile = {
  readonly records: readonly CsvRecord[]
  readonly errors: readonly CsvError[]
}

/** The whole of a CSV file at once. */
export function readCsv(text: string): CsvFile {
  const errors: CsvError[] = []
  return { records: [...csvRecords(text, mistake => errors.push(mistake))], errors }
}

/**
 * RFC 4180, with LF as well as CRLF. Fields are separated by commas, or by semicolons where the first line has no
 * comma: that is what spreadsheets write in half of Europe. Empty lines are no records. What is wrong is told, and
 * reading goes on.
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
        onError({ line: opened, message: 'a quote is opened that nothing closes.' })
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
        message: 'text follows a closing quote; a quote inside a quoted field is written twice.',
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

/** The records of a CSV file as objects: its first line has the names, empty fields are absent. */
export function csvEntries(text: string, place: string, problems: ReadingProblems): readonly Entry[] {
  const { records, errors } = readCsv(text)
  for (const { line, message } of errors) problems.error(`${place}, line ${line}`, message)
  const [header, ...rows] = records
  if (!header) {
    problems.error(place, 'is empty; its first line has to name the columns.')
    return []
  }
  const columns = header.fields.map(name => name.trim())
  const mistake = columnsError(header.fields, columns)
  if (mistake !== undefined) problems.error(`${place}, line ${header.line}`, mistake)
  if (columns.length > maxColumns) return []
  return rows.flatMap(({ line, fields }) => {
    if (fields.length === columns.length) {
      return [{ place: `${place}, line ${line}`, value: recordOf(columns, fields) }]
    }
    problems.error(
      `${place}, line ${line}`,
      `has ${fields.length} fields, but the first line names ${columns.length} columns.`,
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
