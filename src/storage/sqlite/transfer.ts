import { existsSync } from 'node:fs'
import { noteColumns, storedColumns } from '../common/exchange-rows.ts'
import type { LastNumbers, TransferRow, TransferSource, TransferTable } from '../common/transfer.ts'
import { openConnection } from './connection.ts'
import { type Database, DatabaseError, followLinks, lockDatabase, toDatabaseError } from './database.ts'
import { lastAnalyzed } from './exchange-rows.ts'
import { journalMigrations, journalPath } from './journal-file.ts'
import { defaultKeepBytes } from './journal-pruning.ts'
import { findPending } from './migrations.ts'
import { listSnapshots, snapshotFolder } from './snapshots.ts'
import { createTenantRows, type TenantRow, type UnlistedTenant } from './tenant-rows.ts'

type IsExclusive = (tenant: number, type: string, attribute: string) => boolean

export type OpenedTransfer = {
  readonly tenants: readonly TenantRow[]
  readonly source: (isExclusive: IsExclusive) => TransferSource
  /** The number of snapshots next to the database, which are not copied. */
  readonly snapshots: number
  close(): void
}

/**
 * Opens a database file for a copy of all its rows. Nothing is written, and no server can use the file meanwhile. Throws
 * `DatabaseError`: if a server uses it, or if it has to be upgraded first.
 */
export function openTransfer(given: string): OpenedTransfer {
  const path = followLinks(given)
  if (!existsSync(path)) throw new DatabaseError(`There is no database ${path}. Choose another with --data.`)
  const unlock = lockDatabase(path)
  let db: Database | undefined
  let journal: Database | undefined
  const close = () => {
    journal?.close()
    db?.close()
    unlock()
  }
  try {
    db = openReadOnly(path)
    requireCurrent(db, path)
    const tenants = createTenantRows(db)
    requireComplete(tenants.unlisted(), path)
    if (existsSync(journalPath(path))) {
      journal = openReadOnly(journalPath(path))
      requireCurrent(journal, path, journalMigrations)
      requireOwner(journal, db, path)
    }
    const opened = { db, journal }
    return {
      tenants: tenants.tenants(),
      source: isExclusive => createTransferSource(opened, isExclusive),
      snapshots: listSnapshots(snapshotFolder(path)).length,
      close,
    }
  } catch (error) {
    close()
    throw error instanceof DatabaseError ? error : toDatabaseError(error, path)
  }
}

function openReadOnly(path: string): Database {
  const db = openConnection(path, { readonly: true, fileMustExist: true })
  db.pragma('cache_size = -65536')
  return db
}

const startOnce = 'Start this version of the server with it once, and stop the server.'

function requireCurrent(db: Database, path: string, folder?: string): void {
  if (findPending(db, folder).length === 0) return
  throw new DatabaseError(`The database ${path} was written by an earlier version. ${startOnce}`)
}

/** A start deletes the rows of tenants that are not listed. */
function requireComplete(unlisted: readonly UnlistedTenant[], path: string): void {
  const [first] = unlisted
  if (!first) return
  throw new DatabaseError(
    `The database ${path} has rows of "${first.id}": the server ended while it opened that session or deleted that tenant. ${startOnce}`,
  )
}

/** A start puts the journal of another database aside. */
function requireOwner(journal: Database, db: Database, path: string): void {
  const read = (from: Database, sql: string) => from.prepare<[], string>(sql).pluck().get()
  const owner = read(journal, 'select database from owner')
  if (owner === read(db, 'select id from identity')) return
  throw new DatabaseError(`The journal next to ${path} is that of another database. ${startOnce}`)
}

/** Earlier versions left rows without a resource behind. */
const tenantOf = (key: string) =>
  `coalesce((select tenant from resources r where r.key = ${key}), (select tenant from deleted_resources d where d.key = ${key}))`

const withTenant = (table: string, key: string, columns: string, order: string) =>
  `select * from (select ${tenantOf(`x.${key}`)} as tenant, ${columns} from ${table} x order by ${order}) where tenant is not null`

const ofExchange = `coalesce(e.tenant, '') as tenant`

const queries: Readonly<Record<TransferTable, string>> = {
  tenants:
    'select key, id, profile, on_delete, throttle, switches, clock_offset, created, declared, session, imported, name from tenants order by key',
  tokens:
    'select id, tenant, hash, ending, access, created, expires, last_used, uses, deleted_at, name from tokens order by rowid',
  access_keys:
    'select id, tenant, sealed, access, created, last_used, uses, deleted_at from access_keys order by rowid',
  console_tokens:
    'select id, name, level, hash, ending, created, expires, last_used, uses from console_tokens order by rowid',
  audit: `select id, at, caller, issuer, subject, name, age, acr, operation, tenant, address, status, problem, objects,
    object_count from audit order by id`,
  oauth_clients: `select id, tenant, client_id, name, access, token_lifetime, assertion, created, last_used, uses, deleted_at
    from oauth_clients order by key`,
  client_secrets: `select id, tenant, client, hash, ending, created, expires, last_used, uses, deleted_at
    from client_secrets order by key`,
  access_tokens: `select id, tenant, client, secret, hash, ending, access, scope, created, expires, last_used, uses, revoked_at
    from access_tokens order by key`,
  issuers: 'select id, tenant, created, settings from issuers order by rowid',
  finding_mutes: 'select tenant, finding, reason, muted_by, at from finding_mutes order by tenant, finding',
  resources: `select tenant, key, type, id, document, json(search) as search, keys, secrets, version, era, created, last_modified,
    label, display, names, enabled, predecessor from resources order by key`,
  keys: 'select tenant, type, attribute, value, resource from keys order by tenant, type, attribute, value, resource',
  memberships:
    'select tenant, key, group_key, member_id, member_key, at, via, sent_display from memberships order by key',
  versions: withTenant(
    'versions',
    'resource_key',
    'resource_key, moment, version, at, exchange, via, action, document, difference, previous_document',
    'moment',
  ),
  membership_events: withTenant(
    'membership_events',
    'group_key',
    'group_key, moment, event, at, exchange, via, member_id, member_key',
    'moment',
  ),
  deleted_resources: `select tenant, key, type, id, label, folded_label, display, names, document, groups, version, created,
    last_written, deleted_at, exchange, state, predecessor, successor from deleted_resources order by key`,
  history_starts: 'select tenant, since from history_starts order by tenant',
  last_seen: withTenant('last_seen', 'key', 'key, at', 'key'),
  indexed_attributes: 'select tenant, type, attribute, path, built_to from indexed_attributes',
  permission_sets: `select tenant, id, name, content, created_at, exchange, deleted_at, deletion_exchange
    from permission_sets order by tenant, id`,
  account_assignments: `select tenant, id, account, permission_set, principal_type, principal_id, principal_name, created_at,
    exchange, deleted_at, deletion_exchange from account_assignments order by tenant, id`,
  assignment_requests: `select tenant, id, kind, at, permission_set, account, principal_type, principal_id, failure
    from assignment_requests order by tenant, id`,
  identity_center_instances: 'select tenant, name from identity_center_instances order by tenant',
  exchanges: `select ${ofExchange}, ${storedColumns.filter(column => column !== 'tenant').join(', ')}
    from exchanges e order by seq`,
  exchange_notes: `select ${ofExchange}, e.id, ${noteColumns.map(column => `n.${column}`).join(', ')}
    from exchange_notes n join exchanges e using (seq) order by seq`,
  unanalyzed_exchanges: `select ${ofExchange}, e.id from exchanges e
    where seq > ${lastAnalyzed} order by seq`,
  findings: `select f.tenant, e.id as exchange, row_number() over (partition by f.seq order by f.key) as nth, f.finding, f.at,
    f.subject, f.detail, f.origin from findings f join exchanges e using (seq) order by f.seq, f.key`,
  cycles: 'select tenant, id, started, last, summary from cycles order by key',
  token_clients: `select tenant, token, product, evidence, candidate, candidate_exchanges, named
    from token_clients order by tenant, token`,
  setup_steps: 'select tenant, step, at, tenant_time, exchange, user_agent from setup_steps',
  pruning_clock: 'select trusted, ahead_since from pruning_clock',
}

const journalTables: readonly TransferTable[] = [
  'exchanges',
  'exchange_notes',
  'unanalyzed_exchanges',
  'findings',
  'cycles',
  'token_clients',
  'setup_steps',
  'pruning_clock',
]

type Files = { readonly db: Database; readonly journal?: Database | undefined }

/** Without a journal, its tables have no rows. */
export function createTransferSource({ db, journal }: Files, isExclusive: IsExclusive): TransferSource {
  const fileOf = (table: TransferTable) => (journalTables.includes(table) ? journal : db)
  return {
    lastNumbers: findLastNumbers(db),
    ...(journal && keepBytesOf(journal)),
    count: table =>
      fileOf(table)?.prepare<[], number>(`select count(*) from (${queries[table]})`).pluck().get() ?? 0,
    rows(table) {
      const rows = fileOf(table)?.prepare<[], TransferRow>(queries[table]).iterate() ?? []
      return table === 'keys' ? withRivals(rows, isExclusive) : rows
    },
  }
}

function keepBytesOf(journal: Database) {
  const keepBytes = defaultKeepBytes(journal)
  return Number.isFinite(keepBytes) ? { keepBytes } : {}
}

function findLastNumbers(db: Database): LastNumbers {
  const number = (sql: string) => db.prepare<[], number | null>(sql).pluck().get() ?? 0
  const highest = (table: string, column: string) => number(`select max(${column}) from ${table}`)
  return {
    tenant: number(`select seq from sqlite_sequence where name = 'tenants'`),
    resource: Math.max(highest('resources', 'key'), highest('deleted_resources', 'key')),
    membership: highest('memberships', 'key'),
    moment: Math.max(highest('versions', 'moment'), highest('membership_events', 'moment')),
  }
}

/** The first of several resources gets the exclusive value: earlier settings may have allowed several. */
function* withRivals(rows: Iterable<TransferRow>, isExclusive: IsExclusive): Iterable<TransferRow> {
  let previous: TransferRow = {}
  for (const row of rows) {
    const { tenant, type, attribute, value, resource = null } = row
    const isSame =
      previous.value === value &&
      previous.attribute === attribute &&
      previous.type === type &&
      previous.tenant === tenant
    const isSole = !isSame && isExclusive(Number(tenant), String(type), String(attribute))
    previous = row
    yield { ...row, rival: isSole ? 0 : resource }
  }
}
