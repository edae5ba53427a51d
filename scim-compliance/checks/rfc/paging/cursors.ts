import type { Check } from '../../../check.ts'
import { expectEqual, expectThat, objectIn, resourcesIn, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { begun, five } from '../../tools/cursors.ts'
import { idsIn } from '../../tools/lists.ts'
import { checksOf } from '../checks-of.ts'
import { cursorPagingArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(cursorPagingArea, [
  ...[0, -1].map(count => ({
    id: count === 0 ? 'count-zero' : 'count-negative',
    level: 'SHOULD' as const,
    says: `\`count=${count}\` returns no resources${count === 0 ? '' : ', as 0 does'}.`,
    requirements: ['R-128'],
    matters: 'Clients that only want the number read a page, or are refused.',
    mend: 'Answer a count of 0 or below with 200, totalResults and no Resources.',
    run: async (stage: Stage) => {
      const { page } = await five(stage)
      const answer = await page({ cursor: '', count })
      expectEqual(resourcesIn(answer).length, 0, 'number of resources', answer)
    },
  })),
  {
    id: 'unreserved-characters',
    level: 'SHOULD',
    says: 'Cursors have only characters that need no encoding: letters, digits and `-._~`.',
    requirements: ['R-127'],
    matters: 'Clients put cursors into addresses as they are; a + or = in one comes back as something else.',
    mend: 'Encode cursors as base64url without padding.',
    run: async stage => {
      const { next, first } = await begun(stage)
      expectThat(/^[\w.~-]+$/.test(next), 'a cursor of unreserved characters', next, first)
    },
  },
  {
    id: 'no-previous-on-the-first',
    level: 'SHOULD',
    says: 'The first page has no previousCursor.',
    requirements: ['R-126'],
    matters: 'Clients that go back never come to an end.',
    mend: 'Leave previousCursor out of the first page.',
    run: async stage => {
      const { first } = await begun(stage)
      expectEqual(objectIn(first).previousCursor, undefined, 'previousCursor', first)
    },
  },
  {
    id: 'previous-goes-back',
    level: 'SHOULD',
    says: 'A previousCursor leads to the page before.',
    requirements: ['R-126'],
    matters: 'Consoles that page back show something else.',
    mend: 'Let previousCursor lead to the page before, or offer none.',
    run: async stage => {
      const { first, next, page } = await begun(stage)
      const { previousCursor } = objectIn(await page({ cursor: next, count: 2 }))
      if (typeof previousCursor !== 'string') return skip('The server offers no previousCursor.')
      const answer = await page({ cursor: previousCursor, count: 2 })
      expectEqual(idsIn(answer).toSorted(), idsIn(first).toSorted(), 'ids of the first page', answer)
    },
  },
])
