import { requireOtherCredentials } from '../../../domain/tenants/credential.ts'
import {
  checkIssuerSettings,
  type IssuerStore,
  maxIssuers,
  newIssuerId,
  type TrustedIssuer,
} from '../../../domain/tenants/issuers.ts'
import { TenantError, type TenantStore } from '../../../domain/tenants/tenant.ts'
import { type HeldTables, heldTable, json } from '../held-tables.ts'
import { requireTenant } from '../tenant-rules.ts'

const table = heldTable<TrustedIssuer>('issuers', {
  id: 'id',
  tenant: 'tenant',
  created: 'created',
  settings: json('settings'),
})

export function createIssuerStore(
  tables: HeldTables,
  tenants: Pick<TenantStore, 'find' | 'findByKey'>,
): IssuerStore {
  const issuers = tables.hold(table)
  return {
    list: ({ key }) =>
      issuers
        .all()
        .filter(({ tenant }) => tenant === key)
        .reverse(),
    // The rows of deleted tenants stay in memory.
    all: () => issuers.all().filter(({ tenant }) => tenants.findByKey(tenant)),
    find({ key }, id) {
      const issuer = issuers.get(id)
      return issuer?.tenant === key ? issuer : undefined
    },

    async create(tenant, settings) {
      requireOtherCredentials(tenants.find(tenant.id) ?? tenant)
      checkIssuerSettings(settings)
      const issuer = { id: newIssuerId(), tenant: tenant.key, created: tables.now(), settings }
      return tables.change(function* () {
        yield* requireTenant(tenant)
        const count = yield* table.count({ tenant: tenant.key })
        if (count < maxIssuers) return yield* table.insert(issuer)
        throw new TenantError(
          'limit',
          `The tenant "${tenant.id}" has ${count} trusted issuers, which is the maximum. Remove one first.`,
        )
      })
    },

    async update({ key }, id, settings) {
      checkIssuerSettings(settings)
      return tables.change(() => table.update({ id, tenant: key }, { settings }))
    },

    remove: ({ key }, id) => tables.change(() => table.remove({ id, tenant: key })),
  }
}
