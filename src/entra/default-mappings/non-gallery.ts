const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** What Entra offers for an application of one's own (Microsoft's SCIM tutorial, tables of users and groups). */
export const nonGallery = {
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
      { source: '[employeeId]', target: `${enterprise}:employeeNumber` },
      { source: '[department]', target: `${enterprise}:department` },
      { source: '[manager]', target: `${enterprise}:manager`, reference: true },
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
