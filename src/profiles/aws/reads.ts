import { isUnassigned } from '../../scim/json.ts'
import type { Reads } from '../../scim/reads.ts'
import { type ResourceType, typeNamed } from '../../scim/resource-types.ts'
import {
  bareValue,
  elementAsList,
  emptyTypeAsAbsent,
  inTurn,
  loneElement,
  textAsBoolean,
} from '../forgiving.ts'
import { inFull } from '../short-names.ts'
import type { Choices } from './choices.ts'

/** What AWS forgives. Other empty texts than a type's stay what they are: AWS refuses them. */
export const readsWith = (choices: Choices, types: readonly ResourceType[]): Reads => ({
  value: inTurn(textAsBoolean, emptyTypeAsAbsent, loneElement, bareValue, elementAsList),
  attributeName: attributeNameWith(choices, types),
  unknownAttributes: choices.unknownAttributes,
  unknownPaths: choices.unknownAttributes,
  unknownSchemas: choices.unknownAttributes,
  schemas: 'optional',
  missingElement: 'create',
  readOnlyPaths: 'ignore',
  bareFilterValues: false,
  bracketsBeforeEq: false,
  ...(choices.legacyMembers === 'ignore' && { ignoresChange: emptiesMembers }),
})

/** Seen in April 2024: the answer is 204, and the members stay. */
export const emptiesMembers: NonNullable<Reads['ignoresChange']> = (op, { relation }, value) =>
  op === 'replace' && relation === 'members' && isUnassigned(value)

/** AWS's page on ListGroups writes `member` where its example has `members`; filters name `manager` alone. */
const attributeNameWith = ({ memberFilter }: Choices, types: readonly ResourceType[]) => {
  const fullName = inFull(types)
  return (resourceType: string, name: string): string => {
    const takesMember = memberFilter !== 'members' && holdsMembers(types, resourceType)
    return takesMember && name.toLowerCase() === 'member' ? 'members' : fullName(resourceType, name)
  }
}

const holdsMembers = (types: readonly ResourceType[], name: string) =>
  typeNamed(types, name)?.attributes.some(({ relation }) => relation === 'members') === true
