type Value = string | number | null

/** The values of the parameters `@name`. A list is one value. */
export type StatementParams = Readonly<Record<string, Value | readonly string[]>>

/** The names of columns with their types in PostgreSQL; SQLite takes those of the values. */
export type ColumnTypes = Readonly<Record<string, 'text' | 'integer' | 'bigint' | 'jsonb'>>

/** Rows of a statement whose text has them as the table `Dialect.given`. Other members of a row are ignored. */
type GivenRows = {
  readonly columns: ColumnTypes
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

export type NamedStatement = {
  readonly text: string
  readonly params?: StatementParams
  readonly given?: GivenRows
}

export type Rows = readonly unknown[]
