import { groupType, userType } from '../../scim/core-schemas.ts'
import { type Declarations, readDeclarations } from '../../scim/declare/declarations.ts'
import type { RequestPolicy } from '../../scim/request-policy.ts'
import { type ResourceType, resourceType } from '../../scim/resource-types.ts'
import {
  chainNormalizers,
  elementAsList,
  emptyAsAbsent,
  emptyValueAsAbsent,
  jsonTextAsRole,
  numberAsText,
  singleElementAsValue,
  stringAsValue,
  stripValueFilters,
  textAsBoolean,
  toFullName,
} from '../base.ts'
import type { Profile } from '../profile.ts'
import { baseProfile, discoveryResponses } from '../rfc/profile.ts'
import { entraChoices } from './features.ts'

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
const requestPolicyFor = (resourceTypes: readonly ResourceType[]): RequestPolicy => ({
  normalizeValue: chainNormalizers(
    emptyAsAbsent,
    textAsBoolean,
    numberAsText,
    singleElementAsValue,
    stringAsValue,
    emptyValueAsAbsent,
    jsonTextAsRole,
    elementAsList,
  ),
  fullAttributeName: toFullName(resourceTypes),
  unknownAttributes: 'ignore',
  unknownPaths: 'ignore',
  unknownSchemas: 'ignore',
  schemas: 'optional',
  missingElement: 'create',
  readOnlyPaths: 'ignore',
  unquotedFilterValues: true,
  comparisonAfterBrackets: true,
})

/** The RFCs, plus everything that Microsoft's clients ask for; with the types that a tenant declares. */
export const entraProfile = (chosen: Readonly<Record<string, string>>, declared: Declarations): Profile => {
  const choices = entraChoices(chosen)
  const resourceTypes = readDeclarations(declared, coreTypes)
  return {
    ...baseProfile,
    name: 'entra',
    resourceTypes,
    requests: requestPolicyFor(resourceTypes),
    responses: {
      ...baseProfile.responses,
      nestedGroups: choices.nestedGroups === 'show',
      // Microsoft's tutorial wants 204 of a group's PATCH and takes it of a user's.
      patched: () => 204,
      references: choices.references,
      ...discoveryResponses(resourceTypes),
    },
    features: { ...baseProfile.features, search: true },
    normalizeAttributeList: stripValueFilters,
    unknownMembers: 'keep',
    addresses: {
      aliases: { serviceconfiguration: 'ServiceProviderConfig' },
      caseInsensitive: true,
      versionOptional: true,
      unsupportedStatus: 501,
    },
    switches: choices,
  }
}
