import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import type { Audit } from '../../domain/audit/audit.ts'
import type { AccountAssignments } from '../../domain/ports/account-assignments.ts'
import { DatabaseError, type Writer } from '../../domain/ports/database.ts'
import type { Deliveries } from '../../domain/ports/deliveries.ts'
import { deadTokenRetention, maxDeadTokens, maxLiveTokens } from '../../domain/tenants/oauth-clients.ts'
import { createAssignmentStore } from '../common/account-assignments.ts'
import type { AssignmentDialect } from '../common/assignment-sql.ts'
import { createAuditLog } from '../common/audit-log.ts'
import { createDeliveriesStore } from '../common/deliveries.ts'
import type { Rows } from '../common/dialect.ts'
import type { RawRow } from '../common/held-tables.ts'
import { privateFileMode, restrictAccess, writeFileAtomically } from '../common/private-files.ts'
import { minSealKeyLength, newSealKey } from '../common/seal.ts'
import { type AccessTokenRows, accessTokenTable } from '../common/stores/access-tokens.ts'
import type { Connections } from './connections.ts'
import { sqliteDialect } from './dialect.ts'
import { createStatementRunner, toReadQuery } from './statements.ts'

export function createSqliteAccessTokens(db: Database, writer: Pick<Writer, 'write'>): AccessTokenRows {
  const { toRow } = accessTokenTable
  const withHash = db.prepare<[Buffer], RawRow>('select * from access_tokens where hash = ?')
  const ofClient = db.prepare<object, RawRow>(`
    select * from access_tokens
    where tenant = @tenant and (@client is null or client = @client) and coalesce(revoked_at, expires) > @since
    order by key desc`)
  const clientExists = db.prepare<object>(`
    select 1 from oauth_clients where id = @client and deleted_at is null and tenant in (select key from tenants)`)
  const insert = db.prepare<object>(`
    insert into access_tokens (id, tenant, client, secret, hash, ending, access, scope, created, expires, uses)
    values (@id, @tenant, @client, @secret, @hash, @ending, @access, @scope, @created, @expires, 0)`)
  const revokeOldest = db
    .prepare<object, string>(`
      update access_tokens set revoked_at = @now
      where client = @client and revoked_at is null and expires > @now and key <= (
        select key from access_tokens where client = @client and revoked_at is null and expires > @now
        order by key desc limit 1 offset ${maxLiveTokens})
      returning id`)
    .pluck()
  const prune = db.prepare<object>(`
    delete from access_tokens
    where client = @client and (revoked_at is not null or expires <= @now) and (
      coalesce(revoked_at, expires) <= @now - ${deadTokenRetention}
      or key <= (
        select key from access_tokens where client = @client
        order by key desc limit 1 offset ${maxLiveTokens + maxDeadTokens}))`)

  return {
    find(hash) {
      const raw = withHash.get(hash)
      return raw && toRow(raw)
    },
    list: (tenant, client, since) => ofClient.all({ tenant, client: client ?? null, since }).map(toRow),
    insert: row =>
      writer.write(() => {
        const { client, secret = null, created: now } = row
        if (!clientExists.get({ client })) return undefined
        insert.run({ ...row, secret })
        prune.run({ client, now })
        return revokeOldest.all({ client, now })
      }),
  }
}

const dialect: AssignmentDialect = {
  ...sqliteDialect,
  // The writer runs one transaction at a time.
  lockTenant: 'select 1 from tenants where key = @tenant',
}

export function createAccountAssignments(
  { writes, reads, longReads }: Pick<Connections, 'writes' | 'reads' | 'longReads'>,
  writer: Pick<Writer, 'write'>,
): AccountAssignments {
  const runWrite = createStatementRunner(writes)
  return createAssignmentStore(dialect, {
    change: plan =>
      writer.write(() => {
        let step = plan.next([])
        while (!step.done) step = plan.next(runWrite(step.value))
        return step.value
      }),
    read: createStatementRunner(reads),
    async readLong(statement) {
      const [rows = []] = await longReads.run([toReadQuery(statement)])
      return rows as Rows
    },
  })
}

export const createSqliteAudit = (
  { writes, longReads }: Pick<Connections, 'writes' | 'longReads'>,
  writer: Pick<Writer, 'write'>,
): Audit => {
  const run = createStatementRunner(writes)
  return createAuditLog({
    dialect: sqliteDialect,
    change: statement => writer.write(() => run(statement)),
    async read(statement) {
      const [rows = []] = await longReads.run([statement])
      return rows as Rows
    },
  })
}

type DeliveriesOptions = {
  readonly writer: Pick<Writer, 'write'>
  readonly clock: () => number
}

export function createDeliveries(
  { writes, reads }: Pick<Connections, 'writes' | 'reads'>,
  { writer, clock }: DeliveriesOptions,
): Deliveries {
  const run = createStatementRunner(writes)
  return createDeliveriesStore({
    ...sqliteDialect,
    ago: milliseconds => `@now - ${milliseconds}`,
    change: statement =>
      writer.write(() => run({ ...statement, params: { ...statement.params, now: clock() } })),
    read: createStatementRunner(reads),
  })
}

export const sealKeyPath = (database: string): string => `${database}.seal-key`

export function readSealKey(database: string): string {
  const path = sealKeyPath(database)
  const key = readOrCreate(path)
  if (key.length >= minSealKeyLength) return key
  throw new DatabaseError(
    `The file ${path} with the encryption key of access keys is damaged. Restore it from a backup, or remove it and replace the access keys.`,
  )
}

function readOrCreate(path: string): string {
  try {
    if (!existsSync(path)) writeFileAtomically(path, part => writeFileSync(part, `${newSealKey()}\n`))
    restrictAccess(path, privateFileMode)
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new DatabaseError(
      `The file ${path} with the encryption key of access keys cannot be read or created (${(error as NodeJS.ErrnoException).code ?? error}). Check its permissions and those of its folder, or set SCIMULATOR_SEAL_KEY.`,
      { cause: error },
    )
  }
}
