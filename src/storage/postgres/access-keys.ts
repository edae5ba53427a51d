import type { AccessKeyStore } from '../../domain/ports/access-keys.ts'
import type { TenantStore } from '../../domain/ports/tenants.ts'
import {
  type AccessKey,
  checkAccessKey,
  newAccessKeyId,
  newSecretAccessKey,
  requireAwsApis,
} from '../../domain/tenants/access-keys.ts'
import { tenantNow } from '../../domain/tenants/tenant.ts'
import {
  type AccessKeyRow,
  accessKeyTaken,
  checkAccessKeyCount,
  createAccessKeyRegister,
  newAccessKeyRow,
} from '../common/access-key-register.ts'
import type { Seal } from '../common/seal.ts'
import { noSuchTenant } from '../common/tenant-rules.ts'
import type { Cluster } from './cluster/cluster.ts'
import type { Connection } from './connection.ts'
import { prepared } from './statement.ts'
import { createUses } from './uses.ts'

export type PostgresAccessKeys = AccessKeyStore & {
  /** Writes the uses of keys so far. They are written every second. */
  writeUses(): Promise<void>
  close(): Promise<void>
}

type AccessKeyOptions = {
  readonly cluster: Cluster
  readonly tenants: Pick<TenantStore, 'find' | 'findByKey'>
  readonly seal: Seal | undefined
}

/** Milliseconds. */
const useInterval = 1000

const changedKeys = prepared('select * from access_keys where epoch > $1 order by key')
const tenantWithId = prepared('select key from tenants where id = $1')
const keyWithId = prepared('select 1 from access_keys where id = $1')
const keysThatCount = prepared(
  'select count(*) as count from access_keys where tenant = $1 and deleted_at is null',
)
const insertKey = prepared(`
  insert into access_keys (id, tenant, sealed, access, created, uses, epoch)
  values ($1, $2, decode($3, 'hex'), $4, $5, 0, $6)`)
const setDeletedAt = prepared(`
  update access_keys set deleted_at = $3, sealed = null, epoch = $4
  where id = $1 and tenant = $2 and deleted_at is null
  returning id`)

/** Access keys in PostgreSQL. Every instance holds them in memory. To be created before the instance joins the cluster. */
export function createPostgresAccessKeys({ cluster, tenants, seal }: AccessKeyOptions): PostgresAccessKeys {
  const register = createAccessKeyRegister({ seal, tenantWithKey: tenants.findByKey })
  const uses = createUses<AccessKey>({
    table: 'access_keys',
    statements: cluster.statements,
    hints: cluster.hints,
    now: cluster.now,
    find: register.key,
    set: register.setKey,
  })
  const setRow = (row: AccessKeyRow) => {
    register.set(row)
    const key = register.key(row.id)
    if (key) register.setKey(uses.withWaiting(key))
  }
  cluster.hold<AccessKeyRow>({
    table: 'access_keys',
    changes: changedKeys,
    // The keys of a removed tenant are not found any more.
    apply: rows => rows.forEach(setRow),
    replace(rows) {
      register.clear()
      rows.forEach(setRow)
    },
  })
  const timer = setInterval(() => {
    // They are added to the next ones.
    uses.exchangeNew().catch(() => {})
  }, useInterval).unref()

  return {
    list: register.list,
    find: register.find,
    unreadable: register.unreadable,

    async create(tenant, { id = newAccessKeyId(), secret = newSecretAccessKey(), access = 'full' } = {}) {
      const current = tenants.find(tenant.id) ?? tenant
      requireAwsApis(current)
      checkAccessKey(id, secret)
      const row = newAccessKeyRow(current, { id, secret, access }, seal, cluster.now())
      await cluster.change(async (connection, epoch) => {
        if ((await keyOfTenant(connection, tenant.id)) !== tenant.key) throw noSuchTenant(tenant.id)
        checkAccessKeyCount(tenant, await countKeys(connection, tenant.key))
        if ((await connection.query(keyWithId, [id])).length > 0) throw accessKeyTaken(id)
        const sealed = row.sealed?.toString('hex') ?? null
        await connection.query(insertKey, [id, tenant.key, sealed, access, row.created, epoch])
        return row
      })
      return { key: register.key(id) as AccessKey, secret }
    },

    async remove(tenant, id) {
      const now = tenantNow(tenants.find(tenant.id) ?? tenant, cluster.now())
      const isFound = await cluster.change(async (connection, epoch) => {
        const rows = await connection.query(setDeletedAt, [id, tenant.key, now, epoch])
        return rows.length > 0 || undefined
      })
      return isFound === true
    },

    noteUse(id, machine) {
      const key = register.noteUse(id, machine)
      if (key) uses.note(key)
    },

    writeUses: uses.exchange,

    async close() {
      clearInterval(timer)
      if (cluster.isServing()) await uses.exchange().catch(() => {})
    },
  }
}

async function keyOfTenant(connection: Connection, id: string): Promise<number | undefined> {
  const [row] = await connection.query<{ readonly key: number }>(tenantWithId, [id])
  return row?.key
}

async function countKeys(connection: Connection, tenant: number): Promise<number> {
  const [row] = await connection.query<{ readonly count: number }>(keysThatCount, [tenant])
  return row?.count ?? 0
}
