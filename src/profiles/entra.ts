import { groupType, userType } from '../scim/core-types.ts'
import type { Declarations } from '../scim/declare/declarations.ts'
import { readDeclarations } from '../scim/declare/read-declarations.ts'
import type { Reads } from '../scim/reads.ts'
import { type ResourceType, resourceType } from '../scim/resource-types.ts'
import { choicesWith } from './entra/choices.ts'
import {
  bareValue,
  elementAsList,
  emptyAsAbsent,
  emptyValueAsAbsent,
  inTurn,
  loneElement,
  numberAsText,
  packedValue,
  textAsBoolean,
  withoutValueFilters,
} from './forgiving.ts'
import type { Profile } from './profile.ts'
import { discoveryOf, plain } from './rfc.ts'
import { inFull } from './short-names.ts'

/** Microsoft's validator creates a group twice and wants a 409 (use-scim-to-provision-users-and-groups). */
const uniquelyNamedGroup = resourceType({
  ...groupType,
  schema: {
    ...groupType.schema,
    attributes: groupType.schema.attributes.map(attribute =>
      attribute.name === 'displayName' ? { ...attribute, uniqueness: 'server' as const } : attribute,
    ),
  },
})

const coreTypes = [userType, uniquelyNamedGroup]

/** All that Microsoft's provisioning service, validators and samples have been seen to send. */
const readsOf = (resourceTypes: readonly ResourceType[]): Reads => ({
  value: inTurn(
    emptyAsAbsent,
    textAsBoolean,
    numberAsText,
    loneElement,
    bareValue,
    emptyValueAsAbsent,
    packedValue,
    elementAsList,
  ),
  attributeName: inFull(resourceTypes),
  unknownAttributes: 'ignore',
  unknownPaths: 'ignore',
  unknownSchemas: 'ignore',
  schemas: 'optional',
  missingElement: 'create',
  readOnlyPaths: 'ignore',
  bareFilterValues: true,
  bracketsBeforeEq: true,
})

/** The RFCs, plus everything that Microsoft's clients ask for; with the types that a tenant declares. */
export const entraProfile = (chosen: Readonly<Record<string, string>>, declared: Declarations): Profile => {
  const choices = choicesWith(chosen)
  const resourceTypes = readDeclarations(declared, coreTypes)
  return {
    ...plain,
    name: 'entra',
    resourceTypes,
    reads: readsOf(resourceTypes),
    answers: {
      ...plain.answers,
      nestedGroups: choices.nestedGroups === 'show',
      // Microsoft's tutorial wants 204 of a group's PATCH and takes it of a user's.
      patched: () => 204,
      references: choices.references,
      ...discoveryOf(resourceTypes),
    },
    offers: { ...plain.offers, search: true },
    attributeList: withoutValueFilters,
    unknownMembers: 'keep',
    addresses: {
      aliases: { serviceconfiguration: 'ServiceProviderConfig' },
      anyCase: true,
      versionOptional: true,
      notOffered: 501,
    },
    switches: choices,
  }
}
