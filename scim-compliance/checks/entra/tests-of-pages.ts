import type { Check } from '../../check.ts'
import { expectStatus, fail, objectIn, resourcesIn } from '../../expect.ts'
import type { Stage } from '../../stage.ts'
import { createUser } from '../tools/people.ts'
import { gallery, reported, testsCheck } from './areas.ts'
import { sources } from './sources.ts'

/** Eleven of the check’s own: others may go away meanwhile. */
async function atLeastEleven(stage: Stage): Promise<void> {
  for (let made = 0; made < 11; made++) await createUser(stage)
}

const page = (stage: Stage, startIndex: number) =>
  stage.get(`${stage.users.endpoint}?startIndex=${startIndex}&count=5`)

const starts = [1, 6, 11] as const

export const checks: readonly Check[] = [
  testsCheck({
    id: 'page-starts-where-asked',
    says: 'Pages of five tell the startIndex that was asked for: 1, 6 and 11.',
    source: sources.nullUpdate,
    matters: 'Microsoft’s Logic App tests and Entra ID’s account discovery go by it.',
    mend: 'Answer startIndex as it was asked for.',
    needs: ['write', 'users', 'index-paging'],
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: reported('paging doesn’t work'),
    run: async stage => {
      await atLeastEleven(stage)
      for (const start of starts) {
        const answer = await page(stage, start)
        expectStatus(answer, 200)
        const { startIndex } = objectIn(answer)
        if (startIndex !== start) fail(`startIndex ${start}`, String(startIndex), answer)
      }
    },
  }),
  testsCheck({
    id: 'pages-hold-what-was-asked',
    says: 'Pages of five hold five resources, and itemsPerPage says so.',
    source: sources.discovery,
    matters: 'Entra ID’s account discovery walks through all users by startIndex and count.',
    mend: 'Answer as many as count asks for, and put their number into itemsPerPage.',
    needs: ['write', 'users', 'index-paging'],
    effect: 'shown-wrong',
    when: 'you have Entra discover the server’s accounts',
    leadsTo: 'It misses users, or shows some twice.',
    run: async stage => {
      await atLeastEleven(stage)
      for (const start of [1, 6]) {
        const answer = await page(stage, start)
        const { length } = resourcesIn(answer)
        if (length !== 5) fail('5 resources', String(length), answer)
        const { itemsPerPage = length } = objectIn(answer)
        if (itemsPerPage !== 5) fail('itemsPerPage 5', String(itemsPerPage), answer)
      }
    },
  }),
  testsCheck({
    id: 'total-is-of-all',
    says: 'totalResults counts all that match, not those on the page.',
    source: sources.discovery,
    matters: 'Entra ID’s account discovery and Microsoft’s Logic App tests stop where totalResults says.',
    mend: 'Count all that match in totalResults.',
    needs: ['write', 'users', 'index-paging'],
    effect: 'shown-wrong',
    when: 'you have Entra discover the server’s accounts',
    leadsTo: 'It stops after the first page.',
    run: async stage => {
      await atLeastEleven(stage)
      const answer = await page(stage, 1)
      expectStatus(answer, 200)
      const { totalResults } = objectIn(answer)
      if (typeof totalResults !== 'number' || totalResults < 11)
        fail('totalResults of at least 11', String(totalResults), answer)
    },
  }),
  testsCheck({
    id: 'pages-do-not-overlap',
    says: 'Nobody is on two pages, and a page that is read again is the same.',
    source: sources.discovery,
    matters: 'Entra ID’s account discovery puts the pages together.',
    mend: 'List in a stable order.',
    needs: ['write', 'users', 'index-paging'],
    effect: 'shown-wrong',
    when: 'you have Entra discover the server’s accounts',
    leadsTo: 'It misses users, and shows others twice.',
    run: async stage => {
      await atLeastEleven(stage)
      const idsOf = async (start: number) => resourcesIn(await page(stage, start)).map(({ id }) => id)
      let seen = ''
      // Others come and go meanwhile, which moves everybody by a place; once it has to be right.
      const right = await stage.eventually(async () => {
        const [first, second, again] = [await idsOf(1), await idsOf(6), await idsOf(1)]
        seen = [first, second, again].map(String).join(' | ')
        return String(first) === String(again) && !second.some(id => first.includes(id))
      })
      if (!right) fail('two pages without a double, and the first one the same again', seen)
    },
  }),
]
