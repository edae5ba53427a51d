import type { FoundAccessKey } from '../../domain/ports/access-keys.ts'
import { type AccessKey, maxAccessKeys } from '../../domain/tenants/access-keys.ts'
import { type Access, type Tenant, TenantError, tenantNow } from '../../domain/tenants/tenant.ts'
import type { Seal } from './seal.ts'

/** A row of the table `access_keys`. */
export type AccessKeyRow = {
  readonly id: string
  readonly tenant: number
  /** The encrypted secret; null for a deleted key. */
  readonly sealed: Buffer | null
  readonly access: Access
  readonly created: number
  readonly last_used: number | null
  readonly uses: number
  /** By the tenant's clock. */
  readonly deleted_at: number | null
}

/** The secret is decrypted once: that takes as long as verifying a signature. */
type HeldAccessKey = { key: AccessKey; readonly row: AccessKeyRow; readonly secret: string | undefined }

const toAccessKey = ({ id, tenant, access, created, last_used, uses }: AccessKeyRow): AccessKey => ({
  id,
  tenant,
  access,
  created,
  ...(last_used !== null && { lastUsed: last_used }),
  uses,
})

type RegisterOptions = {
  /** Undefined if the server has no key to encrypt secrets with. */
  readonly seal: Seal | undefined
  readonly tenantWithKey: (key: number) => Tenant | undefined
}

/** Holds the access keys of the database in memory. */
export function createAccessKeyRegister({ seal, tenantWithKey }: RegisterOptions) {
  const held = new Map<string, HeldAccessKey>()
  const secretOf = ({ id, sealed }: AccessKeyRow) => (sealed === null ? undefined : seal?.open(sealed, id))

  return {
    set: (row: AccessKeyRow): void =>
      void held.set(row.id, { key: toAccessKey(row), row, secret: secretOf(row) }),
    clear: (): void => held.clear(),
    /** The key with its uses so far. */
    key: (id: string): AccessKey | undefined => held.get(id)?.key,
    setKey(key: AccessKey): void {
      const known = held.get(key.id)
      if (known) known.key = key
    },

    list: (tenant: Tenant): readonly AccessKey[] =>
      [...held.values()]
        .filter(({ row }) => row.tenant === tenant.key && row.deleted_at === null)
        .map(({ key }) => key)
        .reverse(),

    find(id: string): FoundAccessKey | undefined {
      const known = held.get(id)
      const tenant = known && tenantWithKey(known.row.tenant)
      if (!tenant) return undefined
      return {
        tenant,
        key: known.key,
        isDeleted: known.row.deleted_at !== null,
        secret: known.secret,
      }
    },

    /** Counts a use. Returns the key. */
    noteUse(id: string, machine: number): AccessKey | undefined {
      const known = held.get(id)
      const tenant = known && tenantWithKey(known.row.tenant)
      if (!tenant) return undefined
      known.key = { ...known.key, lastUsed: tenantNow(tenant, machine), uses: known.key.uses + 1 }
      return known.key
    },

    unreadable: (): readonly string[] =>
      [...held.values()].flatMap(({ row, secret }) =>
        row.sealed !== null && tenantWithKey(row.tenant) && secret === undefined ? [row.id] : [],
      ),
  }
}

/** The row of a new access key. Throws `TenantError` without a seal. */
export function newAccessKeyRow(
  tenant: Tenant,
  { id, secret, access }: { readonly id: string; readonly secret: string; readonly access: Access },
  seal: Seal | undefined,
  machine: number,
): AccessKeyRow {
  if (!seal) {
    throw new TenantError(
      'invalid',
      'The server has no key to encrypt access keys with. Set SCIMULATOR_SEAL_KEY to the same random text on every instance, such as the output of `openssl rand -base64 32`, and restart them.',
    )
  }
  return {
    id,
    tenant: tenant.key,
    sealed: seal.seal(secret, id),
    access,
    created: tenantNow(tenant, machine),
    last_used: null,
    uses: 0,
    deleted_at: null,
  }
}

export const accessKeyTaken = (id: string): TenantError =>
  new TenantError(
    'taken',
    `${id} is already the ID of a current or deleted access key. Choose another ID: the IDs of deleted access keys cannot be reused.`,
  )

export function checkAccessKeyCount(tenant: Tenant, count: number): void {
  if (count < maxAccessKeys) return
  throw new TenantError(
    'limit',
    `The tenant "${tenant.id}" has ${count} access keys, which is the maximum. Delete one first.`,
  )
}
