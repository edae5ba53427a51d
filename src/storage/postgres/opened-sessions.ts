import { createWorkLimit } from '../../domain/event-loop/slices.ts'
import { BusyError } from '../../domain/ports/database.ts'
import type { NewSession, OpenedSessions, SessionRow, SessionTable } from '../../domain/ports/snapshots.ts'
import { type Tenant, TenantError } from '../../domain/tenants/tenant.ts'
import { checkTenantId } from '../../domain/tenants/tenant-id.ts'
import { loadProfile } from '../../profiles/registry.ts'
import { sequenceOf } from '../common/session-numbers.ts'
import { isOfFile, tenantTaken } from '../common/tenant-rules.ts'
import type { Cluster } from './cluster/cluster.ts'
import type { Epoch } from './cluster/held-rows.ts'
import { inTransaction, type Lane, type Reads } from './connect.ts'
import { type Connection, sqlStateOf } from './connection.ts'
import { isOfServer } from './exchange-rows.ts'
import { prepared } from './statement.ts'
import { insertSession } from './tenants.ts'
import { insertRows } from './transfer.ts'

type SessionsOptions = {
  /** A connection for nothing else: an import takes as long as its file is large. */
  readonly lane: Lane
  readonly cluster: Pick<Cluster, 'nextEpoch' | 'acknowledge' | 'now'>
  readonly find: (id: string) => Tenant | undefined
}

const uniqueViolation = '23505'

/** One transaction, for which no other change waits. The tenant is last: another with its ID would wait for the end. */
export function createPostgresOpenedSessions({ lane, cluster, find }: SessionsOptions): OpenedSessions {
  const oneAtATime = createWorkLimit(1)

  const storeRows = (session: NewSession) => async (connection: Connection) => {
    await connection.execute(
      'set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0',
    )
    await connection.query(noteImport)
    await requireUnused(connection, session)
    const [reserved] = await connection.query<{ readonly key: number }>(nextTenantKey)
    const key = reserved?.key ?? 0
    const numbers = await takeNumbers(connection, session.counts)
    for await (const { table, rows } of session.rows()) {
      await insertRows(
        connection,
        table,
        rows.map(row => toRow(table, row, key, numbers)),
      )
    }
    await connection.query(countResources, [key])
    await requireUnused(connection, session)
    const epoch = await cluster.nextEpoch(connection)
    await insertSession(connection, session, { key, created: cluster.now(), epoch: epoch.number })
    return epoch
  }

  const store = (session: NewSession): Promise<Epoch> =>
    oneAtATime(() => inTransaction(lane, storeRows(session)).finally(lane.release))

  return {
    async open(session) {
      const { id, settings, declared } = session
      checkTenantId(id)
      loadProfile(settings.profile, settings.switches, declared)
      const epoch = await store(session).catch(error => {
        throw sqlStateOf(error) === uniqueViolation ? tenantTaken(id) : error
      })
      await cluster.acknowledge(epoch)
      const tenant = find(id)
      if (!tenant) throw tenantTaken(id)
      return tenant
    },
  }
}

const importLock = `hashtext('session import in ' || current_schema())`
const noteImport = { text: `select pg_advisory_xact_lock_shared(${importLock})` }
const anyImport = prepared(`select not pg_try_advisory_xact_lock(${importLock}) as running`)

/** Throws `BusyError` while an instance stores a session: the tables of the journal cannot be emptied meanwhile. */
export async function requireNoImport({ query }: Pick<Reads, 'query'>): Promise<void> {
  const [found] = await query<{ readonly running: boolean }>(anyImport)
  if (found?.running) throw new BusyError('A session file is being opened. Try again when that has ended.')
}

const usesOfId = {
  text: `select exists (select 1 from tenants where id = $1) as tenant,
    exists (select 1 from removed_tenants where id = $1) as removed,
    exists (select 1 from exchanges where tenant = $1 and ${isOfServer('id')}) as journal`,
}
const nextTenantKey = { text: `select nextval(pg_get_serial_sequence('tenants', 'key')) as key` }
const countResources = {
  text: `insert into counts (tenant, type, block, slot, n)
    select tenant, type, key >> 12, 0, count(*) from resources where tenant = $1 group by 1, 2, 3`,
}

type Uses = { readonly tenant: boolean; readonly removed: boolean; readonly journal: boolean }

async function requireUnused(connection: Connection, session: NewSession): Promise<void> {
  const { id } = session
  const [uses] = await connection.query<Uses>(usesOfId, [id])
  if (uses?.tenant) throw tenantTaken(id)
  if (uses?.removed || (uses?.journal && isOfFile(session))) {
    throw new TenantError(
      'taken',
      `The journal has requests to a former tenant "${id}", or it is still being deleted. Choose another ID.`,
    )
  }
}

type Numbers = {
  readonly resource: readonly number[]
  readonly moment: readonly number[]
  /** Taken in the order of joining. */
  readonly nextMembership: () => number
}

/** Numbers of one statement: reading them takes a few milliseconds. */
const numbersPerStatement = 5000

async function takeNumbers(
  connection: Connection,
  { resources, moments }: NewSession['counts'],
): Promise<Numbers> {
  const take = async (sequence: string, count: number) => {
    const numbers: number[] = []
    while (numbers.length < count) {
      const rows = await connection.query<{ readonly n: number }>(
        { text: `select nextval('${sequence}') as n from generate_series(1, $1::integer)` },
        [Math.min(count - numbers.length, numbersPerStatement)],
      )
      for (const { n } of rows) numbers.push(n)
    }
    return numbers
  }
  const resource = await take('resource_key', resources)
  const moment = await take('moment', moments)
  // There are no more memberships than changes.
  const membership = (await take('membership_key', moments)).values()
  return { resource, moment, nextMembership: () => membership.next().value ?? 0 }
}

const toRow = (table: SessionTable, row: SessionRow, tenant: number, numbers: Numbers): SessionRow => {
  const isOfJournal = 'tenant' in row || table === 'exchange_notes'
  const converted = Object.entries(row).map(([column, value]) => [
    column,
    toNumber(table, column, value, numbers),
  ])
  return { ...(!isOfJournal && { tenant }), ...Object.fromEntries(converted) }
}

function toNumber(table: SessionTable, column: string, value: SessionRow[string], numbers: Numbers) {
  const sequence = sequenceOf(table, column)
  if (sequence === undefined || typeof value !== 'number' || value === 0) return value
  return sequence === 'membership' ? numbers.nextMembership() : (numbers[sequence][value - 1] ?? value)
}
