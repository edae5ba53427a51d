import { enterpriseUserSchema } from '../../../scim/core-schemas.ts'
import type { Mapping } from './mapping.ts'
import { readMapping } from './read-mapping.ts'

const enterpriseUrn = enterpriseUserSchema.id

/** Entra's default mapping of a non-gallery application (Microsoft's SCIM tutorial, tables of users and groups). */
const nonGalleryMapping = {
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
      { source: '[employeeId]', target: `${enterpriseUrn}:employeeNumber` },
      { source: '[department]', target: `${enterpriseUrn}:department` },
      { source: '[manager]', target: `${enterpriseUrn}:manager`, reference: true },
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

/** IAM Identity Center accepts one phone number. */
const unsupportedByAws = ['phoneNumbers[type eq "mobile"].value', 'phoneNumbers[type eq "fax"].value']

/**
 * The gallery application "AWS IAM Identity Center" (its provisioning tutorial). Microsoft lists the target attributes;
 * those without a source in the non-gallery table are mapped from the attribute of the same name.
 */
const awsMapping = {
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

export const mappingFiles = { aws: awsMapping, nonGallery: nonGalleryMapping }

export const defaultMappings: Readonly<Record<keyof typeof mappingFiles, Mapping>> = {
  aws: readMapping(awsMapping),
  nonGallery: readMapping(nonGalleryMapping),
}
