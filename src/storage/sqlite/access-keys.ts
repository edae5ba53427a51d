import type { Database } from 'better-sqlite3'
import type { AccessKeyStore } from '../../domain/ports/access-keys.ts'
import type { Writer } from '../../domain/ports/database.ts'
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
import type { SqliteTenants } from './tenants.ts'
import { createUseCounter } from './writer.ts'

/** Access keys in SQLite. Memory is updated once changes are on disk. */
export function createSqliteAccessKeys(
  db: Database,
  writer: Writer,
  tenants: Pick<SqliteTenants, 'find' | 'findByKey' | 'exists'>,
  seal: Seal | undefined,
): AccessKeyStore {
  const rows = createRows(db)
  const register = createAccessKeyRegister({ seal, tenantWithKey: tenants.findByKey })
  for (const row of rows.all()) register.set(row)
  const uses = createUseCounter<string>(writer, id => {
    const key = register.key(id)
    if (key) rows.setUses(key)
  })

  return {
    list: register.list,
    find: register.find,
    unreadable: register.unreadable,

    async create(tenant, { id = newAccessKeyId(), secret = newSecretAccessKey(), access = 'full' } = {}) {
      const current = tenants.find(tenant.id) ?? tenant
      requireAwsApis(current)
      checkAccessKey(id, secret)
      const row = newAccessKeyRow(current, { id, secret, access }, seal, Date.now())
      await writer.write(() => {
        if (!tenants.exists(tenant.key)) throw noSuchTenant(tenant.id)
        checkAccessKeyCount(tenant, rows.count(tenant.key))
        if (rows.has(id)) throw accessKeyTaken(id)
        rows.insert(row)
      })
      register.set(row)
      return { key: register.key(id) as AccessKey, secret }
    },

    async remove(tenant, id) {
      const deletedAt = tenantNow(tenants.find(tenant.id) ?? tenant)
      const row = await writer.write(() => rows.setDeletedAt(tenant.key, id, deletedAt))
      if (row) register.set(row)
      return row !== undefined
    },

    noteUse(id, machine) {
      if (register.noteUse(id, machine)) uses.note(id)
    },
  }
}

/** The rows of access keys; each method is one statement. */
function createRows(db: Database) {
  const all = db.prepare<[], AccessKeyRow>('select * from access_keys order by rowid')
  const withId = db.prepare<[string]>('select 1 from access_keys where id = ?')
  const thatCount = db
    .prepare<[number], number>('select count(*) from access_keys where tenant = ? and deleted_at is null')
    .pluck()
  const insert = db.prepare<object>(`
    insert into access_keys (id, tenant, sealed, access, created, uses)
    values (@id, @tenant, @sealed, @access, @created, @uses)`)
  const setDeletedAt = db.prepare<object, AccessKeyRow>(`
    update access_keys set deleted_at = @deletedAt, sealed = null
    where id = @id and tenant = @tenant and deleted_at is null
    returning *`)
  const setUses = db.prepare<object>(
    'update access_keys set uses = @uses, last_used = @lastUsed where id = @id',
  )
  return {
    all: () => all.all(),
    has: (id: string) => withId.get(id) !== undefined,
    count: (tenant: number) => thatCount.get(tenant) ?? 0,
    insert: (row: AccessKeyRow) => insert.run(row),
    setDeletedAt: (tenant: number, id: string, deletedAt: number) =>
      setDeletedAt.get({ tenant, id, deletedAt }),
    setUses: ({ id, uses, lastUsed }: AccessKey) => setUses.run({ id, uses, lastUsed: lastUsed ?? null }),
  }
}
