import type { IssuerStore } from '../../domain/ports/issuers.ts'
import type { TenantStore } from '../../domain/ports/tenants.ts'
import { checkIssuerSettings, type TrustedIssuer } from '../../domain/tenants/issuers.ts'
import {
  checkIssuerCount,
  createIssuerRegister,
  type IssuerRow,
  newIssuerRow,
} from '../common/issuer-register.ts'
import { noSuchTenant } from '../common/tenant-rules.ts'
import type { Cluster } from './cluster/cluster.ts'
import { prepared } from './statement.ts'

const changedIssuers = prepared(
  'select id, tenant, created, settings from issuers where epoch > $1 order by key',
)
const tenantWithId = prepared('select key from tenants where id = $1')
const issuersOfTenant = prepared('select count(*) as count from issuers where tenant = $1')
const insertIssuer = prepared(
  'insert into issuers (id, tenant, created, settings, epoch) values ($1, $2, $3, $4::json, $5)',
)
const updateIssuer = prepared(
  'update issuers set settings = $3::json, epoch = $4 where id = $1 and tenant = $2 returning id',
)
const deleteIssuer = prepared(`
  with gone as (delete from issuers where id = $1 and tenant = $2 returning id)
  insert into removals (epoch, kind, key) select $3, 'issuers', id from gone returning key`)

/** Trusted issuers in PostgreSQL. Every instance holds them in memory. To be created before the instance joins the cluster. */
export function createPostgresIssuers({
  cluster,
  tenants,
}: {
  readonly cluster: Cluster
  readonly tenants: Pick<TenantStore, 'find' | 'findByKey'>
}): IssuerStore {
  const register = createIssuerRegister(tenants.findByKey)
  cluster.hold<IssuerRow>({
    table: 'issuers',
    changes: changedIssuers,
    apply(rows, removed) {
      rows.forEach(register.set)
      removed.forEach(register.delete)
    },
    replace(rows) {
      register.clear()
      rows.forEach(register.set)
    },
  })

  return {
    list: register.list,
    all: register.all,
    find: register.find,

    async create(tenant, settings) {
      const row = newIssuerRow(tenants.find(tenant.id) ?? tenant, settings, cluster.now())
      await cluster.change(async (connection, epoch) => {
        const [found] = await connection.query<{ readonly key: number }>(tenantWithId, [tenant.id])
        if (found?.key !== tenant.key) throw noSuchTenant(tenant.id)
        const [counted] = await connection.query<{ readonly count: number }>(issuersOfTenant, [tenant.key])
        checkIssuerCount(tenant, counted?.count ?? 0)
        await connection.query(insertIssuer, [row.id, row.tenant, row.created, String(row.settings), epoch])
        return row
      })
      return register.find(tenant, row.id) as TrustedIssuer
    },

    async update(tenant, id, settings) {
      checkIssuerSettings(settings)
      const isFound = await cluster.change(async (connection, epoch) => {
        const values = [id, tenant.key, JSON.stringify(settings), epoch]
        const rows = await connection.query(updateIssuer, values)
        return rows.length > 0 || undefined
      })
      return isFound && register.find(tenant, id)
    },

    async remove(tenant, id) {
      const isFound = await cluster.change(async (connection, epoch) => {
        const rows = await connection.query(deleteIssuer, [id, tenant.key, epoch])
        return rows.length > 0 || undefined
      })
      return isFound === true
    },
  }
}
