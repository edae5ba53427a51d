import {
  type AccessKey,
  type AccessKeyStore,
  checkAccessKey,
  maxAccessKeys,
  newAccessKeyId,
  newSecretAccessKey,
  requireAwsApis,
} from '../../../domain/tenants/access-keys.ts'
import { type Tenant, TenantError, type TenantStore, tenantNow } from '../../../domain/tenants/tenant.ts'
import { type HeldTables, heldTable } from '../held-tables.ts'
import type { Seal } from '../seal.ts'
import { requireTenant } from '../tenant-rules.ts'

type AccessKeyRow = AccessKey & {
  /** The encrypted secret; absent for a deleted key. */
  readonly sealed?: Buffer
  /** By the tenant's clock. */
  readonly deletedAt?: number
}

const table = heldTable<AccessKeyRow>('access_keys', {
  id: 'id',
  tenant: 'tenant',
  sealed: 'sealed',
  access: 'access',
  created: 'created',
  lastUsed: 'last_used',
  uses: 'uses',
  deletedAt: 'deleted_at',
})

const toAccessKey = ({ sealed, deletedAt, ...key }: AccessKeyRow): AccessKey => key

/** Without `seal`, the server has no key to encrypt secrets with. */
export function createAccessKeyStore(
  tables: HeldTables,
  tenants: Pick<TenantStore, 'find' | 'findByKey'>,
  seal: Seal | undefined,
): AccessKeyStore {
  // Decrypted once: that takes as long as verifying a signature.
  const secrets = new Map<string, string | undefined>()
  const keys = tables.holdUsed(table, {
    set: ({ id, sealed }) => void secrets.set(id, sealed && seal?.open(sealed, id)),
    clear: () => secrets.clear(),
  })
  // The clock may have been moved since the caller received the tenant.
  const nowOf = (tenant: Tenant) => tenantNow(tenants.find(tenant.id) ?? tenant, tables.now())

  return {
    list: tenant =>
      keys
        .all()
        .filter(key => key.tenant === tenant.key && key.deletedAt === undefined)
        .map(toAccessKey)
        .reverse(),

    find(id) {
      const row = keys.get(id)
      // The keys of deleted tenants stay in memory.
      const tenant = row && tenants.findByKey(row.tenant)
      if (!tenant) return undefined
      return {
        tenant,
        key: toAccessKey(row),
        isDeleted: row.deletedAt !== undefined,
        secret: secrets.get(id),
      }
    },

    unreadable: () =>
      keys
        .all()
        .filter(({ id, tenant, sealed }) => sealed && tenants.findByKey(tenant) && !secrets.get(id))
        .map(({ id }) => id),

    async create(tenant, { id = newAccessKeyId(), secret = newSecretAccessKey(), access = 'full' } = {}) {
      requireAwsApis(tenants.find(tenant.id) ?? tenant)
      checkAccessKey(id, secret)
      if (!seal) throw noSeal()
      const sealed = seal.seal(secret, id)
      const row = { id, tenant: tenant.key, sealed, access, created: nowOf(tenant), uses: 0 }
      const created = await tables.change(function* () {
        yield* requireTenant(tenant)
        checkCount(tenant, yield* table.count({ tenant: tenant.key, deletedAt: undefined }))
        if (yield* table.find({ id })) throw idTaken(id)
        return yield* table.insert(row)
      })
      return { key: toAccessKey(created), secret }
    },

    async remove(tenant, id) {
      const deleted = { deletedAt: nowOf(tenant), sealed: undefined }
      const isPresent = { id, tenant: tenant.key, deletedAt: undefined }
      return (await tables.change(() => table.update(isPresent, deleted))) !== undefined
    },

    noteUse(id, machine) {
      const tenant = tenants.findByKey(keys.get(id)?.tenant ?? 0)
      if (tenant) keys.noteUse(id, tenantNow(tenant, machine))
    },
  }
}

const noSeal = () =>
  new TenantError(
    'invalid',
    'The server has no key to encrypt access keys with. Set SCIMULATOR_SEAL_KEY to the same random text on every instance, such as the output of `openssl rand -base64 32`, and restart them.',
  )

const idTaken = (id: string) =>
  new TenantError(
    'taken',
    `${id} is already the ID of a current or deleted access key. Choose another ID: the IDs of deleted access keys cannot be reused.`,
  )

function checkCount({ id }: Tenant, count: number): void {
  if (count < maxAccessKeys) return
  throw new TenantError(
    'limit',
    `The tenant "${id}" has ${count} access keys, which is the maximum. Delete one first.`,
  )
}
