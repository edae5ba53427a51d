import { requireOtherCredentials } from '../../domain/tenants/credential.ts'
import {
  checkIssuerSettings,
  type IssuerSettings,
  maxIssuers,
  newIssuerId,
  type TrustedIssuer,
} from '../../domain/tenants/issuers.ts'
import { type Tenant, TenantError } from '../../domain/tenants/tenant.ts'

/** A row of the table `issuers`. */
export type IssuerRow = {
  readonly id: string
  readonly tenant: number
  /** By the server's clock. */
  readonly created: number
  /** JSON; parsed already in engines that do so. */
  readonly settings: string | IssuerSettings
}

const toIssuer = ({ id, tenant, created, settings }: IssuerRow): TrustedIssuer => ({
  id,
  tenant,
  created,
  settings: typeof settings === 'string' ? JSON.parse(settings) : settings,
})

/** Holds the trusted issuers of the database in memory. */
export function createIssuerRegister(tenantWithKey: (key: number) => Tenant | undefined) {
  const held = new Map<string, TrustedIssuer>()

  const find = ({ key }: Tenant, id: string): TrustedIssuer | undefined => {
    const issuer = held.get(id)
    return issuer?.tenant === key ? issuer : undefined
  }

  return {
    set: (row: IssuerRow): void => void held.set(row.id, toIssuer(row)),
    delete: (id: string): void => void held.delete(id),
    clear: (): void => held.clear(),
    find,
    list: ({ key }: Tenant): readonly TrustedIssuer[] =>
      [...held.values()].filter(({ tenant }) => tenant === key).reverse(),
    /** Those of deleted tenants are left out. */
    all: (): readonly TrustedIssuer[] => [...held.values()].filter(({ tenant }) => tenantWithKey(tenant)),
  }
}

/** The row of a new issuer. Throws `TenantError`. */
export function newIssuerRow(tenant: Tenant, settings: IssuerSettings, machine: number): IssuerRow {
  requireOtherCredentials(tenant)
  checkIssuerSettings(settings)
  return { id: newIssuerId(), tenant: tenant.key, created: machine, settings: JSON.stringify(settings) }
}

export function checkIssuerCount(tenant: Tenant, count: number): void {
  if (count < maxIssuers) return
  throw new TenantError(
    'limit',
    `The tenant "${tenant.id}" has ${count} trusted issuers, which is the maximum. Remove one first.`,
  )
}
