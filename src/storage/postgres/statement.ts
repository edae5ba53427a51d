import { LRUCache } from 'lru-cache'
import type { NamedStatement, Rows, StatementParams } from '../common/dialect.ts'
import { canStore, toStorable, toStorableJson } from './dialect.ts'

export type SqlValue = string | number | boolean | null | readonly (string | number | boolean | null)[]

export type Statement = { readonly name?: string; readonly text: string }

let statements = 0

export type Query = Statement & { readonly values: readonly SqlValue[] }

/** A statement that is run often, with a text from a fixed number of them. */
export const prepared = (text: string): Statement => ({ name: `s${++statements}`, text })

const tokens = /'(?:[^']|'')*'|"(?:[^"]|"")*"|@(\w+)|\?/g

function numberNames(text: string) {
  const names: string[] = []
  const numbered = text.replace(tokens, (token, name: string | undefined) => {
    if (name === undefined) return token
    if (!names.includes(name)) names.push(name)
    return `$${names.indexOf(name) + 1}`
  })
  return { text: numbered, names }
}

const maxTexts = 200

const numbered = new LRUCache<string, ReturnType<typeof numberNames>>({
  max: maxTexts,
  memoMethod: numberNames,
})

export function withNames(
  text: string,
  params: Readonly<Record<string, SqlValue>>,
): { readonly text: string; readonly values: readonly SqlValue[] } {
  const statement = numbered.memo(text)
  return { text: statement.text, values: statement.names.map(name => params[name] ?? null) }
}

export function preparedWithNames(
  text: string,
): (params: Readonly<Record<string, SqlValue>>) => Statement & { readonly values: readonly SqlValue[] } {
  const { text: numbered, names } = numberNames(text)
  const statement = prepared(numbered)
  return params => ({ ...statement, values: names.map(name => params[name] ?? null) })
}

/** Their texts are few: one for each combination of conditions. */
const statementsWithNames = new Map<string, ReturnType<typeof preparedWithNames>>()

export function toQuery({ text, params = {}, given }: NamedStatement): Query {
  const statement = statementsWithNames.get(text) ?? preparedWithNames(text)
  statementsWithNames.set(text, statement)
  return statement({ ...storableParams(params), ...(given && toColumns(given)) })
}

type RunQuery = (statement: Statement, values: readonly SqlValue[]) => Promise<Rows>

export const createStatementRunner = (run: RunQuery) => (statement: NamedStatement) => {
  const query = toQuery(statement)
  return run(query, query.values)
}

export const createStatementReader = (run: RunQuery) => async (statement: NamedStatement) => {
  const values = Object.values(statement.params ?? {}).flat()
  const isStorable = values.every(value => typeof value !== 'string' || canStore(value))
  return isStorable ? createStatementRunner(run)(statement) : []
}

const storableParams = (params: StatementParams) =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, toSqlValue(value)]))

function toSqlValue(value: StatementParams[string]): SqlValue {
  if (typeof value === 'string') return toStorable(value)
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`
  return Array.isArray(value) ? value.map(toStorable) : (value as number | null)
}

const toColumns = ({ columns, rows }: Required<NamedStatement>['given']) =>
  Object.fromEntries(
    Object.entries(columns).map(([name, type]) => [
      name,
      rows.map(({ [name]: value }) => {
        if (typeof value !== 'string') return value as number | null
        return type === 'jsonb' ? toStorableJson(value) : toStorable(value)
      }),
    ]),
  )

/** Numbers the placeholders `?` in their order, from `first`. */
export function numberPlaceholders(text: string, first = 1): string {
  let number = first
  return text.replace(tokens, token => (token === '?' ? `$${number++}` : token))
}

/**
 * A table expression with the alias `x` for arrays of equal length, one per column: `unnested('tenant bigint, id text')`. The
 * arrays are the values `$1`, `$2` and so on. It has the chosen columns, or all.
 */
export function unnested(columns: string, chosen?: readonly string[]): string {
  const all = columns.split(',').map((column, at) => {
    const [name = '', type] = column.trim().split(' ')
    return { name, array: `$${at + 1}::${type}[]` }
  })
  const found = chosen ? all.filter(({ name }) => chosen.includes(name)) : all
  return `unnest(${found.map(({ array }) => array).join(', ')}) x (${found.map(({ name }) => name).join(', ')})`
}

export const toArrays = <Value extends string | number | boolean | null>(
  rows: readonly (readonly Value[])[],
): readonly Value[][] => (rows[0] ?? []).map((_, column) => rows.map(row => row[column] as Value))

const textType = 25

/**
 * An array of texts in the binary format, which the server reads without parsing it: the number of dimensions, whether there are
 * nulls, the type; then the length and the first index; then each text with its length in bytes.
 */
export function toTextArray(elements: readonly (string | null)[]): Buffer {
  let size = 20
  for (const element of elements) size += 4 + (element === null ? 0 : Buffer.byteLength(element))
  const buffer = Buffer.allocUnsafe(size)
  buffer.writeInt32BE(1, 0)
  buffer.writeInt32BE(1, 4)
  buffer.writeInt32BE(textType, 8)
  buffer.writeInt32BE(elements.length, 12)
  buffer.writeInt32BE(1, 16)
  let at = 20
  for (const element of elements) {
    const length = element === null ? -1 : buffer.write(element, at + 4)
    buffer.writeInt32BE(length, at)
    at += 4 + Math.max(0, length)
  }
  return buffer
}

/** The driver's function needs three times as long. JSON escapes all that arrays need, and control characters differently. */
export const toArrayLiteral = (elements: Extract<SqlValue, readonly unknown[]>): string =>
  `{${elements.map(element => (typeof element === 'string' ? toQuoted(element) : (element ?? 'NULL'))).join(',')}}`

const toQuoted = (text: string): string =>
  /[\0-\x1f\ud800-\udfff]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : JSON.stringify(text)
