import type { Database } from 'better-sqlite3'
import type { Writer } from '../../domain/ports/database.ts'
import type { IssuerStore } from '../../domain/ports/issuers.ts'
import { checkIssuerSettings, type TrustedIssuer } from '../../domain/tenants/issuers.ts'
import {
  checkIssuerCount,
  createIssuerRegister,
  type IssuerRow,
  newIssuerRow,
} from '../common/issuer-register.ts'
import { noSuchTenant } from '../common/tenant-rules.ts'
import type { SqliteTenants } from './tenants.ts'

/** Trusted issuers in SQLite. Memory is updated once changes are on disk. */
export function createSqliteIssuers(
  db: Database,
  writer: Writer,
  tenants: Pick<SqliteTenants, 'find' | 'findByKey' | 'exists'>,
): IssuerStore {
  const rows = createRows(db)
  const register = createIssuerRegister(tenants.findByKey)
  for (const row of rows.all()) register.set(row)

  return {
    list: register.list,
    all: register.all,
    find: register.find,

    async create(tenant, settings) {
      const row = newIssuerRow(tenants.find(tenant.id) ?? tenant, settings, Date.now())
      await writer.write(() => {
        if (!tenants.exists(tenant.key)) throw noSuchTenant(tenant.id)
        checkIssuerCount(tenant, rows.count(tenant.key))
        rows.insert(row)
      })
      register.set(row)
      return register.find(tenant, row.id) as TrustedIssuer
    },

    async update(tenant, id, settings) {
      checkIssuerSettings(settings)
      const row = await writer.write(() => rows.update(tenant.key, id, JSON.stringify(settings)))
      if (row) register.set(row)
      return row && register.find(tenant, id)
    },

    async remove(tenant, id) {
      const isRemoved = await writer.write(() => rows.delete(tenant.key, id))
      if (isRemoved) register.delete(id)
      return isRemoved
    },
  }
}

/** The rows of issuers; each method is one statement. */
function createRows(db: Database) {
  const all = db.prepare<[], IssuerRow>('select * from issuers order by rowid')
  const count = db.prepare<[number], number>('select count(*) from issuers where tenant = ?').pluck()
  const insert = db.prepare<object>(
    'insert into issuers (id, tenant, created, settings) values (@id, @tenant, @created, @settings)',
  )
  const update = db.prepare<object, IssuerRow>(
    'update issuers set settings = @settings where id = @id and tenant = @tenant returning *',
  )
  const remove = db.prepare<object>('delete from issuers where id = @id and tenant = @tenant')
  return {
    all: () => all.all(),
    count: (tenant: number) => count.get(tenant) ?? 0,
    insert: (row: IssuerRow) => insert.run(row),
    update: (tenant: number, id: string, settings: string) => update.get({ tenant, id, settings }),
    delete: (tenant: number, id: string) => remove.run({ tenant, id }).changes > 0,
  }
}
