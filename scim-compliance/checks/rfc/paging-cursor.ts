import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectThat, fail, jsonObject, listedResources, skip } from '../../expect.ts'
import { isObject, searchRequestUrn } from '../../scim.ts'
import { fitting } from '../forms.ts'
import { firstCursorPage, fiveUsers, walkPages } from '../steps/list-fixtures.ts'
import { listedIds, requestList } from '../steps/lists.ts'
import { area, userNeeds } from './areas.ts'
import {
  defineChecks,
  may,
  must,
  practice,
  refuses,
  refusesEach,
  refusesNamed,
  should,
  withFixture,
} from './define-checks.ts'

type FiveUsers = Awaited<ReturnType<typeof fiveUsers>>

const cursorPagingArea = area('cursor-paging', 'Cursor paging', 'RFC 9865 §2', {
  needs: [...userNeeds, 'cursor-paging', 'filter'],
  after: ['rfc/cursor-paging/empty-cursor-begins'],
  rationale:
    'Clients that follow cursors stop too early or never, and treat users they didn’t see as deleted.',
})

const amongFive = withFixture(fiveUsers)
const onFirstPage = withFixture(firstCursorPage)

const aBoolean = fitting('a boolean', value => typeof value === 'boolean')

/** Expects consecutive pages to contain each of five users once. */
async function expectAllOnce({ ids, page }: Pick<FiveUsers, 'ids' | 'page'>): Promise<void> {
  const pages = await walkPages(page)
  expectEqual(pages.flatMap(listedIds).toSorted(), ids.toSorted(), 'ids of all pages', pages.at(-1))
}

const walkChecks = defineChecks(cursorPagingArea, [
  should('empty-cursor-begins', ['R-124'], {
    description: '`cursor=` returns the first page.',
    remedy: 'Treat an empty cursor as a request for the first page.',
    run: amongFive(async ({ page }) => {
      const response = await page({ cursor: '', count: 2 })
      expectEqual(listedResources(response).length, 2, 'number of resources', response)
    }),
  }),
  should('bare-cursor-begins', ['R-124'], {
    description: '`?cursor` without a value returns the first page.',
    remedy: 'Treat a cursor without a value as a request for the first page.',
    run: amongFive(async ({ filter, ids }, context) => {
      const query = `cursor&count=2&filter=${encodeURIComponent(filter)}`
      const response = await context.get(`${context.users.endpoint}?${query}`)
      const seen = listedIds(response)
      expectThat(seen.length > 0 && seen.every(id => ids.includes(id)), 'the first resources', seen, response)
    }),
  }),
  must('next-on-all-but-the-last', ['R-125'], {
    description: 'Every page except the last has a nextCursor.',
    remedy: 'Read one more resource than the page holds to find out whether there is a next page.',
    run: amongFive(async ({ ids, page }) => {
      const pages = await walkPages(page)
      const seen = new Set(pages.flatMap(listedIds))
      const last = pages.at(-1)
      if (seen.size < ids.length)
        fail('a nextCursor until all five were returned', `none after ${seen.size}`, last)
      expectThat(pages.length < 10, 'an end after five resources', 'still a nextCursor after ten pages', last)
    }),
  }),
  practice('walk', ['R-125'], {
    description: 'All pages together contain every resource exactly once.',
    remedy: 'Store the last returned resource in the cursor, not the number of returned resources.',
    after: ['rfc/cursor-paging/next-on-all-but-the-last'],
    run: amongFive(expectAllOnce),
  }),
  should('count-limits', ['R-128'], {
    description: 'A page contains at most as many resources as count requests.',
    rationale: 'Clients that reserve memory for a page fail or discard the rest.',
    remedy: 'Return at most count resources.',
    run: amongFive(async ({ page }) => {
      for (const response of await walkPages(page)) {
        const { length } = listedResources(response)
        expectThat(length <= 2, 'at most 2 resources', length, response)
      }
    }),
  }),
])

const noResources = (id: string, count: number, words: string) =>
  must(id, ['R-128'], {
    description: `\`count=${count}\` returns no resources${words}.`,
    rationale: 'Clients that need only the number receive a page or an error.',
    remedy: 'Return 200 with totalResults and no Resources for a count of 0 or less.',
    run: amongFive(async ({ page }, context) => {
      const response = await page({ cursor: '', count })
      if (response.status === 400 && context.service.offers.indexPaging) {
        const { status } = await page({ startIndex: 1, count })
        if (status === 400) skip(`Paging by index rejects ${count}, too.`, `rfc/index-paging/${id}`)
      }
      expectEqual(listedResources(response).length, 0, 'number of resources', response)
    }),
  })

const cursorChecks = defineChecks(cursorPagingArea, [
  noResources('count-zero', 0, ''),
  noResources('count-negative', -1, ', like 0'),
  should('unreserved-characters', ['R-127'], {
    description: 'Cursors consist of characters that need no encoding: letters, digits and `-._~`.',
    rationale:
      'Clients insert cursors into URLs unchanged. Characters such as + and = may be decoded as something else.',
    remedy: 'Encode cursors as base64url without padding.',
    run: onFirstPage(({ next, first }) =>
      expectThat(/^[\w.~-]+$/.test(next), 'a cursor of unreserved characters', next, first),
    ),
  }),
  must('no-previous-on-the-first', ['R-126'], {
    description: 'The first page has no previousCursor.',
    rationale: 'Clients that page backwards never reach an end.',
    remedy: 'Omit previousCursor from the first page.',
    run: onFirstPage(({ first }) =>
      expectEqual(jsonObject(first).previousCursor, undefined, 'previousCursor', first),
    ),
  }),
  should('previous-goes-back', ['R-126'], {
    description: 'A previousCursor returns the previous page.',
    rationale: 'Consoles that page backwards show other entries than before.',
    remedy: 'Make previousCursor return the previous page, or omit it.',
    after: ['rfc/cursor-paging/no-previous-on-the-first'],
    run: onFirstPage(async ({ first, next, page }) => {
      const { previousCursor } = jsonObject(await page({ cursor: next, count: 2 }))
      if (typeof previousCursor !== 'string') return skip('The server returns no previousCursor.')
      const response = await page({ cursor: previousCursor, count: 2 })
      const wanted = listedIds(first).toSorted()
      expectEqual(listedIds(response).toSorted(), wanted, 'ids of the first page', response)
    }),
  }),
  should('sorted', ['R-131'], {
    description: 'Pages by cursor follow sortBy and sortOrder.',
    source: 'RFC 9865 §2.2',
    needs: ['sort'],
    rationale: 'Clients that read in order see some entries twice and others never.',
    remedy: 'Store the sort order in the cursor, and sort before you split the list into pages.',
    after: ['rfc/sort/descending'],
    run: amongFive(async ({ ids, text, page }) => {
      const pages = await walkPages(page, { sortBy: text, sortOrder: 'descending' })
      expectEqual(pages.flatMap(listedIds), ids.toReversed(), 'ids in descending order', pages.at(-1))
    }),
  }),
  should('search', ['R-134'], {
    description: 'POST /.search accepts cursor and count in the body.',
    source: 'RFC 9865 §3',
    needs: ['search'],
    rationale: 'Clients that keep filters out of URLs can’t read beyond the first page.',
    remedy: 'Read cursor and count from a SearchRequest in the same way as from the URL.',
    after: ['rfc/search/answers-200', 'rfc/cursor-paging/walk'],
    run: amongFive(({ filter, ids }, context) => {
      const path = `${context.users.endpoint}/.search`
      const body = { schemas: [searchRequestUrn], filter }
      return expectAllOnce({ ids, page: parameters => context.post(path, { ...body, ...parameters }) })
    }),
  }),
  should('default-method', ['R-132'], {
    description: 'A request without paging parameters uses the advertised default pagination method.',
    source: 'RFC 9865 §2.4',
    rationale: 'Clients that support only one method don’t notice that there are more pages.',
    remedy: 'Use the method in defaultPaginationMethod for such requests.',
    run: async context => {
      const { pagination } = context.service.config ?? {}
      const method = isObject(pagination) ? pagination.defaultPaginationMethod : undefined
      if (method !== 'index' && method !== 'cursor') return skip('No default is advertised.')
      const { page } = await fiveUsers(context)
      const response = await page({ count: 2 })
      const { nextCursor } = jsonObject(response)
      if (method === 'cursor')
        expectThat(typeof nextCursor === 'string', 'a nextCursor', nextCursor, response)
      else expectEqual(nextCursor, undefined, 'nextCursor', response)
    },
  }),
  should('advertised', ['R-135'], {
    description: 'pagination in ServiceProviderConfig lists the supported methods.',
    source: 'RFC 9865 §4',
    rationale: 'Clients don’t know that they can use cursors, and read large directories by index.',
    remedy: 'Return pagination with the booleans cursor and index.',
    request: { get: '/ServiceProviderConfig' },
    expect: { body: { 'pagination.cursor': aBoolean, 'pagination.index': aBoolean } },
  }),
])

const nonsense = (context: CheckContext) =>
  requestList(context, context.users, { cursor: 'nonsense-that-no-server-gave', count: 2 })

async function forged(context: CheckContext): Promise<ScimResponse> {
  const { next, page } = await firstCursorPage(context)
  const middle = Math.floor(next.length / 2)
  const other = next.charAt(middle) === 'A' ? 'B' : 'A'
  return page({ cursor: next.slice(0, middle) + other + next.slice(middle + 1), count: 2 })
}

async function withAnotherFilter(context: CheckContext): Promise<ScimResponse> {
  const { next } = await firstCursorPage(context)
  return requestList(context, context.users, { filter: 'id pr', cursor: next, count: 2 })
}

async function inAnotherOrder(context: CheckContext): Promise<ScimResponse> {
  if (!context.service.offers.sort) skip('The server doesn’t advertise sorting.')
  const { next, text, page } = await firstCursorPage(context)
  return page({ cursor: next, count: 2, sortBy: text, sortOrder: 'descending' })
}

const countless = (context: CheckContext) =>
  requestList(context, context.users, { cursor: '', count: 'many' })

const refusalArea = {
  ...cursorPagingArea,
  source: 'RFC 9865 §2.1',
  after: ['rfc/cursor-paging/empty-cursor-begins', 'rfc/cursor-paging/walk'],
  rationale:
    'A client that continues with a wrong cursor receives pages that don’t belong together, and treats users as deleted.',
}

const refusalChecks = defineChecks(refusalArea, [
  should('refuses-nonsense', ['R-130'], {
    description: 'A request with an unknown cursor returns 400.',
    remedy: 'Return 400 with scimType invalidCursor for an unknown cursor.',
    ...refuses(nonsense),
  }),
  should('refuses-forged', ['R-130', 'R-137'], {
    description: 'A request with a modified cursor returns 400.',
    remedy:
      'Sign or encrypt cursors, or store them. Return 400 with scimType invalidCursor for any other cursor.',
    ...refuses(forged),
  }),
  may('refuses-changed-query', ['R-129'], {
    description: 'A request with a cursor and another filter or sort order returns 400.',
    remedy: 'Store the query and the sort order in the cursor, and reject different ones.',
    ...refusesEach({ 'another filter': withAnotherFilter, 'another sort order': inAnotherOrder }),
  }),
  should('refuses-bad-count', ['R-130'], {
    description: 'A request with a count that isn’t a number returns 400.',
    rationale: 'The client receives pages of a size that it didn’t request, and gets no error.',
    remedy: 'Return 400 with scimType invalidCount.',
    ...refuses(countless),
  }),
  refusesNamed(['R-129', 'R-130', 'R-137'], ['rfc/cursor-paging/refuses-nonsense'], {
    'an unknown cursor': [nonsense, 'invalidCursor'],
    'a modified cursor': [forged, 'invalidCursor'],
    'a cursor with another filter': [withAnotherFilter, 'invalidCursor', 'invalidFilter', 'invalidValue'],
    'a cursor with another sort order': [inAnotherOrder, 'invalidCursor', 'invalidValue'],
    'a count that isn’t a number': [countless, 'invalidCount'],
  }),
])

export const pagingCursorChecks: readonly Check[] = [...walkChecks, ...cursorChecks, ...refusalChecks]
