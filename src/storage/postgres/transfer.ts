import { DatabaseError } from '../../domain/ports/database.ts'
import type { Json } from '../../scim/json.ts'
import { fold } from '../../scim/text.ts'
import {
  type LastNumbers,
  type TransferRow,
  type TransferSource,
  type TransferTable,
  transferTables,
} from '../common/transfer.ts'
import { takeEpoch } from './cluster/held-rows.ts'
import { type Connection, type DatabaseLocation, sqlStateOf } from './connection.ts'
import { postgresDialect, toStorable, toStorableJson } from './dialect.ts'
import { recountAll } from './exchange-rows.ts'
import { findPending, openFirstConnection } from './migrations.ts'
import { indexTexts } from './text-index.ts'

type Row = Readonly<Record<string, Json>>

type Progress = (copied: number, total: number) => void

/**
 * Copies all rows into a schema that has the tables of this version and no rows: all or nothing. Throws `DatabaseError` for any
 * other schema.
 */
export async function importRows(
  location: DatabaseLocation,
  source: TransferSource,
  onProgress: Progress,
): Promise<void> {
  const connection = await openFirstConnection(location)
  try {
    await requireTables(connection)
    await connection.execute(
      'begin; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0',
    )
    // A server that starts meanwhile waits with its first tenant.
    await connection.execute('lock table tenants in exclusive mode')
    await requireEmpty(connection)
    await copyRows(connection, source, onProgress)
    await connection.execute('commit')
    await connection.execute(`set statement_timeout = 0; analyze ${transferTables.join(', ')}`)
  } catch (error) {
    throw sqlStateOf(error) === '' || error instanceof DatabaseError ? error : storeFailed(connection, error)
  } finally {
    // Rolls back an open transaction.
    await connection.close()
  }
}

const storeFailed = ({ name }: Connection, error: unknown): DatabaseError =>
  new DatabaseError(
    `The database ${name} did not store the rows (${error instanceof Error ? error.message : error}), and is unchanged. Fix the cause, and try again.`,
    { cause: error },
  )

async function requireTables(connection: Connection): Promise<void> {
  if ((await findPending(connection)).length === 0) return
  throw new DatabaseError(
    `The schema of the database ${connection.name} lacks tables of this version. Create them with \`scimulator migrate\`.`,
  )
}

async function requireEmpty(connection: Connection): Promise<void> {
  // Snapshots and removed tenants may have the keys of copied tenants.
  const tables = [...transferTables, 'counts', 'snapshots', 'removed_tenants']
  const [found] = await connection.query<{ readonly rows: boolean }>({
    text: `select ${tables.map(table => `exists (select 1 from ${table})`).join(' or ')} as rows`,
  })
  if (!found?.rows) return
  throw new DatabaseError(
    `The schema of the database ${connection.name} is not empty. Choose another one with --database-schema, and create its tables with \`scimulator migrate\`.`,
  )
}

const rowsPerBatch = 1000
/** Characters of a batch. */
const batchSize = 1_000_000

/** Must be used inside a transaction. */
export async function copyRows(
  connection: Connection,
  source: TransferSource,
  onProgress: Progress = () => {},
): Promise<void> {
  const total = transferTables.reduce((sum, table) => sum + source.count(table), 0)
  let copied = 0
  for (const table of transferTables) {
    for (const rows of inBatches(source.rows(table))) {
      await insertRows(connection, table, rows)
      copied += rows.length
      onProgress(copied, total)
    }
  }
  await connection.query(setDefaultRetention, [source.keepBytes ?? null])
  await computeRest(connection)
  await continueSequences(connection, source.lastNumbers)
}

const setDefaultRetention = {
  text: `
    with earlier as (delete from default_retention)
    insert into default_retention (bytes) select $1::bigint where $1::bigint is not null`,
}

function* inBatches(rows: Iterable<TransferRow>): Iterable<readonly TransferRow[]> {
  let batch: TransferRow[] = []
  let size = 0
  for (const row of rows) {
    batch.push(row)
    for (const value of Object.values(row)) if (typeof value === 'string') size += value.length
    if (batch.length < rowsPerBatch && size < batchSize) continue
    yield batch
    batch = []
    size = 0
  }
  if (batch.length > 0) yield batch
}

/** All rows must have the same columns. */
export async function insertRows(
  connection: Connection,
  table: TransferTable,
  rows: readonly TransferRow[],
): Promise<void> {
  const converted = rows.map(row => toRow(table, row))
  const [first] = converted
  if (!first) return
  const columns = Object.keys(first).join(', ')
  await connection.query(
    {
      text: `insert into ${table} (${columns}) overriding system value
        select ${columns} from json_populate_recordset(null::${table}, $1)`,
    },
    [JSON.stringify(converted)],
  )
}

const jsonColumns: Partial<Readonly<Record<TransferTable, readonly string[]>>> = {
  tenants: ['switches', 'declared', 'session', 'imported'],
  issuers: ['settings'],
  resources: ['search', 'keys'],
  deleted_resources: ['groups'],
  indexed_attributes: ['path'],
  exchanges: ['details'],
  exchange_notes: ['findings'],
  cycles: ['summary'],
  token_clients: ['named'],
  audit: ['objects'],
}

const entryColumns: Partial<Readonly<Record<TransferTable, string>>> = {
  keys: 'value',
  memberships: 'member_id',
  membership_events: 'member_id',
}

const tablesOfClients: readonly TransferTable[] = [
  'exchanges',
  'exchange_notes',
  'unanalyzed_exchanges',
  'findings',
]

function toRow(table: TransferTable, row: TransferRow): Row {
  const asJson = jsonColumns[table] ?? []
  const converted = Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      asJson.includes(column) ? JSON.parse(toStorableJson(String(value))) : toValue(value),
    ]),
  )
  if (table === 'memberships' && row.sent_display !== null) {
    converted.folded_sent_display = fold(String(converted.sent_display))
  }
  const column = entryColumns[table]
  if (column !== undefined) return { ...converted, ...toEntry(column, String(converted[column])) }
  if (tablesOfClients.includes(table)) converted.tenant = postgresDialect.indexEntry(String(converted.tenant))
  if (table === 'resources') {
    converted.folded_display = fold(String(converted.display))
    converted.enabled = row.enabled === 1
  }
  if (table === 'exchanges') {
    for (const column of ['enabled', 'unauthenticated'])
      if (typeof row[column] === 'number') converted[column] = row[column] === 1
  }
  return converted
}

function toEntry(column: string, text: string): Row {
  const entry = postgresDialect.indexEntry(text)
  return { [column]: entry, whole: entry === text ? null : text }
}

function toValue(value: TransferRow[string]): Json {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  return typeof value === 'string' ? toStorable(value) : value
}

async function computeRest(connection: Connection): Promise<void> {
  await connection.execute(`
    insert into counts (tenant, type, block, slot, n)
    select tenant, type, key >> 12, 0, count(*) from resources group by 1, 2, 3;
    ${recountAll('exchanges')}`)
  const tenants = await connection.query<{ readonly key: number }>({ text: 'select key from tenants' })
  await indexTexts(
    connection,
    tenants.map(({ key }) => key),
  )
  // An instance that has started meanwhile reads what changed since.
  await takeEpoch(connection)
  await connection.execute(`
    update tenants set epoch = (select n from epochs);
    update tokens set epoch = (select n from epochs);
    update access_keys set epoch = (select n from epochs);
    update console_tokens set epoch = (select n from epochs);
    update oauth_clients set epoch = (select n from epochs);
    update client_secrets set epoch = (select n from epochs);
    update issuers set epoch = (select n from epochs);
    update finding_mutes set epoch = (select n from epochs)`)
}

async function continueSequences(
  connection: Connection,
  { tenant, resource, membership, moment }: LastNumbers,
): Promise<void> {
  const sequences = [
    [`pg_get_serial_sequence('tenants', 'key')`, tenant],
    [`'resource_key'`, resource],
    [`'membership_key'`, membership],
    [`'moment'`, moment],
  ] as const
  for (const [sequence, last] of sequences) {
    if (last > 0) await connection.query({ text: `select setval(${sequence}, $1)` }, [last])
  }
}
