import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv, hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Authors, Membership } from '../../domain/ports/directory.ts'
import type { Via } from '../../domain/ports/resources.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import type { Json, JsonObject } from '../../scim/json.ts'
import type { Resource, StoredResource } from '../../scim/resource.ts'
import { accountId, identityStoreId } from '../identifiers.ts'
import type { ApiCall } from '../operation.ts'
import { typeOf } from './context.ts'
import { enterpriseDocument, extensionName, placeOf, userAttributes, valueAt } from './updates.ts'

export const issuerOf = ({ id }: Pick<Tenant, 'id'>): string => `https://scim.aws.com/${id}`

export function toUser(
  { tenant }: ApiCall,
  stored: StoredResource,
  authors: Authors | undefined,
  extensions: readonly string[] = [],
): JsonObject {
  const resource: Resource = JSON.parse(stored.document)
  const enterprise = extensions.includes(extensionName) ? enterpriseDocument(resource) : undefined
  return {
    IdentityStoreId: identityStoreId(tenant.id),
    UserId: stored.id,
    ...externalIds(tenant, resource),
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
    IdentityStoreId: identityStoreId(tenant.id),
    GroupId: stored.id,
    ...(displayName !== undefined && { DisplayName: displayName }),
    ...(description !== undefined && { Description: description }),
    ...externalIds(tenant, resource),
    ...auditMembers(tenant, stored, authors),
  }
}

/** A membership. It never changes, so it was last changed when it was created. */
export function toGroupMembership({ tenant }: ApiCall, membership: Membership): JsonObject {
  const { group, member, at, via } = membership
  const [time, author] = [seconds(at), authorOf(tenant, via)]
  return {
    IdentityStoreId: identityStoreId(tenant.id),
    MembershipId: toMembershipId(tenant.id, membership),
    GroupId: group,
    MemberId: { UserId: member },
    CreatedAt: time,
    CreatedBy: author,
    UpdatedAt: time,
    UpdatedBy: author,
  }
}

const externalIds = (tenant: Tenant, { externalId }: Resource): { readonly ExternalIds?: Json } =>
  typeof externalId === 'string' ? { ExternalIds: [{ Issuer: issuerOf(tenant), Id: externalId }] } : {}

const auditMembers = (
  tenant: Tenant,
  { created, lastModified }: StoredResource,
  authors: Authors | undefined,
): JsonObject => ({
  CreatedAt: seconds(created),
  CreatedBy: authorOf(tenant, authors?.created),
  UpdatedAt: seconds(lastModified),
  UpdatedBy: authorOf(tenant, authors?.changed),
})

/** Seconds since 1970, with milliseconds. */
const seconds = (at: number): number => at / 1000

const authorOf = ({ id }: Tenant, via: Via | undefined): string => (via ? accountId(id) : 'SCIM')

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
 * The id of a membership, in the form of a UUID. It is not stored: it consists of what identifies the membership, encrypted
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
