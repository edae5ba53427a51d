import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn, skip } from '../../../expect.ts'
import { expectTotal, idsIn, list } from '../../tools/lists.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { checksOf } from '../checks-of.ts'
import { indexPagingArea, someNeverRead } from './areas.ts'
import { four, needCount, someUsers } from './index-pages-of.ts'

export const checks: readonly Check[] = checksOf(indexPagingArea, [
  {
    id: 'walk',
    level: 'practice',
    says: 'Pages one after the other show every resource once.',
    requirements: ['R-122'],
    needs: ['filter'],
    matters: someNeverRead,
    mend: 'Give lists a stable order (by id, where nothing else is asked for) before you cut pages.',
    run: async stage => {
      const { ids, page } = await four(stage)
      const seen: string[] = []
      for (let startIndex = 1; startIndex <= 4; startIndex++) {
        const answer = await page({ startIndex, count: 1 })
        const shown = idsIn(answer)
        if (shown.length > 1)
          skip('Pages are larger than count, which rfc/index-paging/count-limits reports.')
        expectTotal(answer, 4)
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
      if (idsIn(answer).length > 2)
        followsFrom('Pages are larger than count', 'rfc/index-paging/count-limits')
      expectEqual(resourcesIn(answer).length, 0, 'number of resources', answer)
      expectTotal(answer, 4)
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
      if (maxResults < 20) await someUsers(stage, maxResults + 1)
      for (const parameters of [{ count: maxResults + 1 }, { count: 1_000_000 }]) {
        const answer = await list(stage, stage.users, { filter: 'id pr', ...parameters })
        if (answer.status === 400) skip('The server refuses such a count, or the filter `id pr`.')
        const { length } = resourcesIn(answer)
        expectThat(length <= maxResults, `at most ${maxResults} resources`, length, answer)
        const { totalResults } = objectIn(answer)
        if (!(Number(totalResults) > maxResults))
          skip(
            `The server holds no more than the advertised ${maxResults} resources, so the limit isn’t reached.`,
          )
      }
    },
  },
  {
    id: 'groups',
    level: 'MUST',
    says: 'Groups come in pages too.',
    requirements: ['R-119', 'R-121'],
    needs: ['groups'],
    matters: someNeverRead,
    mend: 'Page lists of every type.',
    run: async stage => {
      await needCount(stage)
      await stage.create(stage.groups)
      await stage.create(stage.groups)
      const answer = await list(stage, stage.groups, { startIndex: 2, count: 1 })
      expectStatus(answer, 200)
      expectThat(resourcesIn(answer).length <= 1, 'at most 1 resource', resourcesIn(answer).length, answer)
      expectEqual(objectIn(answer).startIndex, 2, 'startIndex', answer)
      expectTotal(answer, 2)
    },
  },
])
