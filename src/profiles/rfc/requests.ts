import { userType } from '../../scim/core-schemas.ts'
import { isObject, type Json } from '../../scim/json.ts'
import type { Resource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { baseProfile } from '../base.ts'
import type { OperationName, ProfileRequests } from '../profile.ts'
import type { Choices } from './features.ts'

export const rfcRequests = ({ unknownMembers, unmatchedRemoval }: Choices): ProfileRequests => ({
  ...baseProfile.requests,
  completeResource,
  unknownMembers,
  unmatchedRemoval,
})

/** RFC 7643 §4.1.2: email addresses should be canonical. Domains ignore case; local parts may be case-sensitive. */
function completeResource(type: ResourceType, _operation: OperationName, resource: Resource): Resource {
  const { emails } = resource
  if (!Array.isArray(emails) || type.schema.id !== userType.schema.id) return resource
  const next = emails.map(withLowerDomain)
  return next.every((value, at) => value === emails[at]) ? resource : { ...resource, emails: next }
}

function withLowerDomain(email: Json): Json {
  if (!isObject(email) || typeof email.value !== 'string') return email
  const at = email.value.lastIndexOf('@') + 1
  const value = at === 0 ? email.value : email.value.slice(0, at) + email.value.slice(at).toLowerCase()
  return value === email.value ? email : { ...email, value }
}
