import type { Entry } from './attributes.ts'
import { readCsv } from './csv.ts'
import { columnsMistake, mostColumns } from './csv-columns.ts'
import type { Notes } from './notes.ts'

/** The records of a CSV file as objects: its first line has the names, empty fields are absent. */
export function csvEntries(text: string, place: string, notes: Notes): readonly Entry[] {
  const { records, mistakes } = readCsv(text)
  for (const { line, says } of mistakes) notes.mistake(`${place}, line ${line}`, says)
  const [header, ...rows] = records
  if (!header) {
    notes.mistake(place, 'is empty; its first line has to name the columns.')
    return []
  }
  const columns = header.fields.map(name => name.trim())
  const mistake = columnsMistake(header.fields, columns)
  if (mistake !== undefined) notes.mistake(`${place}, line ${header.line}`, mistake)
  if (columns.length > mostColumns) return []
  return rows.flatMap(({ line, fields }) => {
    if (fields.length === columns.length) {
      return [{ place: `${place}, line ${line}`, value: recordOf(columns, fields) }]
    }
    notes.mistake(
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
