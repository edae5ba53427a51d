import type { Bodies } from '../../domain/ports/journal.ts'
import {
  bodyColumns,
  columnsWithoutBodies,
  noteColumns,
  type RowValues,
  storedColumns,
} from '../common/exchange-rows.ts'
import { postgresDialect } from './dialect.ts'
import { addReturned } from './exchange-amounts.ts'
import { prepared, type SqlValue } from './statement.ts'
import { toStorable, toStorableJson } from './storable.ts'

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
