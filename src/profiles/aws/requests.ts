import { isUnassigned } from '../../scim/json.ts'
import type { RequestPolicy } from '../../scim/request-policy.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import {
  chainNormalizers,
  elementAsList,
  emptyTypeAsAbsent,
  singleElementAsValue,
  stringAsValue,
  textAsBoolean,
  toFullName,
} from '../base.ts'
import type { Choices } from './features.ts'

/** What AWS forgives. Other empty texts than a type's stay what they are: AWS refuses them. */
export const awsRequests = (choices: Choices, types: readonly ResourceType[]): RequestPolicy => ({
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
  readOnlyPaths: 'ignore',
  unquotedFilterValues: false,
  comparisonAfterBrackets: false,
  ...(choices.legacyMembers === 'ignore' && { ignoresChange: clearsMembers }),
})

/** Seen in April 2024: the answer is 204, and the members stay. */
export const clearsMembers: NonNullable<RequestPolicy['ignoresChange']> = (op, { relation }, value) =>
  op === 'replace' && relation === 'members' && isUnassigned(value)

/** AWS's page on ListGroups writes `member` where its example has `members`; filters name `manager` alone. */
const attributeNameWith = ({ memberFilter }: Choices, types: readonly ResourceType[]) => {
  const fullName = toFullName(types)
  return (resourceType: string, name: string): string => {
    const takesMember = memberFilter !== 'members' && hasMembers(types, resourceType)
    return takesMember && name.toLowerCase() === 'member' ? 'members' : fullName(resourceType, name)
  }
}

const hasMembers = (types: readonly ResourceType[], name: string) =>
  typeByName(types, name)?.attributes.some(({ relation }) => relation === 'members') === true
