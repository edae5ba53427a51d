import type { Json, JsonObject } from '../../json.ts'
import { enterpriseUrn } from '../../urns.ts'

export const workAddress = {
  type: 'work',
  formatted: 'Pier 4',
  streetAddress: '4 Harbour Road',
  locality: 'Leith',
  region: 'Lothian',
  postalCode: 'EH6 7DN',
  country: 'United Kingdom',
}

/** What Entra's default mapping has besides what everybody is made with. */
export const mappedBody: JsonObject = {
  title: 'Dispatcher',
  preferredLanguage: 'en-GB',
  name: { formatted: 'Mira Holt', familyName: 'Holt', givenName: 'Mira' },
  addresses: [workAddress],
  phoneNumbers: [{ type: 'work', value: '+44 131 496 0100' }],
  [enterpriseUrn]: { employeeNumber: '700137', department: 'Freight' },
}

/** The same, by the paths of the mapping. */
export const mappedValues: Readonly<Record<string, Json>> = {
  externalId: 'mira',
  title: 'Dispatcher',
  preferredLanguage: 'en-GB',
  'name.formatted': 'Mira Holt',
  'addresses[type eq "work"].formatted': 'Pier 4',
  'addresses[type eq "work"].streetAddress': '4 Harbour Road',
  'addresses[type eq "work"].locality': 'Leith',
  'addresses[type eq "work"].region': 'Lothian',
  'addresses[type eq "work"].postalCode': 'EH6 7DN',
  'addresses[type eq "work"].country': 'United Kingdom',
  'phoneNumbers[type eq "work"].value': '+44 131 496 0100',
  [`${enterpriseUrn}:employeeNumber`]: '700137',
  [`${enterpriseUrn}:department`]: 'Freight',
}
