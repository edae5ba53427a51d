import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv, hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Authors, Membership } from '../../domain/ports/directory.ts'
import type { Via } from '../../domain/ports/resources.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import type { Json, JsonObject } from '../../scim/json.ts'
import type { Resource, StoredResource } from '../../scim/resource.ts'
import { accountId, identityStoreId, issuerOf, type Owner } from '../identifiers.ts'
import type { ApiCall } from '../operation.ts'
import { typeOf } from './context.ts'
import { enterpriseDocument, extensionName, placeOf, userAttributes, valueAt } from './updates.ts'

export function toUser(
  { tenant }: ApiCall,
  stored: StoredResource,
  authors: Authors | undefined,
  extensions: readonly string[] = [],
): JsonObject {
  const resource: Resource = JSON.parse(stored.document)
  const enterprise = extensions.includes(extensionName) ? enterpriseDocument(resource) : undefined
  return {
    IdentityStoreId: identityStoreId(tenant),
    UserId: stored.id,
    ...externalIdMembers(tenant, resource),
    ...userAttributes(typeOf(tenant, 'User'), resource),
    UserStatus: resource.active === false ? 'DISABLED' : 'ENABLED',
    ...auditMembers(tenant, stored, authors),
    ...(enterprise !== undefined && { Extensions: { [extensionName]: enterprise } }),
  }
}

export function toGroup(
  { tenant }: ApiCall,
  stored: StoredResource,
  authors: Authors | undefined,
): JsonObject {
  const resource: Resource = JSON.parse(stored.document)
  const { displayName } = resource
  const description = valueAt(resource, placeOf(typeOf(tenant, 'Group'), ['description']))
  return {
    IdentityStoreId: identityStoreId(tenant),
    GroupId: stored.id,
    ...(displayName !== undefined && { DisplayName: displayName }),
    ...(description !== undefined && { Description: description }),
    ...externalIdMembers(tenant, resource),
    ...auditMembers(tenant, stored, authors),
  }
}

/** A membership. It never changes, so it was last changed when it was created. */
export function toGroupMembership({ tenant }: ApiCall, membership: Membership): JsonObject {
  const { group, member, at, via } = membership
  return {
    IdentityStoreId: identityStoreId(tenant),
    MembershipId: membershipIdOf(tenant, membership),
    GroupId: group,
    MemberId: { UserId: member },
    ...auditMembers(tenant, { created: at, lastModified: at, version: 1 }, { created: via, changed: via }),
  }
}

/** All external IDs in their order at AWS: SCIM changes only the one that it shows. */
export function externalIds(tenant: Tenant, resource: Resource): readonly { Issuer: string; Id: string }[] {
  const { externalId } = resource
  const current = typeof externalId === 'string' ? [{ Issuer: issuerOf(tenant), Id: externalId }] : []
  const stored = valueAt(resource, placeOf(typeOf(tenant, 'User'), ['externalIds']))
  if (!Array.isArray(stored)) return current
  const entries = stored as readonly StoredExternalId[]
  const others = entries.flatMap(({ issuer, id, scim }) => {
    if (!scim) return [{ Issuer: issuer, Id: id }]
    return typeof externalId === 'string' ? [{ Issuer: issuer, Id: externalId }] : []
  })
  return entries.some(({ scim }) => scim) ? others : [...others, ...current]
}

type StoredExternalId = { readonly issuer: string; readonly id: string; readonly scim?: boolean }

const externalIdMembers = (tenant: Tenant, resource: Resource): { readonly ExternalIds?: Json } => {
  const found = externalIds(tenant, resource)
  return found.length > 0 ? { ExternalIds: found } : {}
}

/** An import has them as they came, or none if the tool that exported the directory did not know them. */
function auditMembers(
  tenant: Tenant,
  { created, lastModified, version }: Pick<StoredResource, 'created' | 'lastModified' | 'version'>,
  authors: { readonly created?: Via | undefined; readonly changed?: Via | undefined } = {},
): JsonObject {
  const imported = authors.created?.api === 'import' && version === 1 ? authors.created : undefined
  if (imported && imported.created === undefined) return {}
  return {
    CreatedAt: seconds(created),
    CreatedBy: authorOf(tenant, authors.created),
    UpdatedAt: seconds(lastModified),
    UpdatedBy: imported?.updated ?? authorOf(tenant, authors.changed),
  }
}

/** Seconds since 1970, with milliseconds. */
const seconds = (at: number): number => at / 1000

/** `CreatedBy` and `UpdatedBy` of a change. */
export function authorOf(tenant: Owner, via: Via | undefined): string {
  if (via?.api === 'import') return via.created ?? 'SCIM'
  return via ? accountId(tenant) : 'SCIM'
}

export const membershipIdOf = (tenant: Tenant, membership: Membership): string =>
  (membership.via?.api === 'import' ? membership.via.membership : undefined) ??
  toMembershipId(tenant.id, membership)

export type MembershipParts = {
  readonly groupPrefix: string
  readonly key: number
  /** The time of joining, shortened. */
  readonly joined: number
}

const bytesOfPrefix = 6
const bytesOfNumber = 5
const modulus = 2 ** (8 * bytesOfNumber)

/**
 * The ID of a membership that was not imported, in the form of a UUID. It is not stored: it consists of what identifies the membership, encrypted
 * with a key that follows from the tenant's id. So it stays the same after a restart and in snapshots, and joining again gives
 * another.
 */
export function toMembershipId(tenant: string, { group, key, at }: Membership): string {
  const block = Buffer.alloc(16)
  block.write(group.replaceAll('-', '').slice(0, 2 * bytesOfPrefix), 'hex')
  block.writeUIntBE(key % modulus, bytesOfPrefix, bytesOfNumber)
  block.writeUIntBE(shorten(at), bytesOfPrefix + bytesOfNumber, bytesOfNumber)
  return ciphersOf(tenant)
    .cipher.update(block)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

export function readMembershipId(tenant: string, id: string): MembershipParts | undefined {
  const sealed = Buffer.from(id.replaceAll('-', ''), 'hex')
  if (sealed.length !== 16) return undefined
  const block = ciphersOf(tenant).decipher.update(sealed)
  const prefix = block.toString('hex', 0, bytesOfPrefix)
  return {
    groupPrefix: `${prefix.slice(0, 8)}-${prefix.slice(8)}`,
    key: block.readUIntBE(bytesOfPrefix, bytesOfNumber),
    joined: block.readUIntBE(bytesOfPrefix + bytesOfNumber, bytesOfNumber),
  }
}

export const isSameMembership = ({ key, at }: Membership, parts: MembershipParts): boolean =>
  key === parts.key && shorten(at) === parts.joined

/** Milliseconds modulo 34 years. */
const shorten = (at: number): number => at % modulus

/** One block, which contains no repetition, needs no chaining. So a cipher can be used for any number of blocks. */
const algorithm = 'aes-128-ecb'

type Ciphers = { readonly cipher: Cipheriv; readonly decipher: Decipheriv }

const cache = new LRUCache<string, Ciphers>({ max: 100 })

function ciphersOf(tenant: string): Ciphers {
  const known = cache.get(tenant)
  if (known) return known
  const key = hash('sha256', `scimulator membership ${tenant}`, 'buffer').subarray(0, 16)
  const ciphers = {
    cipher: createCipheriv(algorithm, key, null).setAutoPadding(false),
    decipher: createDecipheriv(algorithm, key, null).setAutoPadding(false),
  }
  cache.set(tenant, ciphers)
  return ciphers
}
