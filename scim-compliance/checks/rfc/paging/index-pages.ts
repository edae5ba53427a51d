import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, resourcesIn } from '../../../expect.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { expectTotal, idsIn, list } from '../../tools/lists.ts'
import { checksOf } from '../checks-of.ts'
import { indexPagingArea, someNeverRead } from './areas.ts'
import { four, someUsers } from './index-pages-of.ts'

/** That a page begins with the resource of this number; how many there are isn't looked at here. */
const expectFirst = (answer: Answer, id: string | undefined, startIndex: number): void =>
  expectEqual(idsIn(answer)[0], id, `first id from startIndex ${startIndex}`, answer)

export const checks: readonly Check[] = checksOf(indexPagingArea, [
  {
    id: 'one-based',
    level: 'MUST',
    says: 'startIndex counts from 1: the first resource is number 1.',
    requirements: ['R-118'],
    needs: ['filter'],
    matters: someNeverRead,
    mend: 'Take startIndex − 1 as the offset.',
    run: async stage => {
      const { page } = await four(stage)
      const all = idsIn(await page({}))
      const answer = await page({ startIndex: 1, count: 2 })
      expectFirst(answer, all[0], 1)
      expectTotal(answer, 4)
    },
  },
  {
    id: 'second-page',
    level: 'MUST',
    says: 'startIndex skips what comes before it.',
    requirements: ['R-118', 'R-122'],
    needs: ['filter'],
    matters: someNeverRead,
    mend: 'Begin the page with the resource of that number.',
    run: async stage => {
      const { page } = await four(stage)
      const all = idsIn(await page({}))
      const answer = await page({ startIndex: 3, count: 2 })
      expectFirst(answer, all[2], 3)
      expectTotal(answer, 4)
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
      expectTotal(answer, 4)
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
      await someUsers(stage, 3)
      for (const count of [1, 2]) {
        const answer = await list(stage, stage.users, { startIndex: 1, count })
        const { length } = resourcesIn(answer)
        expectThat(length > 0 && length <= count, `1 to ${count} resources`, length, answer)
        expectTotal(answer, 3)
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
      expectTotal(answer, 1)
    },
  },
  {
    id: 'count-zero-tells-total',
    level: 'MUST',
    says: '`count=0` tells how many there are.',
    requirements: ['R-120'],
    matters: 'Clients that request the number first believe that the directory is empty.',
    mend: 'Count all matches, whatever the size of the page.',
    run: async stage => {
      await someUsers(stage, 4)
      const answer = await list(stage, stage.users, { count: 0 })
      expectStatus(answer, 200)
      expectTotal(answer, 4)
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
      expectTotal(answer, 1)
    },
  },
])
