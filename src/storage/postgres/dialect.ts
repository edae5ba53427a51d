import { createHash } from 'node:crypto'
import type { ColumnTypes, Dialect, ScalarType } from '../common/dialect.ts'

/** PostgreSQL's texts are UTF-8 without U+0000, so they have neither NUL nor half of a surrogate pair. */
export const canStore = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

const sqlString = (text: string) => `'${text.replaceAll("'", "''")}'`

const escapedPattern = (text: string): string =>
  `replace(replace(replace(${text}, '\\', '\\\\'), '%', '\\%'), '_', '\\_')`

const arrayOf = (names: readonly string[]): string =>
  sqlString(`{${names.map(name => `"${name.replace(/["\\]/g, '\\$&')}"`).join(',')}}`)

/** The details of an exchange are `json`, which keeps the order of headers; other columns are `jsonb`. */
const valueAt = (json: string, names: readonly string[]): string =>
  names.length === 0 ? json : `(${json} #> ${arrayOf(names)})::jsonb`

/** Casts fail for a value of another type, so its type is asked first. */
function typed(value: string, as: Exclude<ScalarType, 'text'>): string {
  const type = as === 'number' ? 'numeric' : 'boolean'
  return `(CASE jsonb_typeof(${value}) WHEN '${as}' THEN (${value})::${type} END)`
}

/** Compared with unlike types, `!=` is neither true nor false, so each type has its own test. */
const anyValue = '$.** ? (@.type() == "number" || @.type() == "boolean" || (@.type() == "string" && @ != ""))'

/** An index entry has room for 2,700 bytes, of which names need some. No character has more than 4 bytes. */
const maxEntryLength = 256

/** Cuts at characters, so that an entry is in the right order with each that is not cut. */
function toIndexEntry(text: string): string {
  if (text.length <= maxEntryLength) return text
  const start = Array.from(text.slice(0, 2 * maxEntryLength))
    .slice(0, maxEntryLength)
    .join('')
  return start === text ? text : `${start}#${createHash('sha256').update(text).digest('hex')}`
}

export const indexEntrySql = (text: string): string => `(
  case when length(${text}) <= ${maxEntryLength} then ${text}
    else left(${text}, ${maxEntryLength}) || '#' || encode(sha256(convert_to(${text}, 'UTF8')), 'hex') end)`

function given(columns: ColumnTypes): string {
  // The driver sends arrays of texts in a binary format, which has their type.
  const arrays = Object.entries(columns).map(
    ([name, type]) => `@${name}::${type === 'jsonb' ? 'text[]::jsonb' : type}[]`,
  )
  return `unnest(${arrays}) as given (${Object.keys(columns)})`
}

/**
 * The expressions of PostgreSQL. Texts are compared with the collation "C", whose order is that of code points; columns that
 * are compared have it in the schema. No expression contains a placeholder of its own or a question mark.
 */
export const postgresDialect: Dialect = {
  parameter: name => `@${name}`,
  canStore,
  scalar: (json, names, as) =>
    as === 'text' ? `(${json} #>> ${arrayOf(names)}) COLLATE "C"` : typed(valueAt(json, names), as),
  each: (json, names, alias) => {
    const array = valueAt(json, names)
    const elements = `jsonb_array_elements(CASE jsonb_typeof(${array}) WHEN 'array' THEN ${array} ELSE '[]' END)`
    return `${elements} WITH ORDINALITY AS ${alias}(value, position)`
  },
  element: alias => `${alias}.value`,
  position: alias => `${alias}.position`,
  notEmpty: (json, names) =>
    `COALESCE(jsonb_path_exists(${valueAt(json, names)}, ${sqlString(anyValue)}), false)`,
  // Twice as fast as `strpos`.
  contains: (text, part) => `(${text} LIKE '%' || ${escapedPattern(part)} || '%')`,
  startsWith: (text, part) => `starts_with(${text}, ${part})`,
  endsWith: (text, part) => `right(${text}, length(${part})) = ${part}`,
  lowerAscii: text => `lower(${text} COLLATE "C")`,
  // Names of types are ASCII. PostgreSQL folds other letters differently than `fold`, so their folded form is stored.
  folded: (alias, column) =>
    column === 'type' ? `lower(${alias}.type COLLATE "C")` : `${alias}.folded_${column}`,
  object: members =>
    `jsonb_build_object(${members.map(([name, value]) => `${sqlString(name)}, ${value}`).join(', ')})`,
  text: text => `${sqlString(text)}::text`,
  literal: { true: 'true', false: 'false' },
  indexEntry: toIndexEntry,
  wholeText: (alias, column) => `COALESCE(${alias}.whole, ${alias}.${column})`,
  isListed: (text, list) => `${text} = any(${list}::text[])`,
  given,
  givenValues: columns => `select * from ${given(columns)}`,
  // PostgreSQL can cancel a statement from another connection.
  isWanted: () => 'true',
  sameTenant: (one, other) => ` AND ${one} = ${other}`,
  // An anti join, however many rows there are. `NOT IN` reads all rows for each value if they exceed the memory for them.
  notAmong: (value, column, rows) => `NOT EXISTS (SELECT 1 FROM ${rows} AND ${column} = ${value})`,
  resourcesOfPage: `
    LEFT JOIN LATERAL (SELECT * FROM resources WHERE tenant = @tenant AND key = p.key OFFSET 0) AS r ON true`,
}

/** A text as PostgreSQL can store it: U+FFFD replaces U+0000 and halves of surrogate pairs. */
export const toStorable = (text: string): string =>
  canStore(text) ? text : text.toWellFormed().replaceAll('\0', '\ufffd')

/** What JSON has for these characters. It may also match a text about them. */
const unstorableEscape = /\\u(?:0000|d[89a-f])/i

const replaceUnstorable = (_name: string, value: unknown): unknown =>
  typeof value === 'string' ? toStorable(value) : value

/** Names of members need no replacement. */
export const toStorableJson = (json: string): string =>
  unstorableEscape.test(json) ? JSON.stringify(JSON.parse(json), replaceUnstorable) : json
