import type { Check, CheckContext, ScimResponse, SupportedType } from '../../check.ts'
import { expectEqual, expectError, expectThat, jsonObject, listedResources } from '../../expect.ts'
import { requireAttributes } from '../steps/attributes.ts'
import { notProvisioned, shownWrong } from '../steps/client-areas.ts'
import { expectEventually, expectTotal } from '../steps/lists.ts'
import { expectPatched } from '../steps/patches.ts'
import { createUser, expectFound, findsOnly, sentName, uniqueAddress } from '../steps/users-and-groups.ts'
import { connectionCheck, excessBlame, importCheck, lookUpCheck, sources } from './areas.ts'
import { oktaHeaders, oktaSearch, oktaSearchFor, setActive } from './requests.ts'

const pagePath = ({ endpoint }: SupportedType, startIndex: number, count: number): string =>
  `${endpoint}?startIndex=${startIndex}&count=${count}`

const page = ({ get, users }: CheckContext, startIndex: number, count: number): Promise<ScimResponse> =>
  get(pagePath(users, startIndex, count), oktaHeaders)

/** Expects an empty list, or 404 with a SCIM error. */
export async function expectNothing(context: CheckContext, path: string): Promise<void> {
  const response = await context.get(path, oktaHeaders)
  if (response.status === 404) return expectError(response, 404)
  const { length } = listedResources(response)
  expectThat(length === 0, 'no resources', `${length} resources`, response, 'excess')
}

export const connectionChecks: readonly Check[] = [
  connectionCheck('users', 'MUST', sources.reference, {
    description: 'GET /Users?startIndex=1&count=2 returns a list of at most 2 users.',
    rationale: 'Okta sends it for Test API Credentials, and when the settings are saved.',
    remedy: 'Support startIndex and count, and return no more resources than count.',
    leadsTo: 'Test API Credentials fails, and provisioning can’t be turned on.',
    run: async context => {
      const response = await page(context, 1, 2)
      const { length } = listedResources(response)
      expectThat(length <= 2, 'at most 2 users', `${length} users`, response)
    },
  }),
  connectionCheck('groups', 'practice', sources.captures, {
    description: 'GET /Groups?startIndex=1&count=100 returns a list of groups.',
    rationale: 'Okta sends it after the list of users.',
    remedy: 'Support startIndex and count for groups, and accept a count of 100.',
    needs: ['groups'],
    leadsTo: 'Test API Credentials fails, and provisioning can’t be turned on.',
    run: async context => {
      listedResources(await context.get(pagePath(context.groups, 1, 100), oktaHeaders))
    },
  }),
  connectionCheck('numbers', 'MUST', sources.reference, {
    description: 'totalResults, startIndex and itemsPerPage are JSON numbers.',
    rationale: 'Okta reads them as integers.',
    remedy: 'Write 2 instead of "2".',
    unconverted: 'totals',
    leadsTo: 'Lists can’t be read, so Test API Credentials and imports fail.',
    run: async context => {
      const response = await page(context, 1, 2)
      listedResources(response)
      const { totalResults, startIndex, itemsPerPage } = jsonObject(response)
      expectThat(typeof totalResults === 'number', 'totalResults as a number', totalResults, response)
      // Both can be absent from a complete list (RFC 7644 §3.4.2).
      for (const [name, value = 1] of Object.entries({ startIndex, itemsPerPage }))
        expectThat(typeof value === 'number', `${name} as a number`, value, response)
    },
  }),
  lookUpCheck('by-user-name', 'MUST', sources.reference, {
    description: 'A search by userName with startIndex=1 and count=100 returns only that user.',
    rationale: 'Okta searches before each create, and links the user that it finds.',
    remedy:
      'Support userName eq in filters, decode %20, %22 and %40, and apply the filter before startIndex and count.',
    leadsTo: 'Existing users are not found: Okta creates them again, and gets a 409 or creates a duplicate.',
    blame: excessBlame('users'),
    run: findsOnly('users', oktaSearchFor, undefined, oktaHeaders),
  }),
  lookUpCheck('nobody', 'MUST', sources.reference, {
    description: 'A search for an unknown userName returns an empty list, or 404 with a SCIM error.',
    rationale: 'Okta creates a user if the search finds none, and accepts both responses.',
    remedy: 'Return 200 with totalResults 0.',
    leadsTo: notProvisioned('No user is created, because the search before the create fails.'),
    blame: excessBlame('users'),
    after: ['okta/look-up/by-user-name'],
    run: async context => {
      await createUser(context)
      await expectNothing(context, oktaSearch(context.users, `userName eq "${uniqueAddress(context)}"`))
    },
  }),
  lookUpCheck('keeps-case', 'practice', sources.userNameCase, {
    description: 'A search returns userName in the case in which it was sent.',
    rationale: 'Okta compares the userName that it gets with its own.',
    remedy: 'Store userName as sent, and ignore case only for comparisons.',
    after: ['okta/look-up/by-user-name', 'okta/create/keeps-user-name-case'],
    leadsTo: shownWrong('Users whose name has capital letters look different from those in Okta.'),
    run: async context => {
      const user = await createUser(context, { userName: `Nell.${uniqueAddress(context)}` })
      const [found] = await expectFound(context, oktaSearchFor(user, context), [user.id], oktaHeaders)
      expectEqual(found?.userName, sentName(user), 'userName')
    },
  }),
  lookUpCheck('deactivated', 'MUST', sources.reference, {
    description: 'A search by userName returns deactivated users, with active false.',
    rationale: 'Okta searches for a user that is assigned again before it activates the user.',
    remedy: 'Return deactivated users in searches.',
    after: ['okta/look-up/by-user-name', 'okta/deactivate/active-false'],
    needs: ['write', 'users', 'patch'],
    leadsTo: 'Users that are assigned again aren’t found: Okta creates them, and gets a 409 or a duplicate.',
    run: async context => {
      requireAttributes(context.users, 'active')
      const user = await createUser(context)
      await expectPatched(context, user.path, setActive(false))
      const [found] = await expectFound(context, oktaSearchFor(user, context), [user.id], oktaHeaders)
      expectEqual(found?.active, false, 'active')
    },
  }),
]

/** Three users make two pages of two, whatever else the server has. */
async function createUsers(context: CheckContext): Promise<void> {
  for (let created = 0; created < 3; created += 1) await createUser(context)
}

type Ids = readonly unknown[]

/** Compares the first page with the one that starts here, at once: other checks create and delete users meanwhile. */
const comparesPages =
  (start: number, what: string, isRight: (first: Ids, other: Ids) => boolean): Check['run'] =>
  async context => {
    await createUsers(context)
    const idsOf = (response: ScimResponse): Ids => listedResources(response).map(({ id }) => id)
    let other: ScimResponse | undefined
    const fits = await context.eventually(async () => {
      const first = idsOf(await page(context, 1, 2))
      other = await page(context, start, 2)
      return isRight(first, idsOf(other))
    })
    expectThat(fits, what, other && idsOf(other), other)
  }

const cut =
  'An import sees the first page only: Okta takes the other users for missing, and creates them again.'

export const importChecks: readonly Check[] = [
  importCheck('total-of-all', 'MUST', sources.reference, {
    description: 'totalResults is the number of all users, not of those on the page.',
    rationale: 'Okta requests pages of 100 until it has totalResults users.',
    remedy: 'Count all users that match, whatever startIndex and count are.',
    leadsTo: cut,
    run: async context => {
      await createUsers(context)
      await expectEventually(context, async () => expectTotal(await page(context, 1, 2), 3))
    },
  }),
  importCheck('next-page', 'MUST', sources.reference, {
    description: 'The page after the first has other users.',
    rationale: 'Okta requests startIndex=1, 101, 201 and so on.',
    remedy: 'Begin the page at startIndex, which counts from 1.',
    leadsTo: cut,
    run: comparesPages(3, 'other users than on the page before', (first, second) => {
      const areFilled = first.length === 2 && second.length > 0
      return areFilled && !second.some(id => first.includes(id))
    }),
  }),
  importCheck('stable-order', 'MUST', sources.reference, {
    description: 'A page that is requested again has the same users in the same order.',
    rationale: 'If the order changes between two pages, users are read twice or not at all.',
    remedy: 'Sort lists by a unique attribute.',
    leadsTo: 'Imports miss users, and Okta creates them again.',
    run: comparesPages(1, 'the same users in the same order', (one, other) => one.join() === other.join()),
  }),
  importCheck('hundred', 'MUST', sources.reference, {
    description: 'A page of 100 users is accepted.',
    rationale: 'Okta always requests 100, and this can’t be changed.',
    remedy: 'Accept a count of 100, and return fewer if necessary.',
    leadsTo: 'Imports fail, and existing users aren’t matched.',
    request: ({ context: { users } }) => ({ get: pagePath(users, 1, 100), headers: oktaHeaders }),
    expect: { status: [200] },
  }),
]
