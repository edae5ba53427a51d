import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, resourcesIn } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { expectTotal, idsIn, list } from '../../tools/lists.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { checksOf } from '../checks-of.ts'
import { indexPagingArea, someNeverRead } from './areas.ts'
import { needCount, pageInOrder, someUsers } from './index-pages-of.ts'

/** A page from this startIndex begins with the resource at this position of the list. */
async function expectFrom(stage: Stage, startIndex: number, position: number): Promise<void> {
  const { answer, wanted } = await pageInOrder(stage, startIndex, position)
  expectStatus(answer, 200)
  if (idsIn(answer).length > 2) followsFrom('Pages are larger than count', 'rfc/index-paging/count-limits')
  expectEqual(idsIn(answer)[0], wanted, `first id from startIndex ${startIndex}`, answer)
  expectTotal(answer, 4)
}

export const checks: readonly Check[] = checksOf(indexPagingArea, [
  {
    id: 'one-based',
    level: 'MUST',
    says: 'startIndex counts from 1: the first resource is number 1.',
    requirements: ['R-118'],
    matters: someNeverRead,
    mend: 'Take startIndex − 1 as the offset.',
    run: stage => expectFrom(stage, 1, 0),
  },
  {
    id: 'second-page',
    level: 'MUST',
    says: 'startIndex skips what comes before it.',
    requirements: ['R-118', 'R-122'],
    matters: someNeverRead,
    mend: 'Begin the page with the resource of that number.',
    run: stage => expectFrom(stage, 3, 2),
  },
  ...[0, -5].map(startIndex => ({
    id: startIndex === 0 ? 'zero-is-one' : 'negative-is-one',
    level: 'MUST' as const,
    says: `startIndex=${startIndex} counts as 1.`,
    requirements: ['R-118'],
    matters: 'Clients that count from 0 are refused, or lose the first person.',
    mend: 'Take any startIndex below 1 as 1.',
    run: (stage: Stage) => expectFrom(stage, startIndex, 0),
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
      await needCount(stage)
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
      await needCount(stage)
      const answer = await list(stage, stage.users, { count: -1 })
      expectEqual(resourcesIn(answer).length, 0, 'number of resources', answer)
      expectTotal(answer, 1)
    },
  },
])
