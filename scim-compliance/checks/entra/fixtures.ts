import type { SupportedAttribute } from '../../check.ts'
import { skip } from '../../expect.ts'
import { enterpriseUrn, type Json, type JsonObject } from '../../scim.ts'
import type { Expect, Scene } from '../forms.ts'
import { isPlainText } from '../steps/attributes.ts'
import { sampleUser } from '../steps/users-and-groups.ts'

/** A user with the attributes of the default mapping, and with others. */
export const mappedUser =
  (more: JsonObject = {}) =>
  ({ context }: Scene): JsonObject => ({ ...sampleUser(context), ...more })

/** Entra doesn’t follow Location. */
export const answersTheId: Expect = { holds: { 'an id': ({ body }) => typeof body.id === 'string' } }

/** A text in an extension of the server's own, by its path and in a body; skips if it has none. */
export function ownText({ context: { users }, mark }: Scene) {
  const isOwn = (one: SupportedAttribute) =>
    isPlainText(one) && one.mutability === 'readWrite' && one.returned === 'default'
  for (const { schema, attributes } of users.extensions) {
    const name = schema === enterpriseUrn ? undefined : attributes.find(isOwn)?.name
    if (name !== undefined) return { path: `${schema}:${name}`, body: { [schema]: { [name]: mark } } }
  }
  return skip('The server’s users have no extension other than the enterprise one.')
}

export const workAddress = {
  type: 'work',
  formatted: 'Pier 4',
  streetAddress: '4 Harbour Road',
  locality: 'Leith',
  region: 'Lothian',
  postalCode: 'EH6 7DN',
  country: 'United Kingdom',
}

/** The attributes of Entra's default mapping that sample users don't have. */
export const mappedBody: JsonObject = {
  title: 'Dispatcher',
  preferredLanguage: 'en-GB',
  name: { formatted: 'Mira Holt', familyName: 'Holt', givenName: 'Mira' },
  addresses: [workAddress],
  phoneNumbers: [{ type: 'work', value: '+44 131 496 0100' }],
  [enterpriseUrn]: { employeeNumber: '700137', department: 'Freight' },
}

const { type: _, ...placed } = workAddress

/** The same by the paths of the mapping. */
export const mappedValues: Readonly<Record<string, Json>> = {
  title: 'Dispatcher',
  preferredLanguage: 'en-GB',
  'name.formatted': 'Mira Holt',
  ...Object.fromEntries(
    Object.entries(placed).map(([name, value]) => [`addresses[type eq "work"].${name}`, value]),
  ),
  'phoneNumbers[type eq "work"].value': '+44 131 496 0100',
  [`${enterpriseUrn}:employeeNumber`]: '700137',
  [`${enterpriseUrn}:department`]: 'Freight',
}
