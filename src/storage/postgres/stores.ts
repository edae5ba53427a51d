import type { Audit } from '../../domain/audit/audit.ts'
import type { AccountAssignments } from '../../domain/ports/account-assignments.ts'
import { BusyError } from '../../domain/ports/database.ts'
import type { Deliveries } from '../../domain/ports/deliveries.ts'
import type { TakePermit } from '../../domain/ports/engine.ts'
import { deadTokenRetention, maxDeadTokens, maxLiveTokens } from '../../domain/tenants/oauth-clients.ts'
import { createAssignmentStore } from '../common/account-assignments.ts'
import type { AssignmentDialect } from '../common/assignment-sql.ts'
import { createAuditLog } from '../common/audit-log.ts'
import { createDeliveriesStore } from '../common/deliveries.ts'
import type { RawRow } from '../common/held-tables.ts'
import { type AccessTokenRows, accessTokenTable } from '../common/stores/access-tokens.ts'
import type { Hints } from './cluster/hints.ts'
import type { Reads, SerialLane } from './connect.ts'
import { lockNotAvailable, sqlStateOf } from './connection.ts'
import { postgresDialect } from './dialect.ts'
import type { LongReads } from './long-reads.ts'
import { createStatementReader, createStatementRunner, prepared, toQuery, withNames } from './statement.ts'

const ofTenant = prepared(`select * from access_tokens where tenant = $1 and hash = decode($2, 'hex')`)
/** A request with a token of another tenant is rejected, and its journal names the token. */
const ofAnyTenant = prepared(`select * from access_tokens where hash = decode($1, 'hex')`)
const ofClient = prepared(`
  select * from access_tokens
  where tenant = $1 and ($2::text is null or client = $2) and coalesce(revoked_at, expires) > $3
  order by key desc`)

// The lock makes the deletion of the client wait, or finds it. The other parts do not see the inserted token.
const issue = prepared(`
  with client as (select id, tenant from oauth_clients where tenant = $10 and id = $2 and deleted_at is null for key share),
    issued as (
      insert into access_tokens (id, tenant, client, secret, hash, ending, access, scope, created, expires, uses)
      select $1, client.tenant, client.id, $3, decode($4, 'hex'), $5, $6, $7, $8, $9, 0 from client
      returning id),
    revoked as (
      update access_tokens set revoked_at = $8
      where tenant = $10 and client = $2 and revoked_at is null and expires > $8 and key <= (
        select key from access_tokens where tenant = $10 and client = $2 and revoked_at is null and expires > $8
        order by key desc limit 1 offset ${maxLiveTokens - 1})
      returning id),
    forgotten as (
      delete from access_tokens
      where tenant = $10 and client = $2 and (revoked_at is not null or expires <= $8) and (
        coalesce(revoked_at, expires) <= $8 - ${deadTokenRetention}::bigint
        or key <= (
          select key from access_tokens where tenant = $10 and client = $2
          order by key desc limit 1 offset ${maxLiveTokens + maxDeadTokens})))
  select id, true as is_new from issued union all select id, false from revoked`)

type AccessTokenOptions = {
  readonly reads: Pick<Reads, 'query'>
  readonly statements: Pick<Reads, 'query'>
}

export function createPostgresAccessTokens({ reads, statements }: AccessTokenOptions): AccessTokenRows {
  const { toRow } = accessTokenTable
  return {
    maxAge: 60_000,
    async find(hash, tenant) {
      const text = hash.toString('hex')
      const [own] = tenant === undefined ? [] : await reads.query<RawRow>(ofTenant, [tenant, text])
      const [raw] = own ? [own] : await reads.query<RawRow>(ofAnyTenant, [text])
      return raw && toRow(raw)
    },
    async list(tenant, client, since) {
      return (await reads.query<RawRow>(ofClient, [tenant, client ?? null, since])).map(toRow)
    },
    async insert({ id, tenant, client, secret = null, hash, ending, access, scope, created, expires }) {
      const values = [
        id,
        client,
        secret,
        hash.toString('hex'),
        ending,
        access,
        scope,
        created,
        expires,
        tenant,
      ]
      const rows = await statements.query<{ readonly id: string; readonly is_new: boolean }>(issue, values)
      if (!rows.some(row => row.is_new)) return undefined
      return rows.filter(row => !row.is_new).map(row => row.id)
    },
  }
}

const dialect: AssignmentDialect = {
  ...postgresDialect,
  // Writes of resources lock the row for key share, and do not wait for this.
  lockTenant: 'select 1 from tenants where key = @tenant for no key update',
}

type AssignmentOptions = {
  readonly reads: Pick<Reads, 'queryByKey'>
  readonly longReads: LongReads
  readonly lane: Pick<SerialLane, 'transaction'>
}

export function createAccountAssignments({ reads, longReads, lane }: AssignmentOptions): AccountAssignments {
  return createAssignmentStore(dialect, {
    async change(plan) {
      try {
        return await lane.transaction(async connection => {
          let step = plan.next([])
          while (!step.done) {
            const { text, values } = toQuery(step.value)
            step = plan.next(await connection.query({ text }, values))
          }
          return step.value
        })
      } catch (error) {
        if (sqlStateOf(error) !== lockNotAvailable) throw error
        throw new BusyError('The database is busy with other changes of the tenant. Try again later.')
      }
    },
    read: createStatementReader(reads.queryByKey),
    async readLong(statement) {
      const { text, values } = toQuery(statement)
      const [rows = []] = await longReads.run([{ text, values }])
      return rows
    },
  })
}

type AuditOptions = {
  readonly statements: Pick<Reads, 'query'>
  readonly longReads: LongReads
}

export const createPostgresAudit = ({ statements, longReads }: AuditOptions): Audit =>
  createAuditLog({
    dialect: postgresDialect,
    change: createStatementRunner(statements.query),
    async read({ text, params }) {
      const [rows = []] = await longReads.run([withNames(text, params)])
      return rows
    },
  })

type DeliveriesOptions = {
  readonly statements: Pick<Reads, 'query'>
  readonly hints: Pick<Hints, 'send' | 'subscribe'>
}

export function createDeliveries({ statements, hints }: DeliveriesOptions): Deliveries {
  const run = createStatementRunner(statements.query)
  return createDeliveriesStore({
    ...postgresDialect,
    ago: milliseconds => `clock_timestamp() - ${milliseconds} * interval '1 ms'`,
    change: run,
    read: run,
    others: {
      notify: () => hints.send('deliveries'),
      onAdded: listener => hints.subscribe('deliveries', listener),
    },
  })
}

// A second without requests fills a bucket.
const available = (bucket: string) =>
  `least($3::double precision, ${bucket}.available + extract(epoch from clock_timestamp() - ${bucket}.filled) * $3)`
const take = prepared(`
  insert into buckets as held (tenant, kind, available, filled)
  values ($1, $2, $3::double precision - 1, clock_timestamp())
  on conflict (tenant, kind) do update set available = ${available('held')} - 1, filled = clock_timestamp()
  where ${available('held')} >= 1
  returning tenant`)
const missing = prepared(
  `select 1 - ${available('held')} as share from buckets as held where tenant = $1 and kind = $2`,
)

/** Without a permit, the time of the next one is remembered, so that a flood of requests costs no statements. */
export function createPostgresPermits(statements: Pick<Reads, 'query'>, monotonic: () => number): TakePermit {
  const emptyUntil = new Map<string, number>()
  return (tenant, kind, rate) => {
    const name = `${tenant} ${kind}`
    const until = emptyUntil.get(name)
    if (until !== undefined && monotonic() < until) return false
    emptyUntil.delete(name)
    return takePermit(tenant, kind, rate, name)
  }

  async function takePermit(tenant: number, kind: string, rate: number, name: string): Promise<boolean> {
    const values = [tenant, kind, rate]
    if ((await statements.query(take, values)).length > 0) return true
    const [{ share } = { share: 0 }] = await statements.query<{ readonly share: number }>(missing, values)
    emptyUntil.set(name, monotonic() + (Math.max(0, share) / rate) * 1000)
    return false
  }
}
