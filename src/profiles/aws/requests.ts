import type { Attribute } from '../../scim/attribute.ts'
import { isObject, isUnassigned, type Json } from '../../scim/json.ts'
import type { RequestPolicy } from '../../scim/request-policy.ts'
import type { Resource } from '../../scim/resource.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import {
  chainNormalizers,
  elementAsList,
  emptyTypeAsAbsent,
  singleElementAsValue,
  stringAsValue,
  textAsBoolean,
  toFullName,
} from '../normalizers.ts'
import type { OperationName, ProfileRequests } from '../profile.ts'
import { type Choices, limits } from './features.ts'

/** Accepts what AWS accepts. Empty strings other than a `type` are kept, so that the rules reject them as AWS does. */
export const awsRequests = (choices: Choices, types: readonly ResourceType[]): ProfileRequests => ({
  normalizeValue: chainNormalizers(
    textAsBoolean,
    emptyTypeAsAbsent,
    singleElementAsValue,
    stringAsValue,
    elementAsList,
  ),
  fullAttributeName: attributeNameWith(choices, types),
  unknownAttributes: choices.unknownAttributes,
  unknownPaths: choices.unknownAttributes,
  unknownSchemas: choices.unknownAttributes,
  schemas: 'optional',
  missingElement: 'create',
  unmatchedRemoval: 'ignore',
  ...(choices.untypedEmail === 'replace' && { typesUntyped: isEmails }),
  readOnlyPaths: 'ignore',
  unquotedFilterValues: false,
  comparisonAfterBrackets: false,
  limits,
  addresses: { aliases: {}, caseInsensitive: false, versionOptional: false, unsupportedStatus: 404 },
  completeResource,
  unknownMembers: choices.unknownMembers,
  unknownMemberInFilter: 'not-found',
  ...(choices.legacyMembers === 'ignore' && { ignoresChange: clearsMembers }),
})

const isEmails = ({ name }: Attribute) => name === 'emails'

/** Observed in April 2024: the response is 204, and the members stay. */
export const clearsMembers: NonNullable<RequestPolicy['ignoresChange']> = (op, { relation }, value) =>
  op === 'replace' && relation === 'members' && isUnassigned(value)

/** AWS's page on ListGroups lists `member`, but its example has `members`. Filters have `manager` without its URN. */
const attributeNameWith = ({ memberFilter }: Choices, types: readonly ResourceType[]) => {
  const fullName = toFullName(types)
  return (resourceType: string, name: string): string => {
    const acceptsMember = memberFilter !== 'members' && hasMembers(types, resourceType)
    return acceptsMember && name.toLowerCase() === 'member' ? 'members' : fullName(resourceType, name)
  }
}

const hasMembers = (types: readonly ResourceType[], name: string) =>
  typeByName(types, name)?.attributes.some(({ relation }) => relation === 'members') === true

/** The only email address after a PATCH becomes primary, as in PatchUser's sample. */
function completeResource(_type: ResourceType, operation: OperationName, resource: Resource): Resource {
  const [email, ...others] = Array.isArray(resource.emails) ? (resource.emails as readonly Json[]) : []
  if (operation !== 'patch' || others.length > 0 || !isObject(email) || email.primary !== undefined) {
    return resource
  }
  return { ...resource, emails: [{ ...email, primary: true }] }
}
