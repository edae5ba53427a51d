import type { ResourceType } from '../../scim/resource-types.ts'
import { baseProfile, discoveryResponses } from '../base.ts'
import {
  chainNormalizers,
  elementAsList,
  emptyAsAbsent,
  emptyValueAsAbsent,
  jsonTextAsRole,
  listOfOneAsValue,
  numberAsText,
  stringAsValue,
  stripValueFilters,
  textAsBoolean,
  toFullName,
} from '../normalizers.ts'
import type { ProfileDefinition, ProfileRequests, ResponsePolicy } from '../profile.ts'
import { type Choices, entraChoices, entraFeatures, switches } from './features.ts'
import { entraRules } from './rules.ts'
import { entraTypes } from './schema.ts'

export const entra: ProfileDefinition = {
  switches,
  fixedTypes: false,
  create: (chosen, declared) => {
    const choices = entraChoices(chosen)
    const resourceTypes = entraTypes(choices, declared)
    return {
      name: 'entra',
      schema: { ...baseProfile.schema, resourceTypes },
      requests: entraRequests(resourceTypes),
      rules: entraRules,
      responses: entraResponses(choices, resourceTypes),
      features: entraFeatures,
      tokenEndpoint: { unknownScopes: 'ignore', repeatedSecret: 'accept' },
      credentials: 'any',
      switches: choices,
    }
  },
}

/** Accepts everything that Microsoft's provisioning service, validators and samples send. */
const entraRequests = (resourceTypes: readonly ResourceType[]): ProfileRequests => ({
  ...baseProfile.requests,
  normalizeValue: chainNormalizers(
    listOfOneAsValue,
    emptyAsAbsent,
    textAsBoolean,
    numberAsText,
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
  unmatchedRemoval: 'ignore',
  readOnlyPaths: 'ignore',
  unquotedFilterValues: true,
  comparisonAfterBrackets: true,
  normalizeAttributeList: stripValueFilters,
  unknownMembers: 'keep',
  addresses: {
    aliases: { serviceconfiguration: 'ServiceProviderConfig' },
    caseInsensitive: true,
    versionOptional: true,
    unsupportedStatus: 501,
  },
})

const entraResponses = (
  { nestedGroups, references }: Choices,
  types: readonly ResourceType[],
): ResponsePolicy => ({
  ...baseProfile.responses,
  nestedGroups: nestedGroups === 'show',
  // Microsoft's tutorial requires 204 for a group's PATCH and allows it for a user's.
  patched: () => 204,
  references,
  ...discoveryResponses(types),
})
