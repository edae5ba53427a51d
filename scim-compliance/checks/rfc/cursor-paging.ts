import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, fail, objectIn, resourcesIn, skip } from '../../expect.ts'
import { isObject } from '../../json.ts'
import type { Stage } from '../../stage.ts'
import { searchRequestUrn } from '../../urns.ts'
import { checksOf } from '../tools/checks-of.ts'
import { begun, five, walk } from '../tools/cursors.ts'
import { idsIn, type Parameters } from '../tools/lists.ts'

const common = {
  area: 'cursor-paging',
  section: 'Cursor paging',
  source: 'RFC 9865 §2',
  needs: ['write', 'users', 'cursor-paging', 'filter'],
} as const

const lost = 'Clients that follow cursors stop early or never, and take whom they didn’t see for deleted.'

export const checks: readonly Check[] = checksOf(common, [
  {
    id: 'empty-cursor-begins',
    level: 'MUST',
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
    level: 'MUST',
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
    level: 'MUST',
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
  ...[0, -1].map(count => ({
    id: count === 0 ? 'count-zero' : 'count-negative',
    level: 'MUST' as const,
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
    level: 'MUST',
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
    level: 'MUST',
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
    level: 'MUST',
    says: 'A previousCursor leads to the page before.',
    requirements: ['R-126'],
    matters: 'Consoles that page back show something else.',
    mend: 'Let previousCursor lead to the page before, or offer none.',
    run: async stage => {
      const { first, next, page } = await begun(stage)
      const { previousCursor } = objectIn(await page({ cursor: next, count: 2 }))
      if (typeof previousCursor !== 'string') return skip('The server offers no previousCursor.')
      const answer = await page({ cursor: previousCursor, count: 2 })
      expectEqual(idsIn(answer), idsIn(first), 'ids of the first page', answer)
    },
  },
  {
    id: 'sorted',
    level: 'SHOULD',
    says: 'Pages by cursor follow sortBy and sortOrder.',
    source: 'RFC 9865 §2.2',
    requirements: ['R-131'],
    needs: ['sort'],
    matters: 'Clients that read in order see some twice and others never.',
    mend: 'Keep the order in the cursor, and sort before you cut pages.',
    run: async stage => {
      const { made, text, page } = await five(stage)
      const pages = await walk(page, { sortBy: text, sortOrder: 'descending' })
      const wanted = made.map(({ id }) => id).reverse()
      expectEqual(pages.flatMap(idsIn), wanted, 'ids against the order of the alphabet', pages.at(-1))
    },
  },
  {
    id: 'search',
    level: 'MUST',
    says: 'POST /.search takes cursor and count in its body.',
    source: 'RFC 9865 §3',
    requirements: ['R-134'],
    needs: ['search'],
    matters: 'Clients that keep filters out of addresses can’t read past the first page.',
    mend: 'Read cursor and count of a SearchRequest as you read those of the address.',
    run: async stage => {
      const { filter, ids } = await five(stage)
      const page = async (parameters: Parameters) => {
        const answer = await stage.post(`${stage.users.endpoint}/.search`, {
          schemas: [searchRequestUrn],
          filter,
          ...parameters,
        })
        if ([404, 405, 501].includes(answer.status)) skip('The server has no /.search.')
        return answer
      }
      const pages = await walk(page)
      expectEqual(pages.flatMap(idsIn).toSorted(), ids.toSorted(), 'ids of all pages', pages.at(-1))
    },
  },
  {
    id: 'default-method',
    level: 'MUST',
    says: 'A request that names neither method is answered by the one that is advertised as default.',
    source: 'RFC 9865 §2.4',
    requirements: ['R-132'],
    matters: 'Clients that know only one method don’t notice that there are more pages.',
    mend: 'Answer such requests by defaultPaginationMethod.',
    run: async stage => {
      const { pagination } = stage.service.config ?? {}
      const method = isObject(pagination) ? pagination.defaultPaginationMethod : undefined
      if (method !== 'index' && method !== 'cursor') return skip('No default is advertised.')
      const { page } = await five(stage)
      const answer = await page({ count: 2 })
      const { nextCursor } = objectIn(answer)
      if (method === 'cursor') expectThat(typeof nextCursor === 'string', 'a nextCursor', nextCursor, answer)
      else expectEqual(nextCursor, undefined, 'nextCursor', answer)
    },
  },
  {
    id: 'advertised',
    level: 'SHOULD',
    says: 'ServiceProviderConfig says under pagination which methods there are.',
    source: 'RFC 9865 §4',
    requirements: ['R-135'],
    matters: 'Clients don’t know that they may use cursors, and read large directories by index.',
    mend: 'Publish pagination with the booleans cursor and index.',
    run: async stage => {
      const answer = await stage.get('/ServiceProviderConfig')
      expectStatus(answer, 200)
      const { pagination } = objectIn(answer)
      if (!isObject(pagination)) return fail('pagination', 'nothing', answer)
      for (const name of ['cursor', 'index'])
        expectThat(
          typeof pagination[name] === 'boolean',
          `pagination.${name} as a boolean`,
          pagination[name],
          answer,
        )
    },
  },
])
