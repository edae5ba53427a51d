import type { NamedStatement } from './statement.ts'

export type Plan<Result> = Generator<NamedStatement | Write, Result, readonly RawRow[]>

export type ColumnValues = Readonly<Record<string, string | number | null | Buffer>>

export type Write = {
  /** `put` replaces a row with the same key. */
  readonly kind: 'insert' | 'put' | 'update' | 'remove'
  readonly table: TableShape
  readonly where: ColumnValues
  readonly values: ColumnValues
}

/** A row of the driver. JSON is text, or parsed already if the column has such a type. */
export type RawRow = Readonly<Record<string, unknown>>

export type TableShape = {
  readonly name: string
  readonly columns: readonly string[]
  readonly key: readonly string[]
}

type JsonColumn = { readonly json: string }
type Column = string | JsonColumn

export const json = (column: string): JsonColumn => ({ json: column })

type Some<Row> = { readonly [Property in keyof Row]?: Row[Property] | undefined }

export type HeldTable<Row> = TableShape & {
  toRow(raw: RawRow): Row
  keyOf(row: Row): string
  find(where: Some<Row>): Plan<Row | undefined>
  count(where: Some<Row>): Plan<number>
  insert(row: Some<Row>): Plan<Row>
  put(row: Some<Row>): Plan<Row>
  update(where: Some<Row>, values: Some<Row>): Plan<Row | undefined>
  remove(where: Some<Row>): Plan<boolean>
}

export function heldTable<Row extends object>(
  name: string,
  columns: { readonly [Property in keyof Row]-?: Column },
  key: readonly (keyof Row & string)[] = ['id' as keyof Row & string],
): HeldTable<Row> {
  const properties = Object.entries<Column>(columns).map(([property, column]) => ({
    property,
    column: typeof column === 'string' ? column : column.json,
    isJson: typeof column !== 'string',
  }))
  const byProperty = new Map(properties.map(entry => [entry.property, entry]))
  const shape = {
    name,
    columns: properties.map(({ column }) => column),
    key: key.map(property => byProperty.get(property)?.column ?? property),
  }

  const toColumns = (row: Some<Row>): ColumnValues =>
    Object.fromEntries(
      Object.entries(row).map(([property, value]) => {
        const entry = byProperty.get(property)
        if (!entry) throw new Error(`The table ${name} has no ${property}.`)
        if (value === undefined) return [entry.column, null]
        return [entry.column, entry.isJson ? JSON.stringify(value) : (value as string | number | Buffer)]
      }),
    )
  const toRow = (raw: RawRow): Row =>
    Object.fromEntries(
      properties.flatMap(({ property, column, isJson }) => {
        const value = raw[column]
        if (value === null || value === undefined) return []
        return [[property, isJson && typeof value === 'string' ? JSON.parse(value) : value]]
      }),
    ) as Row
  function* write(kind: Write['kind'], where: Some<Row>, values: Some<Row>): Plan<readonly RawRow[]> {
    return yield { kind, table: shape, where: toColumns(where), values: toColumns(values) }
  }
  function* written(kind: 'insert' | 'put', row: Some<Row>): Plan<Row> {
    const [raw] = yield* write(kind, {}, row)
    if (!raw) throw new Error(`The row of ${name} was not written.`)
    return toRow(raw)
  }

  return {
    ...shape,
    toRow,
    keyOf: row => key.map(property => row[property]).join(' '),
    *find(where) {
      const [raw] = yield selectStatement(shape, toColumns(where))
      return raw && toRow(raw)
    },
    *count(where) {
      const [raw] = yield {
        text: `select count(*) as count from ${name} where ${condition(toColumns(where))}`,
        params: whereParams(toColumns(where)),
      }
      return Number(raw?.count ?? 0)
    },
    insert: row => written('insert', row),
    put: row => written('put', row),
    *update(where, values) {
      const [raw] = yield* write('update', where, values)
      return raw && toRow(raw)
    },
    *remove(where) {
      return (yield* write('remove', where, {})).length > 0
    },
  }
}

const condition = (where: ColumnValues): string =>
  Object.entries(where)
    .map(([column, value]) => (value === null ? `${column} is null` : `${column} = @where_${column}`))
    .join(' and ') || 'true'

const whereParams = (where: ColumnValues): ColumnValues =>
  Object.fromEntries(
    Object.entries(where).flatMap(([column, value]) => (value === null ? [] : [[`where_${column}`, value]])),
  )

const selectStatement = ({ name, columns }: TableShape, where: ColumnValues): NamedStatement => ({
  text: `select ${columns.join(', ')} from ${name} where ${condition(where)}`,
  params: whereParams(where),
})

export type WriteDialect = {
  readonly stamps: readonly string[]
  readonly remove: (table: TableShape, condition: string) => string
}

/** The statement of a change. It returns the changed rows. */
export function writeStatement(
  { kind, table, where, values }: Write,
  { stamps, remove }: WriteDialect,
): NamedStatement {
  const { name, columns, key } = table
  const params = { ...values, ...whereParams(where) }
  if (kind === 'remove') return { text: remove(table, condition(where)), params }
  const names = [...Object.keys(values), ...stamps]
  const returning = `returning ${columns.join(', ')}`
  if (kind === 'update') {
    const set = names.map(column => `${column} = @${column}`).join(', ')
    return { text: `update ${name} set ${set} where ${condition(where)} ${returning}`, params }
  }
  const replace = names.map(column => `${column} = excluded.${column}`).join(', ')
  const conflict = kind === 'put' ? `on conflict (${key.join(', ')}) do update set ${replace}` : ''
  return {
    text: `insert into ${name} (${names.join(', ')}) values (${names.map(column => `@${column}`).join(', ')}) ${conflict} ${returning}`,
    params,
  }
}
