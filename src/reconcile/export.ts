import { setImmediate as nextTurn } from 'node:timers/promises'
import { attributeOfColumn, graphName } from '../entra/directory/attribute-names.ts'
import { attributesNamedIn, type Entry, kindOf } from '../entra/directory/attributes.ts'
import { columnsError, csvRecords } from '../entra/directory/csv.ts'
import { graphTypeOf, isUserEntry } from '../entra/directory/directory-records.ts'
import type { ReadingProblems } from '../entra/directory/problems.ts'
import { sourceAttributes } from '../entra/mapping/expression-tree.ts'
import { type Mapping, matchingAttributes, type ObjectMapping } from '../entra/mapping/mapping.ts'
import {
  type ExportedObject,
  exportedMembers,
  matchingValueOf,
  readExportedObject,
} from '../entra/planning/reconciliation.ts'
import { sliceMilliseconds } from '../journal/time-slices.ts'
import { compact, isObject, type Json, type JsonObject } from '../scim/json.ts'
import { fold } from '../scim/text.ts'
import { findJsonError } from './json-error.ts'

/** A comparable row of an export. */
export type ExportRow = ExportedObject & {
  /** The matching value, which is also the label. */
  readonly label: string
  /** The line of a CSV file, from 1. */
  readonly line?: number
  /** The matching values of a group's members, if the export has them all. */
  readonly members?: readonly string[]
}

/** A parsed export of the directory: users or groups, each once. */
export type Export = {
  readonly format: 'graph' | 'csv'
  readonly type: 'User' | 'Group'
  readonly rows: readonly ExportRow[]
  /** Columns or properties that are not provisioned. */
  readonly ignored: readonly string[]
}

/** An error message that starts with its place; `line` for CSV files. */
export type ExportMistake = { readonly message: string; readonly line?: number }

const maxReported = 20
/** Reading stops after this many errors: a wrong file could have millions. */
export const maxMistakes = 1000

/** A file that can't be compared. */
export class ExportError extends Error {
  readonly mistakes: readonly ExportMistake[]
  constructor(mistakes: readonly ExportMistake[]) {
    const told = mistakes.slice(0, maxReported)
    const left = mistakes.length - told.length
    super(told.map(({ message }) => message).join(' '))
    this.name = 'ExportError'
    const more = mistakes.length < maxMistakes ? `And ${left} more errors.` : 'And very many more errors.'
    this.mistakes = left > 0 ? [...told, { message: more }] : told
  }
}

/** An object of the export with its place: `Line 7`, `value[3]`. */
export type ExportEntry = Entry & { readonly line?: number }

/** The unparsed objects of a file, all of one type. */
export type Entries = Pick<Export, 'format' | 'type'> & {
  /** In batches, so that requests are served in between. */
  readonly entries: Iterable<ExportEntry>
  /** The attributes of every entry, by Entra's names; absent if entries differ. */
  readonly named?: ReadonlySet<string>
  /** The names in the file of attributes that have other names here, by the latter. */
  readonly titles: ReadonlyMap<string, string>
  /** Errors found while the entries are read. */
  readonly mistakes: readonly ExportMistake[]
}

const toExportError = (message: string, line?: number): ExportError =>
  new ExportError([{ message, ...compact({ line }) }])

/** Parses JSON or CSV, by the file name or else by the start of the text. Throws ExportError. */
export function readEntries(text: string, name = ''): Entries {
  const content = text.replace(/^\ufeff/, '')
  if (content.trim() === '') throw toExportError('The file is empty.')
  const isJson = /\.json$/i.test(name) || (!/\.csv$/i.test(name) && /^\s*[[{]/.test(content))
  return isJson ? readJson(content) : readCsv(content)
}

function readCsv(text: string): Entries {
  const mistakes: ExportMistake[] = []
  const records = csvRecords(text, ({ line, message }) =>
    mistakes.push({ message: `Line ${line}: ${message}`, line }),
  )
  const header = records.next().value
  if (mistakes.length > 0) throw new ExportError(mistakes)
  if (!header) throw toExportError('The file is empty.')
  const columns: readonly string[] = header.fields.map(attributeOfColumn)
  const wrong = columnsError(header.fields, columns)
  if (wrong !== undefined) throw toExportError(`Line ${header.line}: ${wrong}`, header.line)
  const type = detectCsvType(columns, header.line)
  return {
    format: 'csv',
    type,
    entries: (function* () {
      for (const { line, fields } of records) {
        if (fields.length === columns.length) {
          yield { place: `Line ${line}`, line, value: toObject(columns, fields) }
        } else {
          const message = `Line ${line}: it has ${formatFieldCount(fields.length)}, and the first line names ${columns.length} columns.`
          mistakes.push({ message, line })
        }
        if (mistakes.length >= maxMistakes) return
      }
    })(),
    named: new Set(columns.filter(column => column !== '')),
    titles: new Map(columns.map((column, at) => [column, header.fields[at]?.trim() ?? column])),
    mistakes,
  }
}

function detectCsvType(columns: readonly string[], line: number): Export['type'] {
  if (columns.includes('userPrincipalName')) return 'User'
  if (columns.includes('displayName')) return 'Group'
  throw toExportError(
    `Line ${line}: it has to name the columns, userPrincipalName among them for users, or displayName for groups. Is this what "Download users" or "Download groups" of Entra's portal has made?`,
    line,
  )
}

const formatFieldCount = (fields: number) => (fields === 1 ? '1 field' : `${fields} fields`)

/** Empty fields are kept: they are empty values. */
function toObject(columns: readonly string[], fields: readonly string[]): JsonObject {
  const object: Record<string, string> = {}
  for (const [at, column] of columns.entries()) if (column !== '') object[column] = fields[at] ?? ''
  return object
}

function readJson(text: string): Entries {
  const json = parseJson(text)
  const list = isObject(json) && !('value' in json) && 'id' in json ? [json] : findList(json)
  const mistakes: ExportMistake[] = []
  const root = Array.isArray(json) ? '' : 'value'
  const objects: ExportEntry[] = []
  for (const [at, value] of list.entries()) {
    const place = `${root}[${at}]`
    const odd = describeInvalid(value)
    if (odd === undefined && isObject(value)) objects.push({ place, value })
    else mistakes.push({ message: `${place}: ${odd}` })
    if (mistakes.length >= maxMistakes) break
  }
  if (mistakes.length > 0) throw new ExportError(mistakes)
  return {
    format: 'graph',
    type: detectJsonType(isObject(json) ? String(json['@odata.context'] ?? '') : '', objects),
    entries: objects,
    titles: new Map(),
    mistakes,
  }
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    const { line, column, message } = findJsonError(text)
    throw toExportError(`Line ${line}, column ${column}: ${message}`, line)
  }
}

function findList(json: Json): readonly Json[] {
  const list = isObject(json) ? json.value : json
  if (isObject(json) && typeof json['@odata.nextLink'] === 'string') {
    throw toExportError(
      'The file is only the first page of a longer list: it says so in @odata.nextLink. Fetch the other pages, and put all objects into one list.',
    )
  }
  if (Array.isArray(list)) return list
  throw toExportError(
    'The file has to be what Microsoft Graph answers, an object with a list called value, or such a list.',
  )
}

function describeInvalid(value: Json): string | undefined {
  if (!isObject(value)) return `it must be an object, not ${kindOf(value)}.`
  const type = graphTypeOf(value)
  if (type === undefined || type === 'user' || type === 'group') return undefined
  return `it is neither a user nor a group but ${type}.`
}

/** The type, by Graph's context of the list or else by its content. */
function detectJsonType(context: string, entries: readonly ExportEntry[]): Export['type'] {
  const users = entries.filter(isUserEntry).length
  if (users > 0 && users < entries.length) {
    throw toExportError(
      'The file holds users and groups. Reconcile them one after the other, from a file each.',
    )
  }
  if (entries.length > 0) return users > 0 ? 'User' : 'Group'
  if (/\$metadata#users\b/i.test(context)) return 'User'
  if (/\$metadata#groups\b/i.test(context)) return 'Group'
  throw toExportError('The file holds nobody, and does not say whether it is of users or of groups.')
}

/** Objects of the directory per read. */
export const sliceSize = 200

/**
 * Parses a file exported from Entra ID: a response of Microsoft Graph, or a CSV file of the portal. Throws ExportError
 * with all errors by line.
 */
export async function readExport(text: string, mapping: Mapping, name?: string): Promise<Export> {
  const file = readEntries(text, name)
  const reading = createRowReader(file, mapping)
  let began = performance.now()
  for (const entry of file.entries) {
    reading.add(entry)
    if (reading.mistakes.length >= maxMistakes) break
    if (performance.now() - began < sliceMilliseconds) continue
    await nextTurn()
    began = performance.now()
  }
  const mistakes = [...file.mistakes, ...reading.mistakes]
  if (mistakes.length > 0) throw new ExportError(mistakes.sort((one, other) => lineOf(one) - lineOf(other)))
  return {
    format: file.format,
    type: file.type,
    rows: reading.rows,
    ignored: reading.ignored(),
  }
}

const lineOf = ({ line = 0 }: ExportMistake) => line

function createRowReader({ type, titles, named }: Entries, mapping: Mapping) {
  const own = type === 'User' ? mapping.users : mapping.groups
  const matching = matchingSource(own)
  const places = new Map<string, string>()
  const names = new Set<string>(named)
  const rows: ExportRow[] = []
  const mistakes: ExportMistake[] = []
  let membersAreTold = true

  const add = (entry: ExportEntry) => {
    const { line } = entry
    const tell = (message: string) => {
      mistakes.push({ message: `${entry.place}: ${message}`, ...compact({ line }) })
    }
    const notes = notesTo(tell)
    const exported = readExportedObject(entry, notes, named)
    if (!named) for (const name of attributesNamedIn(entry.value)) names.add(name)
    const label = matchingValueOf(own, exported.context)
    if (label === undefined) return tell(`it has no ${matching}, by which it would be found.`)
    const known = places.get(fold(label))
    if (known !== undefined) {
      return tell(
        `the ${matching} "${label}" is that of ${lowercasePath(known)}, too; only one of them can be found by it.`,
      )
    }
    places.set(fold(label), entry.place)
    const members = type === 'Group' ? exportedMembers(entry, mapping, notes) : []
    const told = members.filter(member => member !== undefined)
    if (told.length < members.length) membersAreTold = false
    rows.push({
      ...exported,
      label,
      ...compact({ line }),
      ...(told.length === members.length && 'members' in entry.value && { members: told }),
    })
  }

  const ignored = () => {
    const used = new Set(
      own.attributes.filter(({ reference }) => !reference).flatMap(({ source }) => sourceAttributes(source)),
    )
    if (type === 'Group' && membersAreTold) used.add('members')
    return [...names]
      .filter(name => !used.has(name.toLowerCase()))
      .map(name => titles.get(name) ?? graphName(name))
  }
  return { add, rows, mistakes, ignored }
}

const lowercasePath = (place: string) => place.replace(/^Line/, 'line')

/** `userPrincipalName` of `[userPrincipalName]`. */
const matchingSource = (mapping: ObjectMapping): string =>
  matchingAttributes(mapping)[0]?.written.replace(/^\[|\]$/g, '') ?? ''

/** Notes of which only the errors are used. */
const notesTo = (tell: (message: string) => void): ReadingProblems => ({
  errors: [],
  warnings: [],
  leftOut: new Set(),
  error: (_place, message) => tell(message),
  warning: () => {},
})
