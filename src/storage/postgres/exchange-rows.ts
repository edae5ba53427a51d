import { type Bodies, CursorError } from '../../domain/ports/journal.ts'
import { firstSessionId } from '../../domain/tenants/tenant.ts'
import {
  assumedBytes,
  bodyColumns,
  columnsWithoutBodies,
  noteColumns,
  type RowValues,
  storedColumns,
} from '../common/exchange-rows.ts'
import { type Amount, type Stored, toStored } from '../common/journal-limits.ts'
import type { Reads } from './connect.ts'
import type { Connection } from './connection.ts'
import { canStore, postgresDialect, toStorable, toStorableJson } from './dialect.ts'
import { prepared, type SqlValue } from './statement.ts'

export const toCursor = (id: string): string => Buffer.from(`<${id}`).toString('base64url')

/** Without a cursor, returns an id after all others. Throws `CursorError`. */
export function parseCursor(cursor: string | undefined): string {
  if (cursor === undefined) return afterAll
  const text = Buffer.from(cursor, 'base64url').toString()
  const id = text.slice(1)
  if (!text.startsWith('<') || !canStore(id) || toCursor(id) !== cursor) throw new CursorError()
  return id
}

export const afterAll = '\u{10ffff}'

/** A condition on ids of exchanges and cycles: not those of opened sessions. */
export const isOfServer = (id: string): string => `${id} < '${firstSessionId}'`

const common = ''

export const storedBytes = `coalesce(bytes, ${assumedBytes})`

const addAmounts = (select: string) => `
  insert into exchange_amounts as a (writer, unauthenticated, exchanges, bytes)
  ${select}
  on conflict (writer, unauthenticated)
    do update set exchanges = a.exchanges + excluded.exchanges, bytes = a.bytes + excluded.bytes`

const addReturned = (writer: string, rows: string): string =>
  addAmounts(`
    select ${writer}, coalesce(unauthenticated, false), count(*), sum(${storedBytes})
    from ${rows} group by 2`)

export const recountAll = (table: string): string => `
  delete from exchange_amounts;
  ${addReturned(`'${common}'`, `${table} where ${isOfServer('id')}`)}`

export const subtractReturned = (rows: string): string =>
  addAmounts(`
    select '${common}', coalesce(unauthenticated, false), -count(*), -sum(${storedBytes})
    from ${rows} where ${isOfServer('id')} group by 2`)

const amounts = prepared(`
  select unauthenticated, sum(exchanges)::bigint as exchanges, sum(bytes)::bigint as bytes
  from exchange_amounts group by unauthenticated`)

type AmountRow = { readonly unauthenticated: boolean } & Amount

export const readAmounts = async ({ query }: Pick<Reads, 'query'>): Promise<Stored> =>
  toStored(await query<AmountRow>(amounts))

const subtraction = prepared(
  addAmounts(`select '${common}', x.* from unnest($1::boolean[], $2::bigint[], $3::bigint[]) x`),
)

export const subtractAmounts = async (
  { query }: Pick<Connection, 'query'>,
  { authenticated, unauthenticated }: Stored,
): Promise<void> => {
  const parts = [authenticated, unauthenticated]
  await query(subtraction, [
    [false, true],
    parts.map(({ exchanges }) => -exchanges),
    parts.map(({ bytes }) => -bytes),
  ])
}

// A writer whose row is taken inserts it again with its next exchanges.
const merging = prepared(`
  with taken as (delete from exchange_amounts where writer <> '${common}' returning unauthenticated, exchanges, bytes)
  ${addAmounts(`select '${common}', unauthenticated, sum(exchanges), sum(bytes) from taken group by 2`)}`)

export const mergeAmounts = ({ query }: Pick<Connection, 'query'>): Promise<unknown> => query(merging)

// One statement sees one state of the tables, so exchanges that are stored meanwhile count on both sides or on none.
const correction = prepared(`
  with kept as (select unauthenticated, sum(exchanges) as exchanges from exchange_amounts group by unauthenticated),
    others as (select count(*) as exchanges from exchanges where unauthenticated and ${isOfServer('id')}),
    found (unauthenticated, exchanges) as (
      select true, exchanges from others
      union all
      select false, (select count(*) from exchanges where ${isOfServer('id')}) - (select exchanges from others)),
    missing as (
      select unauthenticated, found.exchanges - coalesce(kept.exchanges, 0) as exchanges
      from found left join kept using (unauthenticated))
  ${addAmounts(`
    select '${common}', unauthenticated, exchanges, exchanges * ${assumedBytes} from missing where exchanges <> 0`)}`)

/** Instances of earlier releases do not keep the amounts. Reads an index of the whole journal, in a transaction. */
export async function correctAmounts(connection: Connection): Promise<void> {
  await connection.execute('set local statement_timeout = 0')
  await connection.query(correction)
}

export const columnsWith = (bodies: Bodies): string =>
  [
    ...columnsWithoutBodies.map(column => (column === 'tenant' ? `nullif(tenant, '') as tenant` : column)),
    ...bodyColumns[bodies],
    ...noteColumns,
  ].join(', ')
export const exchangeColumns = columnsWith('all')

export const withNotes = 'left join exchange_notes using (tenant, id)'

type Column = (typeof storedColumns)[number]

/** Booleans are sent as numbers. */
const types: Partial<Readonly<Record<Column, string>>> = {
  at: 'bigint',
  status: 'integer',
  enabled: 'integer',
  results: 'integer',
  members_added: 'integer',
  members_removed: 'integer',
  bulk_operations: 'integer',
  unauthenticated: 'integer',
  bytes: 'integer',
}

const casts: Partial<Readonly<Record<Column, string>>> = {
  enabled: 'enabled::boolean',
  unauthenticated: 'unauthenticated::boolean',
  details: 'details::json',
}

const arrays = storedColumns.map((column, at) => `$${at + 1}::${types[column] ?? 'text'}[]`)

const writerParameter = `$${storedColumns.length + 1}::text`

/**
 * Inserts exchanges, and what others learn of them. Repeated after an error whose outcome is unknown, it inserts those that are
 * missing.
 */
export const insertExchanges = prepared(`
  with given as (
    select * from unnest(${arrays.join(', ')}) with ordinality as given(${storedColumns.join(', ')}, nth)),
  added as (
    insert into exchanges (${storedColumns.join(', ')})
    select ${storedColumns.map(column => casts[column] ?? column).join(', ')} from given order by nth
    on conflict do nothing
    returning tenant, id, unauthenticated, bytes),
  counted as (${addReturned(writerParameter, 'added')}),
  pending as (insert into unanalyzed_exchanges (tenant, id) select tenant, id from added)
  insert into exchange_batches (writer, tenants, ids)
  select ${writerParameter}, array_agg(tenant order by nth), array_agg(id order by nth)
  from added join given using (tenant, id) having count(*) > 0`)

export const toStorableRow = (values: RowValues): RowValues =>
  storedColumns.map((column, at) => toColumn(column, values[at] ?? null))

export const insertedValues = (rows: readonly RowValues[], writer: string): readonly SqlValue[] => [
  ...storedColumns.map((_column, at) => rows.map(row => row[at] ?? null)),
  writer,
]

function toColumn(column: Column, value: string | number | null): string | number | null {
  if (column === 'tenant') return postgresDialect.indexEntry(toStorable(String(value ?? '')))
  if (typeof value !== 'string') return value
  return column === 'details' ? toStorableJson(value) : toStorable(value)
}
