import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, objectIn, resourcesIn } from '../../../expect.ts'
import { expectTotal, list } from '../../tools/lists.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { checksOf } from '../checks-of.ts'
import { indexPagingArea } from './areas.ts'
import { four, someUsers } from './index-pages-of.ts'

export const checks: readonly Check[] = checksOf(indexPagingArea, [
  {
    id: 'total-over-pages',
    level: 'MUST',
    says: 'totalResults counts all that match, on every page.',
    requirements: ['R-121'],
    matters: 'Clients stop reading when they have totalResults, and take the rest for deleted.',
    mend: 'Put the number of all matches into totalResults, not that of the page.',
    run: async stage => {
      await someUsers(stage, 4)
      for (const startIndex of [1, 3]) {
        const answer = await list(stage, stage.users, { startIndex, count: 2 })
        expectStatus(answer, 200)
        expectTotal(answer, 4)
      }
    },
  },
  {
    id: 'items-per-page',
    level: 'MUST',
    says: 'itemsPerPage is the number of resources in the page.',
    requirements: ['R-121'],
    matters: 'Clients add itemsPerPage to startIndex to get the next page, and skip people when it is wrong.',
    mend: 'Put the number of Resources into itemsPerPage.',
    run: async stage => {
      await someUsers(stage, 3)
      const answer = await list(stage, stage.users, { startIndex: 1, count: 2 })
      const { length } = resourcesIn(answer)
      expectEqual(objectIn(answer).itemsPerPage, length, 'itemsPerPage', answer)
      expectTotal(answer, 3)
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
      expectTotal(answer, 4)
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
      await someUsers(stage, 3)
      const answer = await list(stage, stage.users, { startIndex: 2, count: 1 })
      if (resourcesIn(answer).length > 1)
        followsFrom('Pages are larger than count', 'rfc/index-paging/count-limits')
      expectEqual(objectIn(answer).startIndex, 2, 'startIndex', answer)
      expectTotal(answer, 3)
    },
  },
])
