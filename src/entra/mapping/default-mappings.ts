import type { Mapping } from './mapping.ts'
import { readMapping } from './read-mapping.ts'

const enterpriseSchema = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** What Entra offers for an application of one's own (Microsoft's SCIM tutorial, tables of users and groups). */
export const nonGalleryMapping = {
  users: {
    attributes: [
      { source: '[userPrincipalName]', target: 'userName', matching: 1 },
      { source: 'Switch([IsSoftDeleted], , "False","True","True","False")', target: 'active' },
      { source: '[displayName]', target: 'displayName' },
      { source: '[jobTitle]', target: 'title' },
      { source: '[mail]', target: 'emails[type eq "work"].value' },
      { source: '[preferredLanguage]', target: 'preferredLanguage' },
      { source: '[givenName]', target: 'name.givenName' },
      { source: '[surname]', target: 'name.familyName' },
      { source: 'Join(" ", [givenName], [surname])', target: 'name.formatted' },
      { source: '[physicalDeliveryOfficeName]', target: 'addresses[type eq "work"].formatted' },
      { source: '[streetAddress]', target: 'addresses[type eq "work"].streetAddress' },
      { source: '[city]', target: 'addresses[type eq "work"].locality' },
      { source: '[state]', target: 'addresses[type eq "work"].region' },
      { source: '[postalCode]', target: 'addresses[type eq "work"].postalCode' },
      { source: '[country]', target: 'addresses[type eq "work"].country' },
      { source: '[telephoneNumber]', target: 'phoneNumbers[type eq "work"].value' },
      { source: '[mobile]', target: 'phoneNumbers[type eq "mobile"].value' },
      { source: '[facsimileTelephoneNumber]', target: 'phoneNumbers[type eq "fax"].value' },
      { source: '[mailNickname]', target: 'externalId' },
      { source: '[employeeId]', target: `${enterpriseSchema}:employeeNumber` },
      { source: '[department]', target: `${enterpriseSchema}:department` },
      { source: '[manager]', target: `${enterpriseSchema}:manager`, reference: true },
    ],
  },
  groups: {
    attributes: [
      { source: '[displayName]', target: 'displayName', matching: 1 },
      { source: '[objectId]', target: 'externalId' },
      { source: '[members]', target: 'members', reference: true },
    ],
  },
}

const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** IAM Identity Center takes one phone number. */
const unsupportedByAws = ['phoneNumbers[type eq "mobile"].value', 'phoneNumbers[type eq "fax"].value']

/**
 * The gallery application "AWS IAM Identity Center" (its provisioning tutorial). Microsoft lists the targets; where the
 * table for applications of one's own has no source for one, it is the attribute of that name.
 */
export const awsMapping = {
  users: {
    attributes: [
      ...nonGalleryMapping.users.attributes.filter(({ target }) => !unsupportedByAws.includes(target)),
      { source: '[locale]', target: 'locale' },
      { source: '[timezone]', target: 'timezone' },
      { source: '[division]', target: `${enterpriseUrn}:division` },
      { source: '[costCenter]', target: `${enterpriseUrn}:costCenter` },
      { source: '[companyName]', target: `${enterpriseUrn}:organization` },
    ],
  },
  groups: nonGalleryMapping.groups,
}

/** The mappings that Entra brings along, as mapping files have them: a start for one's own. */
export const mappingFiles = { aws: awsMapping, nonGallery: nonGalleryMapping }

export const defaultMappings: Readonly<Record<keyof typeof mappingFiles, Mapping>> = {
  aws: readMapping(awsMapping),
  nonGallery: readMapping(nonGalleryMapping),
}
