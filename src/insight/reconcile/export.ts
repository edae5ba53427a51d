import {
  type Mapping,
  matchingAttributes,
  type ObjectMapping,
} from '../../provisioning/entra/mapping/mapping.ts'
import { sourceAttributes } from '../../provisioning/entra/mapping/values.ts'
import {
  type ExportedObject,
  exportedMembers,
  matchingValueOf,
  readExportedObject,
} from '../../provisioning/entra/planning/reconciliation.ts'
import { attributeOfColumn, graphName } from '../../provisioning/kit/directory/attribute-names.ts'
import { attributesNamedIn, type Entry, kindOf } from '../../provisioning/kit/directory/attributes.ts'
import { columnsError, csvRecords, fieldCountError } from '../../provisioning/kit/directory/csv.ts'
import { graphTypeOf, isUserEntry } from '../../provisioning/kit/directory/directory-records.ts'
import type { ReadingProblems } from '../../provisioning/kit/directory/problems.ts'
import { compact, findExcess, findJsonError, isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { fold } from '../../scim/text.ts'
import { ExportError, type ExportMistake } from './export-error.ts'

export type ExportRow = ExportedObject & {
  readonly label: string
  readonly line?: number
  readonly members?: readonly string[]
}

export type Export = {
  readonly format: 'graph' | 'csv'
  readonly type: 'User' | 'Group'
  readonly rows: readonly ExportRow[]
  readonly ignored: readonly string[]
}

const maxReported = 20
/** Reading stops after this many errors: the wrong file could have millions. */
const maxMistakes = 1000

function reported(mistakes: readonly ExportMistake[]): readonly ExportMistake[] {
  const first = mistakes.slice(0, maxReported)
  const rest = mistakes.length - first.length
  if (rest === 0) return first
  const atLeast = mistakes.length < maxMistakes ? '' : 'at least '
  return [...first, { message: `And ${atLeast}${rest} more errors.` }]
}

type ExportEntry = Entry & { readonly line?: number }

type Entries = Pick<Export, 'format' | 'type'> & {
  readonly entries: Iterable<ExportEntry> | AsyncIterable<ExportEntry>
  readonly named?: ReadonlySet<string>
  readonly titles: ReadonlyMap<string, string>
  readonly mistakes: readonly ExportMistake[]
}

const toExportError = (message: string, line?: number): ExportError =>
  new ExportError([{ message, ...compact({ line }) }])

/** Parses JSON or CSV, by the file name or else by the start of the text. Throws ExportError. */
async function readEntries(text: string, name = ''): Promise<Entries> {
  const content = text.replace(/^\ufeff/, '')
  if (content.trim() === '') throw toExportError('The file is empty.')
  const isJson = /\.json$/i.test(name) || (!/\.csv$/i.test(name) && /^\s*[[{]/.test(content))
  return isJson ? readJson(content) : readCsv(content)
}

async function readCsv(text: string): Promise<Entries> {
  const mistakes: ExportMistake[] = []
  const records = csvRecords(text, ({ line, message }) =>
    mistakes.push({ message: `Line ${line}: ${message}`, line }),
  )
  const { value: header } = await records.next()
  if (mistakes.length > 0) throw new ExportError(reported(mistakes))
  if (!header) throw toExportError('The file is empty.')
  const columns: readonly string[] = header.fields.map(attributeOfColumn)
  const mistake = columnsError(header.fields, columns)
  if (mistake !== undefined) throw toExportError(`Line ${header.line}: ${mistake}`, header.line)
  const type = detectCsvType(columns, header.line)
  return {
    format: 'csv',
    type,
    entries: (async function* () {
      for await (const { line, fields } of records) {
        if (fields.length === columns.length) {
          yield { place: `Line ${line}`, line, value: toObject(columns, fields) }
        } else {
          mistakes.push({ message: `Line ${line}: ${fieldCountError(fields, columns)}`, line })
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
    `Line ${line}: the first line must name the columns: userPrincipalName for users, displayName for groups. Use the file of "Download users" or "Download groups" in the Microsoft Entra admin center.`,
    line,
  )
}

/** Empty fields are kept: they are empty values. */
function toObject(columns: readonly string[], fields: readonly string[]): JsonObject {
  const object: Record<string, string> = {}
  for (const [at, column] of columns.entries()) if (column !== '') object[column] = fields[at] ?? ''
  return object
}

function readJson(text: string): Entries {
  const json = parseExport(text)
  const list = isObject(json) && !('value' in json) && 'id' in json ? [json] : findList(json)
  const mistakes: ExportMistake[] = []
  const root = Array.isArray(json) ? '' : 'value'
  const objects: ExportEntry[] = []
  for (const [at, value] of list.entries()) {
    const place = `${root}[${at}]`
    const mistake = describeInvalid(value)
    if (mistake === undefined && isObject(value)) objects.push({ place, value })
    else mistakes.push({ message: `${place}: ${mistake}` })
    if (mistakes.length >= maxMistakes) break
  }
  if (mistakes.length > 0) throw new ExportError(reported(mistakes))
  return {
    format: 'graph',
    type: detectJsonType(isObject(json) ? String(json['@odata.context'] ?? '') : '', objects),
    entries: objects,
    titles: new Map(),
    mistakes,
  }
}

function parseExport(text: string): Json {
  const excess = findExcess(text)
  if (excess !== undefined) throw toExportError(`The file ${excess}.`)
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
      'The file is the first page of a longer list (it has @odata.nextLink). Fetch the other pages and put all objects into one list.',
    )
  }
  if (Array.isArray(list)) return list
  throw toExportError(
    'The file must be a response of Microsoft Graph: an object with a list named value, or the list itself.',
  )
}

function describeInvalid(value: Json): string | undefined {
  if (!isObject(value)) return `must be an object, not ${kindOf(value)}.`
  const type = graphTypeOf(value)
  if (type === undefined || type === 'user' || type === 'group') return undefined
  return `is not a user or group but ${type}.`
}

function detectJsonType(context: string, entries: readonly ExportEntry[]): Export['type'] {
  const users = entries.filter(isUserEntry).length
  if (users > 0 && users < entries.length) {
    throw toExportError(
      'The file contains both users and groups. Reconcile them separately, from one file each.',
    )
  }
  if (entries.length > 0) return users > 0 ? 'User' : 'Group'
  if (/\$metadata#users\b/i.test(context)) return 'User'
  if (/\$metadata#groups\b/i.test(context)) return 'Group'
  throw toExportError(
    'The list is empty and its @odata.context does not show whether it is for users or groups. Export it again with its context.',
  )
}

/**
 * Parses a file exported from Entra ID: a response of Microsoft Graph, or a CSV file of the portal. Throws ExportError
 * with all errors by line.
 */
export async function readExport(text: string, mapping: Mapping, name?: string): Promise<Export> {
  const file = await readEntries(text, name)
  const reading = createRowReader(file, mapping)
  for await (const entry of file.entries) {
    reading.add(entry)
    if (reading.mistakes.length >= maxMistakes) break
  }
  const mistakes = [...file.mistakes, ...reading.mistakes]
  if (mistakes.length > 0)
    throw new ExportError(reported(mistakes.sort((one, other) => lineOf(one) - lineOf(other))))
  return {
    format: file.format,
    type: file.type,
    rows: reading.rows,
    ignored: reading.ignored(),
  }
}

const lineOf = ({ line = 0 }: ExportMistake) => line

function createRowReader({ type, titles, named }: Entries, mapping: Mapping) {
  const objectMapping = type === 'User' ? mapping.users : mapping.groups
  const matching = matchingSource(objectMapping)
  const places = new Map<string, string>()
  const names = new Set<string>(named)
  const rows: ExportRow[] = []
  const mistakes: ExportMistake[] = []
  let hasAllMembers = true

  const add = (entry: ExportEntry) => {
    const { line } = entry
    const report = (message: string) => {
      mistakes.push({ message: `${entry.place}: ${message}`, ...compact({ line }) })
    }
    const problems = problemsTo(report)
    const exported = readExportedObject(entry, problems, named)
    if (!named) for (const name of attributesNamedIn(entry.value)) names.add(name)
    const label = matchingValueOf(objectMapping, exported.context)
    if (label === undefined) return report(`has no ${matching}, the matching attribute.`)
    const known = places.get(fold(label))
    if (known !== undefined) {
      return report(
        `duplicate ${matching} "${label}", also in ${lowercasePath(known)}. Matching values must be unique.`,
      )
    }
    places.set(fold(label), entry.place)
    const members = type === 'Group' ? exportedMembers(entry, mapping, problems) : []
    const matchingValues = members.filter(member => member !== undefined)
    if (matchingValues.length < members.length) hasAllMembers = false
    rows.push({
      ...exported,
      label,
      ...compact({ line }),
      ...(matchingValues.length === members.length &&
        'members' in entry.value && { members: matchingValues }),
    })
  }

  const ignored = () => {
    const used = new Set(
      objectMapping.attributes
        .filter(({ reference }) => !reference)
        .flatMap(({ source }) => sourceAttributes(source)),
    )
    if (type === 'Group' && hasAllMembers) used.add('members')
    return [...names]
      .filter(name => !used.has(name.toLowerCase()))
      .map(name => titles.get(name) ?? graphName(name))
  }
  return { add, rows, mistakes, ignored }
}

const lowercasePath = (place: string) => place.replace(/^Line/, 'line')

const matchingSource = (mapping: ObjectMapping): string =>
  matchingAttributes(mapping)[0]?.written.replace(/^\[|\]$/g, '') ?? ''

const problemsTo = (report: (message: string) => void): ReadingProblems => ({
  errors: [],
  warnings: [],
  leftOut: new Set(),
  error: (_place, message) => report(message),
  warning: () => {},
})
