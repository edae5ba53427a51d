import { randomBytes, randomInt } from 'node:crypto'
import { type Access, type Tenant, TenantError } from './tenant.ts'

/** Contains no secret. Times are the tenant's. */
export type AccessKey = {
  readonly id: string
  readonly tenant: number
  readonly access: Access
  readonly created: number
  readonly lastUsed?: number
  readonly uses: number
}

/** AWS allows an IAM user two access keys, so that one can be replaced without a gap. */
export const maxAccessKeys = 2

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** As long as AWS's, `AKIA…`, with a prefix that scanners for leaked keys of AWS do not report. */
export const newAccessKeyId = (): string =>
  `SCIM${Array.from({ length: 16 }, () => base32.charAt(randomInt(base32.length))).join('')}`

/** 40 characters, as AWS's. */
export const newSecretAccessKey = (): string => randomBytes(30).toString('base64')

/** Throws `TenantError` for an ID or a secret that clients could not use, or that is too easy to guess. */
export function checkAccessKey(id: string, secret: string): void {
  if (!/^[A-Za-z0-9_]{4,128}$/.test(id)) {
    throw new TenantError(
      'invalid',
      'An access key ID must have 4 to 128 characters: ASCII letters, digits and "_".',
    )
  }
  if (!/^[\x21-\x7e]{8,256}$/.test(secret)) {
    throw new TenantError(
      'invalid',
      'A secret access key must have 8 to 256 characters: ASCII letters, digits and punctuation, without spaces.',
    )
  }
}

/** An access key written as `id:secret`. Throws `TenantError`. */
export function readAccessKey(text: string): { readonly id: string; readonly secret: string } {
  const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(text) ?? []
  if (id === '' || secret === '') {
    throw new TenantError('invalid', 'An access key must be an ID and a secret, separated by a colon.')
  }
  checkAccessKey(id, secret)
  return { id, secret }
}

/** Throws `TenantError` if the tenant's profile has no AWS APIs. */
export function requireAwsApis({ id, profile }: Tenant): void {
  if (profile.awsApis) return
  throw new TenantError(
    'invalid',
    `The tenant "${id}" has the profile ${profile.name}, which has no AWS APIs. Access keys are for tenants with the profile aws.`,
  )
}

/** Options for a new access key. `id` and `secret` are for tests and CI; `access` is full by default. */
export type AccessKeyOptions = {
  readonly id?: string | undefined
  readonly secret?: string | undefined
  readonly access?: Access | undefined
}

export type IssuedAccessKey = { readonly key: AccessKey; readonly secret: string }

/** `secret` is undefined for a deleted key, and if it was sealed with another key than the present one. */
export type FoundAccessKey = {
  readonly tenant: Tenant
  readonly key: AccessKey
  readonly isDeleted: boolean
  readonly secret: string | undefined
}

/**
 * The access keys of tenants for the AWS APIs. All are held in memory; changes are on disk, and known to all instances over
 * the database, before they are acknowledged. Secrets are stored encrypted.
 */
export interface AccessKeyStore {
  /** Keys that aren't deleted, newest first. */
  list(tenant: Tenant): readonly AccessKey[]
  /**
   * Throws `TenantError` if the tenant's profile has no AWS APIs, if the tenant has the maximum number of keys, if the ID is or
   * was a key, or if the server has no key to encrypt secrets with.
   */
  create(tenant: Tenant, options?: AccessKeyOptions): Promise<IssuedAccessKey>
  remove(tenant: Tenant, id: string): Promise<boolean>
  /** The key with this ID, also a deleted one. Counts no use. */
  find(id: string): FoundAccessKey | undefined
  noteUse(id: string, machine: number): void
  unreadable(): readonly string[]
}
