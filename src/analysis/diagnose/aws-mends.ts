import { inConnection, inGroupMapping, inScope, inUserMapping } from './entra-pages.ts'

const withoutFlag = inConnection('take ?aadOptscim062020 out of the Tenant URL.')
const notEntra = 'Entra doesn’t send this; correct the client that does.'

/** For what no page of Entra helps against. */
export const otherMend =
  'Correct the client, or the value in the directory; the answer says which attribute it is about.'

/** What to change so that AWS takes the request, by the id of the rule. */
export const awsMends: Readonly<Record<string, string>> = {
  'aws/required-attributes': inUserMapping(
    'map userName, displayName, name.givenName and name.familyName, and give those that may be empty something else to fall back on: IIF(IsPresent([surname]), [surname], "-").',
  ),
  'aws/no-empty-text': inUserMapping(
    'let the expression give something or nothing, such as IgnoreFlowIfNullOrEmpty([jobTitle]), instead of an empty text.',
  ),
  'aws/text-length': inUserMapping('shorten the value: Mid([jobTitle], 1, 1024).'),
  'aws/text-characters': inUserMapping(
    'take white space out of userName and externalId with StripSpaces([userPrincipalName]); other characters with Replace.',
  ),
  'aws/one-value-per-list': inUserMapping(
    'keep one mapping each to emails, phoneNumbers, addresses and roles, those of type "work", and delete phoneNumbers[type eq "mobile"].value and phoneNumbers[type eq "fax"].value.',
  ),
  'aws/email-is-primary': inUserMapping(
    'map emails[type eq "work"].value, which Entra sends as the primary one, and no other email.',
  ),
  'aws/reserved-names': 'Give the user or group another name in the directory.',
  'aws/no-role-display': inUserMapping(
    'map roles[primary eq "True"].value to SingleAppRoleAssignment([appRoleAssignments]), which sends no display.',
  ),
  'aws/put-repeats-the-id': notEntra,
  'aws/no-groups-on-create': inUserMapping(
    'delete the mapping to groups. Memberships are written with the groups.',
  ),
  'aws/at-most-100-members-on-create': notEntra,
  'aws/no-nested-groups': inScope('assign the inner groups themselves instead of the group that holds them.'),
  'aws/no-special-characters': inUserMapping(
    'take the characters out: Replace([displayName], ":", , , "-"). Or correct the names in the directory.',
  ),
  'aws/no-line-breaks': inUserMapping(
    'take tabs and line breaks out of the value with Replace, or correct it in the directory.',
  ),
  'aws/no-unsupported-attributes': inUserMapping('delete the mappings to these attributes.'),
  'aws/no-patch-of-unsupported-attributes': inUserMapping('delete the mappings to these attributes.'),
  'aws/patch-op': notEntra,
  'aws/remove-needs-a-path': notEntra,
  'aws/add-and-replace-need-a-value': notEntra,
  'aws/pathless-changes-one-attribute': withoutFlag,
  'aws/attributes-that-patch-changes': inUserMapping(
    'delete the mapping to roles, or let it apply “Only during object creation”.',
  ),
  'aws/no-removing-user-name-and-active': inUserMapping(
    'map userName and active so that they are never empty.',
  ),
  'aws/one-change-of-user-name-and-active': inUserMapping('keep one mapping each to userName and active.'),
  'aws/eq-only-in-paths': inUserMapping('write targets with eq, such as emails[type eq "work"].value.'),
  'aws/no-removing-required-attributes': inUserMapping(
    'give name.givenName, name.familyName and displayName something to fall back on, so that they are never emptied.',
  ),
  'aws/at-most-100-membership-changes': notEntra,
  'aws/no-replacing-members': notEntra,
  'aws/no-removing-all-members': notEntra,
  'aws/members-replaced-by-nobody': notEntra,
  'aws/no-filtered-member-path': withoutFlag,
  'aws/no-replacing-groups': notEntra,
  'aws/filters': `${inUserMapping('match by userName or externalId')} and ${inGroupMapping('by displayName or externalId.')}`,
  'aws/cursor-characters': notEntra,
  'aws/count-in-range': notEntra,
  'aws/count-within-page': notEntra,
  'aws/no-empty-cursor-with-filter': notEntra,
  'aws/no-id-with-members-value': notEntra,
  'aws/no-unsupported-parameters':
    'Entra asks for groups without their members, and nothing changes that. AWS is taken to ignore the parameter: see the tenant’s switch unsupportedParameters.',
  'aws/filter-says-member': notEntra,
}
