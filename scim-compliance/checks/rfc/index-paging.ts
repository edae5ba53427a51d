import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn, skip } from '../../expect.ts'
import type { Answer, Stage } from '../../stage.ts'
import { checksOf } from '../tools/checks-of.ts'
import { idsIn, list, marked, type Parameters } from '../tools/lists.ts'

const lost =
  'Clients that read page by page read some twice and others never, and disable or delete those they missed.'

/** Four users, and a way to ask for just them. */
async function four(stage: Stage) {
  const { made, filter } = await marked(stage, stage.users, ['1', '2', '3', '4'])
  return {
    ids: made.map(({ id }) => id),
    page: (parameters: Parameters) => list(stage, stage.users, { filter, ...parameters }),
  }
}

/** That a page begins with the resource of this number; how many there are isn't looked at here. */
const expectFirst = (answer: Answer, id: string | undefined, startIndex: number): void =>
  expectEqual(idsIn(answer)[0], id, `first id from startIndex ${startIndex}`, answer)

const anybody = async (stage: Stage): Promise<void> => {
  for (let number = 0; number < 3; number++) await stage.create(stage.users)
}

export const checks: readonly Check[] = checksOf(
  {
    area: 'index-paging',
    section: 'Index paging',
    source: 'RFC 7644 §3.4.2.4',
    needs: ['write', 'users', 'index-paging'],
  },
  [
    {
      id: 'one-based',
      level: 'MUST',
      says: 'startIndex counts from 1: the first resource is number 1.',
      requirements: ['R-118'],
      needs: ['filter'],
      matters: lost,
      mend: 'Take startIndex − 1 as the offset.',
      run: async stage => {
        const { page } = await four(stage)
        const all = idsIn(await page({}))
        const answer = await page({ startIndex: 1, count: 2 })
        expectFirst(answer, all[0], 1)
      },
    },
    {
      id: 'second-page',
      level: 'MUST',
      says: 'startIndex skips what comes before it.',
      requirements: ['R-118', 'R-122'],
      needs: ['filter'],
      matters: lost,
      mend: 'Begin the page with the resource of that number.',
      run: async stage => {
        const { page } = await four(stage)
        const all = idsIn(await page({}))
        const answer = await page({ startIndex: 3, count: 2 })
        expectFirst(answer, all[2], 3)
      },
    },
    ...[0, -5].map(startIndex => ({
      id: startIndex === 0 ? 'zero-is-one' : 'negative-is-one',
      level: 'MUST' as const,
      says: `startIndex=${startIndex} counts as 1.`,
      requirements: ['R-118'],
      needs: ['filter'] as const,
      matters: 'Clients that count from 0 are refused, or lose the first person.',
      mend: 'Take any startIndex below 1 as 1.',
      run: async (stage: Stage) => {
        const { page } = await four(stage)
        const all = idsIn(await page({}))
        const answer = await page({ startIndex, count: 2 })
        expectStatus(answer, 200)
        expectFirst(answer, all[0], startIndex)
      },
    })),
    {
      id: 'count-limits',
      level: 'MUST',
      says: 'A page has no more resources than count asks for.',
      requirements: ['R-119'],
      matters: 'Clients that set aside room for a page fail, or drop the rest.',
      mend: 'Cut pages at count.',
      run: async stage => {
        await anybody(stage)
        for (const count of [1, 2]) {
          const answer = await list(stage, stage.users, { startIndex: 1, count })
          const { length } = resourcesIn(answer)
          expectThat(length > 0 && length <= count, `1 to ${count} resources`, length, answer)
        }
      },
    },
    {
      id: 'count-zero',
      level: 'MUST',
      says: '`count=0` returns no resources.',
      requirements: ['R-120'],
      matters: 'Clients that only want the number read the whole directory.',
      mend: 'Answer count=0 with 200, totalResults and no Resources.',
      run: async stage => {
        await stage.create(stage.users)
        const answer = await list(stage, stage.users, { count: 0 })
        expectEqual(resourcesIn(answer).length, 0, 'number of resources', answer)
      },
    },
    {
      id: 'count-zero-tells-total',
      level: 'MUST',
      says: '`count=0` tells how many there are.',
      requirements: ['R-120'],
      needs: ['filter'],
      matters: 'Clients that ask for the number first think that the directory is empty.',
      mend: 'Count all that match, whatever the page’s size.',
      run: async stage => {
        const { page } = await four(stage)
        const answer = await page({ count: 0 })
        expectStatus(answer, 200)
        expectEqual(objectIn(answer).totalResults, 4, 'totalResults', answer)
      },
    },
    {
      id: 'count-negative',
      level: 'MUST',
      says: 'A negative count counts as 0.',
      requirements: ['R-120'],
      matters: 'Such a client is refused, or given a page that it didn’t ask for.',
      mend: 'Take any count below 0 as 0.',
      run: async stage => {
        await stage.create(stage.users)
        const answer = await list(stage, stage.users, { count: -1 })
        expectEqual(resourcesIn(answer).length, 0, 'number of resources', answer)
      },
    },
    {
      id: 'total-over-pages',
      level: 'MUST',
      says: 'totalResults counts all that match, on every page.',
      requirements: ['R-121'],
      needs: ['filter'],
      matters: 'Clients stop reading when they have totalResults; the rest is taken for deleted.',
      mend: 'Put the number of all matches into totalResults, not that of the page.',
      run: async stage => {
        const { page } = await four(stage)
        for (const startIndex of [1, 3]) {
          const answer = await page({ startIndex, count: 2 })
          expectStatus(answer, 200)
          expectEqual(objectIn(answer).totalResults, 4, 'totalResults', answer)
        }
      },
    },
    {
      id: 'items-per-page',
      level: 'MUST',
      says: 'itemsPerPage is the number of resources in the page.',
      requirements: ['R-121'],
      matters:
        'Clients add itemsPerPage to startIndex to get the next page, and skip people when it is wrong.',
      mend: 'Put the number of Resources into itemsPerPage.',
      run: async stage => {
        await anybody(stage)
        const answer = await list(stage, stage.users, { startIndex: 1, count: 2 })
        const { length } = resourcesIn(answer)
        expectEqual(objectIn(answer).itemsPerPage, length, 'itemsPerPage', answer)
      },
    },
    {
      id: 'items-per-last-page',
      level: 'MUST',
      says: 'On a last page that isn’t full, itemsPerPage is what there is and not what was asked for.',
      requirements: ['R-121'],
      needs: ['filter'],
      matters: 'Clients add itemsPerPage to startIndex, and take the end for reached too late or too early.',
      mend: 'Put the number of Resources into itemsPerPage, not count.',
      run: async stage => {
        const { page } = await four(stage)
        const answer = await page({ startIndex: 4, count: 3 })
        const { length } = resourcesIn(answer)
        expectEqual(objectIn(answer).itemsPerPage, length, 'itemsPerPage', answer)
      },
    },
    {
      id: 'start-index',
      level: 'MUST',
      says: 'startIndex in the answer is that of the page’s first resource.',
      requirements: ['R-121'],
      matters: 'Clients compute the next page from it and read one page again and again.',
      mend: 'Answer with the startIndex that the page begins with.',
      run: async stage => {
        await anybody(stage)
        const answer = await list(stage, stage.users, { startIndex: 2, count: 1 })
        expectStatus(answer, 200)
        expectEqual(objectIn(answer).startIndex, 2, 'startIndex', answer)
      },
    },
    {
      id: 'walk',
      level: 'MUST',
      says: 'Pages one after the other show every resource once.',
      requirements: ['R-122'],
      needs: ['filter'],
      matters: lost,
      mend: 'Give lists a stable order (by id, where nothing else is asked for) before you cut pages.',
      run: async stage => {
        const { ids, page } = await four(stage)
        const seen: string[] = []
        for (let startIndex = 1; startIndex <= 4; startIndex++) {
          const shown = idsIn(await page({ startIndex, count: 1 }))
          if (shown.length > 1) skip('Pages are larger than count, which is told elsewhere.')
          seen.push(...shown)
        }
        expectEqual(seen.toSorted(), ids.toSorted(), 'ids of all pages')
      },
    },
    {
      id: 'beyond-the-end',
      level: 'MUST',
      says: 'A page beyond the end is empty, not an error.',
      requirements: ['R-121'],
      needs: ['filter'],
      matters: 'Clients read until a page is empty; an error there breaks the whole run off.',
      mend: 'Answer a startIndex beyond totalResults with 200 and no Resources.',
      run: async stage => {
        const { page } = await four(stage)
        const answer = await page({ startIndex: 100, count: 2 })
        expectEqual(resourcesIn(answer).length, 0, 'number of resources', answer)
        expectEqual(objectIn(answer).totalResults, 4, 'totalResults', answer)
      },
    },
    {
      id: 'capped',
      level: 'MUST',
      says: 'A page has no more resources than the advertised filter.maxResults, however many are asked for.',
      source: 'RFC 7643 §5',
      requirements: ['R-123'],
      needs: ['write', 'filter'],
      matters: 'Clients that trust the advertised limit run out of room or time.',
      mend: 'Cut pages at maxResults, or advertise what you really return.',
      run: async stage => {
        const { maxResults } = stage.service.offers.filter ?? skip('Filters aren’t offered.')
        if (!(maxResults > 0)) skip('No maxResults is advertised.')
        // So that there is more than a small page; a large one isn't worth making that many.
        if (maxResults < 20) for (let made = 0; made <= maxResults; made++) await stage.create(stage.users)
        for (const parameters of [{ count: maxResults + 1 }, { count: 1_000_000 }]) {
          const answer = await list(stage, stage.users, { filter: 'id pr', ...parameters })
          if (answer.status === 400) skip('The server refuses such a count, or the filter `id pr`.')
          const { length } = resourcesIn(answer)
          expectThat(length <= maxResults, `at most ${maxResults} resources`, length, answer)
        }
      },
    },
    {
      id: 'groups',
      level: 'MUST',
      says: 'Groups come in pages too.',
      requirements: ['R-119', 'R-121'],
      needs: ['groups'],
      matters: lost,
      mend: 'Page lists of every type.',
      run: async stage => {
        await stage.create(stage.groups)
        await stage.create(stage.groups)
        const answer = await list(stage, stage.groups, { startIndex: 2, count: 1 })
        expectStatus(answer, 200)
        expectEqual(objectIn(answer).startIndex, 2, 'startIndex', answer)
      },
    },
  ],
)
