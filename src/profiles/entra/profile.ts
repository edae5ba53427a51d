import { groupType, groupTypeWithSentDisplays, userType } from '../../scim/core-schemas.ts'
import { type Declarations, readDeclarations } from '../../scim/declare/declarations.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { baseProfile, discoveryResponses, noRules, uniquelyNamed } from '../base.ts'
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
import type { Features, ProfileDefinition, ProfileRequests, ResponsePolicy } from '../profile.ts'
import {
  type ChoicesFrom,
  memberDisplayChoice,
  nestedGroupsChoice,
  referencesChoice,
  resolveChoices,
  toSwitches,
} from '../switches.ts'

/** Choices that Microsoft's documentation leaves open, and on which clients differ. */
const choices = {
  nestedGroups: nestedGroupsChoice,
  // Entra sends none, so a display that follows the member's name is more useful to the clients that read groups.
  memberDisplay: { ...memberDisplayChoice, values: ['user', 'sent'] },
  references: referencesChoice,
} as const

type Choices = ChoicesFrom<typeof choices>

const switches = toSwitches(choices)

const entraChoices = (chosen: Readonly<Record<string, string>>): Choices => resolveChoices(choices, chosen)

const entraFeatures: Features = { ...baseProfile.features, search: true }

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

const entraRules = noRules

/** Microsoft's validator creates a group twice and expects a 409 (use-scim-to-provision-users-and-groups). */
const coreTypes: Readonly<Record<Choices['memberDisplay'], readonly ResourceType[]>> = {
  user: [userType, uniquelyNamed(groupType)],
  sent: [userType, uniquelyNamed(groupTypeWithSentDisplays)],
}

/** The core types and the types that a tenant declares. Throws a DeclarationError. */
const entraTypes = ({ memberDisplay }: Choices, declared: Declarations): readonly ResourceType[] =>
  readDeclarations(declared, coreTypes[memberDisplay])
