export const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group'
export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
export const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'
export const listUrn = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'

type Values = Readonly<Record<string, unknown>>

/** A user that all profiles accept, with the given values. */
export const aUser = (userName: string, values: Values = {}): Values => ({
  schemas: [userUrn],
  userName,
  name: { givenName: 'Marge', familyName: 'Simpson' },
  displayName: 'Marge Simpson',
  active: true,
  ...values,
})

export const aGroup = (
  displayName: string,
  members: readonly string[] = [],
  values: Values = {},
): Values => ({
  schemas: [groupUrn],
  displayName,
  ...(members.length > 0 && { members: members.map(value => ({ value })) }),
  ...values,
})
