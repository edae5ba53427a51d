import { hash } from 'node:crypto'

// Identifiers of AWS that a tenant has. They follow from its ID, so they are known before the tenant is created, and stay
// the same in snapshots and on every instance.

/** `d-` and ten digits. AWS's begin with `d-9067` in us-east-1. */
export const identityStoreId = (tenant: string): string => `d-9067${digest('store', tenant).slice(0, 6)}`

/** AWS's begin with `ssoins-7223` in us-east-1. */
export const instanceArn = (tenant: string): string =>
  `arn:aws:sso:::instance/ssoins-7223${digest('instance', tenant).slice(0, 12)}`

/** The AWS account that the tenant's instance of IAM Identity Center belongs to: twelve digits. */
export const accountId = (tenant: string): string =>
  (BigInt(`0x${digest('account', tenant).slice(0, 16)}`) % 10n ** 12n).toString().padStart(12, '0')

const digest = (kind: string, tenant: string): string => hash('sha256', `scimulator ${kind} ${tenant}`, 'hex')

export const identityStoreArn = (account: string, store: string): string =>
  `arn:aws:identitystore::${account}:identitystore/${store}`

/** The principal of a request: an access key counts as an IAM user. */
export const principalArn = (account: string, keyId: string): string =>
  `arn:aws:iam::${account}:user/${keyId}`
