export const userNameOf = (number: number) => `user-${String(number).padStart(7, '0')}@example.com`

const familyNames = [
  ...['Abbott', 'Becker', 'Castro', 'Dupont', 'Eriksson', 'Fox', 'Garcia', 'Hoffman', 'Ivanov', 'Jensen'],
  ...['Kowalski', 'Larsen', 'Moreau', 'Nakamura', 'Okafor', 'Peterson', 'Quinn', 'Rossi', 'Silva', 'Tanaka'],
]

/** The same users for all servers, with the attributes that Entra ID provisions, as long as it sends them: about 1.3 KB each. */
export function userOf(number: number) {
  const givenName = `Given ${number}`
  const familyName = spread(familyNames, number)
  const formatted = `${givenName} ${familyName}`
  return {
    schemas: [
      'urn:ietf:params:scim:schemas:core:2.0:User',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
    ],
    externalId: `external-${number}`,
    userName: userNameOf(number),
    name: { formatted, givenName, familyName, middleName: 'Montgomery', honorificPrefix: 'Dr.' },
    displayName: formatted,
    nickName: givenName,
    title: 'Senior Safety Inspector, Reactor Operations and Emergency Response',
    profileUrl: `https://people.springfield-nuclear.example.com/profiles/${number}`,
    userType: 'Employee',
    preferredLanguage: 'en-US',
    locale: 'en-US',
    timezone: 'America/Chicago',
    active: true,
    emails: [{ value: userNameOf(number), type: 'work', primary: true }],
    phoneNumbers: [{ value: '+1 555 0100', type: 'work', primary: true }],
    addresses: [
      {
        formatted: '742 Evergreen Terrace, Springfield, OR 97477',
        streetAddress: '742 Evergreen Terrace',
        locality: 'Springfield',
        region: 'OR',
        postalCode: '97477',
        country: 'US',
        type: 'work',
        primary: true,
      },
    ],
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
      employeeNumber: String(number),
      costCenter: '4130',
      organization: 'Springfield Nuclear Power Plant',
      division: 'Operations, Maintenance and Radiation Protection',
      department: 'Sector 7G',
    },
  }
}

export const groupOf = (displayName: string, members?: readonly string[]) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  displayName,
  ...(members && { members: members.map(value => ({ value })) }),
})

/** The number of the first user that a load creates, so that loads never create the same user. */
let created = 10_000_000

export const newUser = () => userOf(created++)

export const patchOf = (operation: unknown) =>
  JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation] })

/** The data of a server that a load uses. */
export type Seeded = {
  readonly users: readonly string[]
  /** Groups with few members, and one with half of the users. */
  readonly smallGroups: readonly string[]
  readonly largeGroup: string
  /** Users without groups. */
  readonly outsiders: readonly string[]
}

export const largeGroupOf = (users: readonly string[]) => users.slice(0, users.length >> 1)
export const outsidersOf = (users: readonly string[]) => users.slice(users.length >> 1)
export const smallGroup = 10
export const smallGroupCount = 50

// A stride that is prime to the number of items spreads consecutive requests over the tables.
export const spread = <Item>(items: readonly Item[], at: number): Item =>
  items[(at * 7919) % items.length] as Item
