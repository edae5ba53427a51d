import type { Authors, Membership } from '../../domain/ports/directory.ts'
import type { Via } from '../../domain/ports/resources.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import type { Json, JsonObject } from '../../scim/json.ts'
import type { Resource, StoredResource } from '../../scim/resource.ts'
import { accountId, identityStoreId } from '../identifiers.ts'
import type { ApiCall } from '../operation.ts'
import { typeOf } from './context.ts'
import { enterpriseDocument, extensionName, placeOf, userAttributes, valueAt } from './documents.ts'
import { toMembershipId } from './membership-id.ts'

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
