import type { Check } from '../../../check.ts'
import { expectEqual, expectThat, fail, resourcesIn } from '../../../expect.ts'
import { five, walk } from '../../tools/cursors.ts'
import { idsIn } from '../../tools/lists.ts'
import { checksOf } from '../checks-of.ts'
import { cursorPagingArea } from './areas.ts'

const lost = 'Clients that follow cursors stop early or never, and take whom they didn’t see for deleted.'

export const checks: readonly Check[] = checksOf(cursorPagingArea, [
  {
    id: 'empty-cursor-begins',
    level: 'SHOULD',
    says: '`cursor=` asks for the first page.',
    requirements: ['R-124'],
    matters: lost,
    mend: 'Take an empty cursor for the beginning.',
    run: async stage => {
      const { page } = await five(stage)
      const answer = await page({ cursor: '', count: 2 })
      expectEqual(resourcesIn(answer).length, 2, 'number of resources', answer)
    },
  },
  {
    id: 'bare-cursor-begins',
    level: 'SHOULD',
    says: '`?cursor` without a value asks for the first page.',
    requirements: ['R-124'],
    matters: lost,
    mend: 'Take a cursor without a value for the beginning.',
    run: async stage => {
      const { filter, ids } = await five(stage)
      const answer = await stage.get(
        `${stage.users.endpoint}?cursor&count=2&filter=${encodeURIComponent(filter)}`,
      )
      const seen = idsIn(answer)
      expectThat(seen.length > 0 && seen.every(id => ids.includes(id)), 'the first resources', seen, answer)
    },
  },
  {
    id: 'next-on-all-but-the-last',
    level: 'MUST',
    says: 'Every page but the last has a nextCursor, and the last has none.',
    requirements: ['R-125'],
    matters: lost,
    mend: 'Look one resource ahead to know whether there is a next page.',
    run: async stage => {
      const { ids, page } = await five(stage)
      const pages = await walk(page)
      const seen = new Set(pages.flatMap(idsIn))
      const last = pages.at(-1)
      if (seen.size < ids.length)
        fail('a nextCursor until all five were shown', `none after ${seen.size}`, last)
      expectThat(pages.length < 10, 'an end after five resources', 'still a nextCursor after ten pages', last)
    },
  },
  {
    id: 'walk',
    level: 'practice',
    says: 'Following the cursors shows every resource once.',
    requirements: ['R-125'],
    matters: lost,
    mend: 'Let a cursor say after whom the next page begins, not how many were shown.',
    run: async stage => {
      const { ids, page } = await five(stage)
      const pages = await walk(page)
      expectEqual(pages.flatMap(idsIn).toSorted(), ids.toSorted(), 'ids of all pages', pages.at(-1))
    },
  },
  {
    id: 'count-limits',
    level: 'MUST',
    says: 'No page has more resources than count asks for.',
    requirements: ['R-128'],
    matters: 'Clients that set aside room for a page fail, or drop the rest.',
    mend: 'Cut pages at count.',
    run: async stage => {
      const { page } = await five(stage)
      for (const answer of await walk(page)) {
        const { length } = resourcesIn(answer)
        expectThat(length <= 2, 'at most 2 resources', length, answer)
      }
    },
  },
])
