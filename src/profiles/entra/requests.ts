import type { ResourceType } from '../../scim/resource-types.ts'
import { baseProfile } from '../base.ts'
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
import type { ProfileRequests } from '../profile.ts'

/** Accepts everything that Microsoft's provisioning service, validators and samples send. */
export const entraRequests = (resourceTypes: readonly ResourceType[]): ProfileRequests => ({
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
