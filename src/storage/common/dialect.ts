/** What a scalar is compared as. Engines with typed expressions return null for a value of another type. */
export type ScalarType = 'text' | 'number' | 'boolean'

export type ValueScan = {
  readonly table: string
  readonly ofAttribute: string
  readonly test: (text: string) => string
  readonly isWanted: string
}

/**
 * How an engine expresses what filters, lists and searches read. Names come from the schema, never from a client. A list
 * of names is a path within the given JSON; an empty list is that JSON itself. Texts are ordered by code point.
 */
export type Dialect = GivenDialect & {
  readonly parameter: (name: string) => string
  /** Whether a column can have this text. If not, nothing equals it. */
  readonly canStore: (text: string) => boolean
  /** The string, number or boolean at a path; null if there is none. Any scalar can be read as text. */
  readonly scalar: (json: string, names: readonly string[], as: ScalarType) => string
  readonly each: (json: string, names: readonly string[], alias: string) => string
  readonly element: (alias: string) => string
  readonly position: (alias: string) => string
  readonly notEmpty: (json: string, names: readonly string[]) => string
  readonly contains: (text: string, part: string) => string
  readonly startsWith: (text: string, part: string) => string
  readonly endsWith: (text: string, part: string) => string
  readonly lowerAscii: (text: string) => string
  /** The form in which case-insensitive strings are compared. `sent_display` is the `display` that a client sent. */
  readonly folded: (alias: string, column: 'type' | 'display' | 'sent_display') => string
  readonly object: (members: readonly (readonly [string, string])[]) => string
  /** The text comes from the schema, never from a client. */
  readonly text: (text: string) => string
  readonly literal: { readonly true: string; readonly false: string }
  /** Engines that limit index entries cut a long text and make it distinct again; its order with other texts is kept. */
  readonly indexEntry: (text: string) => string
  readonly wholeText: (alias: string, column: 'value' | 'member_id') => string
  /** The rest of a condition: two columns name the same tenant. Empty if the engine's keys need no tenant. */
  readonly sameTenant: (one: string, other: string) => string
  readonly isListed: (text: string, list: string) => string
  /** A condition that is true, but may end a long statement once its client has left. `key` is the key of the row. */
  readonly isWanted: (key: string) => string
  readonly notAmong: (value: string, column: string, rows: string) => string
  readonly scanValues?: (scan: ValueScan) => string
  readonly resourcesOfPage: string
}

type Value = string | number | null | Buffer

/** The values of the parameters `@name`. A list is one value. */
export type StatementParams = Readonly<Record<string, Value | readonly string[]>>

/** The names of columns with their types in PostgreSQL; SQLite takes those of the values. */
export type ColumnTypes = Readonly<Record<string, 'text' | 'integer' | 'bigint' | 'jsonb'>>

export const texts = (...names: readonly string[]): ColumnTypes =>
  Object.fromEntries(names.map(name => [name, 'text']))

/** How a text names the rows of its statement. SQLite runs the statement once for each of them. */
export type GivenDialect = {
  readonly given: (columns: ColumnTypes) => string
  readonly givenValues: (columns: ColumnTypes) => string
}

/** Members of a row that are not columns are ignored. */
export type GivenRows = readonly Readonly<Record<string, unknown>>[]

export type NamedStatement = {
  readonly text: string
  readonly params?: StatementParams
  readonly given?: { readonly columns: ColumnTypes; readonly rows: GivenRows }
}

export type Rows = readonly unknown[]

export const insertRows = (
  dialect: GivenDialect,
  table: string,
  columns: ColumnTypes,
  rows: GivenRows,
  onConflict = '',
): NamedStatement => ({
  text: `insert into ${table} (${Object.keys(columns)}) ${dialect.givenValues(columns)} ${onConflict}`,
  given: { columns, rows },
})
