import type { Entry } from '../../entra/directory/attributes.ts'
import { kindOf } from '../../entra/directory/attributes.ts'
import { csvRecords } from '../../entra/directory/csv.ts'
import { columnsMistake } from '../../entra/directory/csv-columns.ts'
import { attributeInColumn } from '../../entra/directory/portal-columns.ts'
import { isUserEntry, typeOf } from '../../entra/directory/sheets.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { Export, ExportMistake } from './export.ts'
import { ExportError, mostMistakes } from './export.ts'
import { jsonMistake } from './json-mistake.ts'

/** An object of the export with its place: `Line 7`, `value[3]`. */
export type ExportEntry = Entry & { readonly line?: number }

/** The objects of a file, not looked into yet; all of one type. */
export type Entries = Pick<Export, 'format' | 'type'> & {
  /** In portions, so that others have their turn in between. */
  readonly entries: Iterable<ExportEntry>
  /** The attributes of every entry, under Entra's names; absent where they differ from one to the next. */
  readonly named?: ReadonlySet<string>
  /** What the file calls the attributes that are known under other names here, by those. */
  readonly titles: ReadonlyMap<string, string>
  /** Mistakes that are come across while the entries are read. */
  readonly mistakes: readonly ExportMistake[]
}

const mistake = (message: string, line?: number): ExportError =>
  new ExportError([{ message, ...(line !== undefined && { line }) }])

/** JSON or CSV, by the name of the file if it tells, or by how the text begins. Throws ExportError. */
export function entriesOf(text: string, name = ''): Entries {
  const content = text.replace(/^\ufeff/, '')
  if (content.trim() === '') throw mistake('The file is empty.')
  const isJson = /\.json$/i.test(name) || (!/\.csv$/i.test(name) && /^\s*[[{]/.test(content))
  return isJson ? jsonEntries(content) : csvEntries(content)
}

function csvEntries(text: string): Entries {
  const mistakes: ExportMistake[] = []
  const records = csvRecords(text, ({ line, says }) =>
    mistakes.push({ message: `Line ${line}: ${says}`, line }),
  )
  const header = records.next().value
  if (mistakes.length > 0) throw new ExportError(mistakes)
  if (!header) throw mistake('The file is empty.')
  const columns: readonly string[] = header.fields.map(attributeInColumn)
  const wrong = columnsMistake(header.fields, columns)
  if (wrong !== undefined) throw mistake(`Line ${header.line}: ${wrong}`, header.line)
  const type = csvType(columns, header.line)
  return {
    format: 'csv',
    type,
    entries: (function* () {
      for (const { line, fields } of records) {
        if (fields.length === columns.length) {
          yield { place: `Line ${line}`, line, value: objectOf(columns, fields) }
        } else {
          const message = `Line ${line}: it has ${counted(fields.length)}, and the first line names ${columns.length} columns.`
          mistakes.push({ message, line })
        }
        if (mistakes.length >= mostMistakes) return
      }
    })(),
    named: new Set(columns.filter(column => column !== '')),
    titles: new Map(columns.map((column, at) => [column, header.fields[at]?.trim() ?? column])),
    mistakes,
  }
}

function csvType(columns: readonly string[], line: number): Export['type'] {
  if (columns.includes('userPrincipalName')) return 'User'
  if (columns.includes('displayName')) return 'Group'
  throw mistake(
    `Line ${line}: it has to name the columns, userPrincipalName among them for users, or displayName for groups. Is this what "Download users" or "Download groups" of Entra's portal has made?`,
    line,
  )
}

const counted = (fields: number) => (fields === 1 ? '1 field' : `${fields} fields`)

/** Empty fields stay: they say that there is nothing. */
function objectOf(columns: readonly string[], fields: readonly string[]): JsonObject {
  const object: Record<string, string> = {}
  for (const [at, column] of columns.entries()) if (column !== '') object[column] = fields[at] ?? ''
  return object
}

function jsonEntries(text: string): Entries {
  const json = parsed(text)
  const list = isObject(json) && !('value' in json) && 'id' in json ? [json] : listIn(json)
  const mistakes: ExportMistake[] = []
  const root = Array.isArray(json) ? '' : 'value'
  const objects: ExportEntry[] = []
  for (const [at, value] of list.entries()) {
    const place = `${root}[${at}]`
    const odd = oddityOf(value)
    if (odd === undefined && isObject(value)) objects.push({ place, value })
    else mistakes.push({ message: `${place}: ${odd}` })
    if (mistakes.length >= mostMistakes) break
  }
  if (mistakes.length > 0) throw new ExportError(mistakes)
  return {
    format: 'graph',
    type: jsonType(isObject(json) ? String(json['@odata.context'] ?? '') : '', objects),
    entries: objects,
    titles: new Map(),
    mistakes,
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    const { line, column, says } = jsonMistake(text)
    throw mistake(`Line ${line}, column ${column}: ${says}`, line)
  }
}

function listIn(json: Json): readonly Json[] {
  const list = isObject(json) ? json.value : json
  if (isObject(json) && typeof json['@odata.nextLink'] === 'string') {
    throw mistake(
      'The file is only the first page of a longer list: it says so in @odata.nextLink. Fetch the other pages, and put all objects into one list.',
    )
  }
  if (Array.isArray(list)) return list
  throw mistake(
    'The file has to be what Microsoft Graph answers, an object with a list called value, or such a list.',
  )
}

function oddityOf(value: Json): string | undefined {
  if (!isObject(value)) return `it has to be an object, not ${kindOf(value)}.`
  const type = typeOf(value)
  if (type === undefined || type === 'user' || type === 'group') return undefined
  return `it is neither a user nor a group but ${type}.`
}

/** By what Graph says of the list, or by what is in it. */
function jsonType(context: string, entries: readonly ExportEntry[]): Export['type'] {
  const users = entries.filter(isUserEntry).length
  if (users > 0 && users < entries.length) {
    throw mistake('The file holds users and groups. Reconcile them one after the other, from a file each.')
  }
  if (entries.length > 0) return users > 0 ? 'User' : 'Group'
  if (/\$metadata#users\b/i.test(context)) return 'User'
  if (/\$metadata#groups\b/i.test(context)) return 'Group'
  throw mistake('The file holds nobody, and does not say whether it is of users or of groups.')
}
