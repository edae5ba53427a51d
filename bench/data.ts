/** The same users for both servers. */
export const userNameOf = (number: number) => `user-${String(number).padStart(7, '0')}@example.com`

export const userOf = (number: number) => ({
  schemas: [
    'urn:ietf:params:scim:schemas:core:2.0:User',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  ],
  externalId: `external-${number}`,
  userName: userNameOf(number),
  name: { formatted: `Given ${number} Family`, givenName: `Given ${number}`, familyName: 'Family' },
  displayName: `Given ${number} Family`,
  title: 'Safety Inspector',
  active: true,
  emails: [{ value: userNameOf(number), type: 'work', primary: true }],
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Sector 7G' },
})

export const patchOf = (operation: unknown) =>
  JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation] })

/** The data of a server that a load uses. */
export type Seeded = {
  readonly users: readonly string[]
  /** Groups with few members, and one with many. */
  readonly smallGroups: readonly string[]
  readonly largeGroup: string
  /** Users without groups. */
  readonly outsiders: readonly string[]
}

export type Size = { readonly users: number; readonly largeGroup: number }
export const smallGroup = 10
export const smallGroupCount = 50
