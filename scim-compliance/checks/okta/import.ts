import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectStatus, expectThat, jsonObject, listedResources } from '../../expect.ts'
import { createUser } from '../steps/users-and-groups.ts'
import { importCheck, sources } from './areas.ts'
import { expectNumbers } from './connection.ts'
import { oktaHeaders } from './requests.ts'

const page = ({ get, users }: CheckContext, startIndex: number, count: number): Promise<ScimResponse> =>
  get(`${users.endpoint}?startIndex=${startIndex}&count=${count}`, oktaHeaders)

const idsOf = (response: ScimResponse): readonly unknown[] => listedResources(response).map(({ id }) => id)

/** Three users make two pages of two, whatever else the server has. */
async function createUsers(context: CheckContext): Promise<void> {
  for (let created = 0; created < 3; created += 1) await createUser(context)
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
      const response = await page(context, 1, 2)
      expectNumbers(response)
      const { totalResults } = jsonObject(response)
      const shown = listedResources(response).length
      expectThat(
        typeof totalResults === 'number' && totalResults >= 3,
        'totalResults of at least 3',
        { totalResults: totalResults ?? null, onThePage: shown },
        response,
      )
    },
  }),
  importCheck('next-page', 'MUST', sources.reference, {
    description: 'The page after the first has other users.',
    rationale: 'Okta requests startIndex=1, 101, 201 and so on.',
    remedy: 'Begin the page at startIndex, which counts from 1.',
    leadsTo: cut,
    run: async context => {
      await createUsers(context)
      // Other checks create and delete users meanwhile: a page is compared with the one before it at once.
      let second: ScimResponse | undefined
      const isDisjoint = await context.eventually(async () => {
        const first = new Set(idsOf(await page(context, 1, 2)))
        second = await page(context, 3, 2)
        const ids = idsOf(second)
        return first.size === 2 && ids.length > 0 && ids.every(id => !first.has(id))
      })
      expectThat(isDisjoint, 'other users than on the page before', second && idsOf(second), second)
    },
  }),
  importCheck('stable-order', 'MUST', sources.reference, {
    description: 'A page that is requested again has the same users in the same order.',
    rationale: 'If the order changes between two pages, users are read twice or not at all.',
    remedy: 'Sort lists by a unique attribute.',
    leadsTo: 'Imports miss users, and Okta creates them again.',
    run: async context => {
      await createUsers(context)
      let again: ScimResponse | undefined
      const isSame = await context.eventually(async () => {
        const first = idsOf(await page(context, 1, 2)).join()
        again = await page(context, 1, 2)
        return idsOf(again).join() === first
      })
      expectThat(isSame, 'the same users in the same order', again && idsOf(again), again)
    },
  }),
  importCheck('hundred', 'MUST', sources.reference, {
    description: 'A page of 100 users is accepted.',
    rationale: 'Okta always requests 100, and this can’t be changed.',
    remedy: 'Accept a count of 100, and return fewer if necessary.',
    leadsTo: 'Imports fail, and existing users aren’t matched.',
    run: async context => expectStatus(await page(context, 1, 100), 200),
  }),
]
