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
