import type { NamedStatement } from './dialect.ts'

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

type TableShape = {
  readonly name: string
  readonly columns: readonly string[]
  readonly key: readonly string[]
}

type JsonColumn = { readonly json: string }
type Column = string | JsonColumn

export const json = (column: string): JsonColumn => ({ json: column })

type Some<Row> = { readonly [Property in keyof Row]?: Row[Property] | undefined }

type HeldTable<Row> = TableShape & {
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

type HeldRows<Row> = {
  get(key: string): Row | undefined
  /** In order of creation. */
  all(): readonly Row[]
}

type Index<Row> = {
  /** Called for a new or changed row, not for a use of a row. */
  set(row: Row): void
  remove?(row: Row): void
  clear(): void
}

export type Used = { readonly id: string; readonly uses: number; readonly lastUsed?: number }

type UsedRows<Row> = HeldRows<Row> & {
  noteUse(id: string, at: number): Row | undefined
}

/** Stores the uses of rows later than requests are responded to: a crash loses those of the last moments. */
export type Uses<Row extends Used> = {
  note(row: Row): void
  withWaiting(row: Row): Row
}

export type UseMemory<Row extends Used> = {
  readonly find: (id: string) => Row | undefined
  readonly set: (row: Row) => void
}

export type RowMemory = {
  set(raw: RawRow): void
  remove(key: string): void
  clear(): void
}

function createHeldRows<Row extends object>(
  table: HeldTable<Row>,
  index: Index<Row> | undefined,
  withWaiting: (row: Row) => Row = row => row,
): { readonly rows: Map<string, Row>; readonly memory: RowMemory; readonly held: HeldRows<Row> } {
  const rows = new Map<string, Row>()
  return {
    rows,
    memory: {
      set(raw) {
        const row = withWaiting(table.toRow(raw))
        rows.set(table.keyOf(row), row)
        index?.set(row)
      },
      remove(key) {
        const row = rows.get(key)
        if (!row) return
        rows.delete(key)
        index?.remove?.(row)
      },
      clear() {
        rows.clear()
        index?.clear()
      },
    },
    held: { get: key => rows.get(key), all: () => [...rows.values()] },
  }
}

type Follower<Row> = {
  set(row: Row): void
  remove?(key: string): void
  clear(): void
}

export const createFollower = <Row extends object>(
  { toRow }: HeldTable<Row>,
  { set, remove = () => {}, clear }: Follower<Row>,
): RowMemory => ({ set: raw => set(toRow(raw)), remove, clear })

function createUsedRows<Row extends object & Used>(
  table: HeldTable<Row>,
  index: Index<Row> | undefined,
  openUses: (memory: UseMemory<Row>) => Uses<Row>,
): { readonly memory: RowMemory; readonly held: UsedRows<Row> } {
  const uses = openUses({ find: id => rows.get(id), set: row => void rows.set(row.id, row) })
  const { rows, memory, held } = createHeldRows(table, index, uses.withWaiting)
  return {
    memory,
    held: {
      ...held,
      noteUse(id, at) {
        const row = rows.get(id)
        if (!row) return undefined
        const used = { ...row, uses: row.uses + 1, lastUsed: at }
        rows.set(id, used)
        uses.note(used)
        return used
      },
    },
  }
}

/**
 * Tables of console rate: few rows, which are all held in memory because requests need them, and few changes. A store is written
 * once over this port; each engine runs its plans.
 */
export type HeldTables = {
  /** Milliseconds since 1970, by the clock that all instances share. */
  now(): number
  /** Holds the rows of a table. On PostgreSQL: to be called before the instance joins the cluster, which reads them. */
  hold<Row extends object>(table: HeldTable<Row>, index?: Index<Row>): HeldRows<Row>
  holdUsed<Row extends object & Used>(table: HeldTable<Row>, index?: Index<Row>): UsedRows<Row>
  follow<Row extends object>(table: HeldTable<Row>, follower: Follower<Row>): void
  /** Passes on rows that changed after they were inserted; on PostgreSQL, also those that changed before the instance joined. */
  followChanges<Row extends object>(table: HeldTable<Row>, follower: Follower<Row>): void
  uses<Row extends Used>(table: string, held: UseMemory<Row>): Uses<Row>
  /**
   * Runs a plan in one transaction, one plan after another. An error that the plan throws undoes it, and nothing changes in memory.
   * Resolves once the commit is on disk and the changed rows are held: by this process, and on PostgreSQL by every instance that
   * serves requests. The plan may run again, from its start.
   */
  change<Result>(plan: () => Plan<Result>, options?: ChangeOptions): Promise<Result>
}

export type ChangeOptions = {
  /** On PostgreSQL, the plan waits for a reset of this tenant before plans for other tenants wait for it. */
  readonly locks?: string
}

export const holdersOver = (
  load: (table: TableShape, memory: RowMemory) => void,
  uses: HeldTables['uses'],
): Pick<HeldTables, 'hold' | 'holdUsed' | 'follow'> => ({
  hold(table, index) {
    const { memory, held } = createHeldRows(table, index)
    load(table, memory)
    return held
  },
  holdUsed(table, index) {
    const { memory, held } = createUsedRows(table, index, memory => uses(table.name, memory))
    load(table, memory)
    return held
  },
  follow: (table, follower) => load(table, createFollower(table, follower)),
})
