import { hash } from 'node:crypto'
import type { Tenant } from '../domain/tenants/tenant.ts'

// Identifiers of AWS that a tenant has. Those of an imported tenant are stored with it. Others follow from the tenant's ID, so they
// are known before the tenant is created, and stay the same in snapshots and on every instance.

/** A tenant, or the ID of one that was not imported. */
export type Owner = string | Pick<Tenant, 'id' | 'imported'>

const idOf = (owner: Owner): string => (typeof owner === 'string' ? owner : owner.id)
const instanceOf = (owner: Owner) => (typeof owner === 'string' ? undefined : owner.imported?.instance)

/** `d-` and ten digits. AWS's begin with `d-9067` in us-east-1. */
export const identityStoreId = (owner: Owner): string =>
  instanceOf(owner)?.store ?? `d-9067${digest('store', owner).slice(0, 6)}`

/** AWS's begin with `ssoins-7223` in us-east-1. */
export const instanceArn = (owner: Owner): string =>
  instanceOf(owner)?.arn ?? `arn:aws:sso:::instance/ssoins-7223${digest('instance', owner).slice(0, 12)}`

/** The AWS account that the tenant's instance of IAM Identity Center belongs to: twelve digits. */
export const accountId = (owner: Owner): string =>
  instanceOf(owner)?.account ??
  (BigInt(`0x${digest('account', owner).slice(0, 16)}`) % 10n ** 12n).toString().padStart(12, '0')

/** The issuer of the external IDs that SCIM shows and writes. */
export const issuerOf = (owner: Owner): string =>
  instanceOf(owner)?.issuer ?? `https://scim.aws.com/${idOf(owner)}`

export const permissionSetArn = (owner: Owner, id: string): string =>
  `${instanceArn(owner).replace(':instance/', ':permissionSet/')}/${id}`

const digest = (kind: string, owner: Owner): string =>
  hash('sha256', `scimulator ${kind} ${idOf(owner)}`, 'hex')

export const identityStoreArn = (account: string, store: string): string =>
  `arn:aws:identitystore::${account}:identitystore/${store}`

/** The principal of a request: an access key counts as an IAM user. */
export const principalArn = (account: string, keyId: string): string =>
  `arn:aws:iam::${account}:user/${keyId}`
