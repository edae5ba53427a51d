import type { Check, CheckContext, CreatedResource, ScimResponse } from '../../check.ts'
import { expectEqual, expectThat, jsonObject, listedResources, Skip, skip } from '../../expect.ts'
import { over } from '../forms.ts'
import { valueIn } from '../steps/attributes.ts'
import { requireNarrowingFilter } from '../steps/list-fixtures.ts'
import { expectEventually, expectTotal, listedIds, pagesOf, requestList } from '../steps/lists.ts'
import { area, userNeeds } from './areas.ts'
import { defineChecks, must, practice, withFixture } from './define-checks.ts'

async function someUsers(context: CheckContext, count: number): Promise<readonly CreatedResource[]> {
  const made: CreatedResource[] = []
  for (let number = 0; number < count; number++) made.push(await context.create(context.users))
  return made
}

/** Pages of all users, of which some are new: lists may lag behind. */
const among = (made: number) =>
  withFixture(async context => {
    await someUsers(context, made)
    const page = pagesOf(context, context.users)
    return async (parameters: Parameters<typeof page>[0]) => {
      let response = await page(parameters)
      const isComplete = () => !(Number(valueIn(response.body, 'totalResults')) < made)
      if (!isComplete())
        await context.eventually(async () => {
          response = await page(parameters)
          return isComplete()
        })
      return response
    }
  })

/** Four users, and pages of only them; skips if no filter returns only them. */
async function four(context: CheckContext) {
  const made = await someUsers(context, 4)
  const filter = await requireNarrowingFilter(context, context.users, made)
  return { ids: made.map(({ id }) => id), page: pagesOf(context, context.users, { filter }) }
}

const amongFour = withFixture(four)

/** Pages of only four users, or of the whole directory if no filter returns only them. */
const fourOrMore = (context: CheckContext) =>
  four(context).catch((error: unknown) => {
    if (error instanceof Skip) return { page: pagesOf(context, context.users) }
    throw error
  })

const attempts = 3
/** How often a list is requested again before a page counts as wrong: each list has to start in the same way. */
const lookups = 12
const compared = 4

/**
 * A page of two, and the ID in the whole list that it has to start with. RFC 7644 leaves the order of a list open, and
 * other checks create and delete meanwhile: a different start counts only if the list keeps its order.
 */
async function pageInOrder(context: CheckContext, startIndex: number, position: number) {
  const { page } = await fourOrMore(context)
  const beginning = async () => listedIds(await page({})).slice(0, compared)
  const keeps = async (order: readonly string[]): Promise<boolean> => {
    for (let lookup = 0; lookup < lookups; lookup++)
      if ((await beginning()).join() !== order.join()) return false
    return true
  }
  for (let attempt = 0; attempt < attempts; attempt++) {
    const order = await beginning()
    const wanted = order[position] ?? skip('The server returns too few resources to compare pages.')
    const response = await page({ startIndex, count: 2 })
    if (listedIds(response)[0] === wanted || (await keeps(order))) return { response, wanted }
  }
  return skip(
    'The order of the list changes with each request, which RFC 7644 allows: its pages can’t be compared.',
  )
}

/** Expects the page at `startIndex` to begin with the resource at a position of the list. */
const startsAt =
  (startIndex: number, position: number): Check['run'] =>
  async context => {
    const { response, wanted } = await pageInOrder(context, startIndex, position)
    expectEqual(listedIds(response)[0], wanted, `first id from startIndex ${startIndex}`, response)
    expectTotal(response, 4)
  }

const expectNone = (response: ScimResponse, atLeast: number): void => {
  expectEqual(listedResources(response).length, 0, 'number of resources', response)
  expectTotal(response, atLeast)
}

const expectItems = (response: ScimResponse, atLeast: number): void => {
  expectEqual(jsonObject(response).itemsPerPage, listedResources(response).length, 'itemsPerPage', response)
  expectTotal(response, atLeast)
}

const indexPagingArea = area('index-paging', 'Index paging', 'RFC 7644 §3.4.2.4', {
  needs: [...userNeeds, 'index-paging'],
  after: ['rfc/index-paging/count-limits'],
  rationale:
    'Clients that read page by page read some users twice and miss others, and disable or delete those they missed.',
})

export const pagingIndexChecks: readonly Check[] = defineChecks(indexPagingArea, [
  must('count-limits', ['R-119'], {
    description: 'A page contains at most as many resources as count requests.',
    rationale: 'Clients that reserve memory for a page fail or discard the rest.',
    remedy: 'Return at most count resources.',
    after: ['rfc/retrieve/total-results'],
    run: async context => {
      await someUsers(context, 3)
      for (const [count, what] of [
        [1, '1 resource'],
        [2, '1 to 2 resources'],
      ] as const)
        await expectEventually(context, async () => {
          const response = await requestList(context, context.users, { startIndex: 1, count })
          const { length } = listedResources(response)
          expectThat(length > 0 && length <= count, what, length, response)
          expectTotal(response, 3)
        })
    },
  }),
  must('one-based', ['R-118'], {
    description: 'startIndex is 1-based: startIndex=1 starts at the first result.',
    remedy: 'Use startIndex − 1 as the offset.',
    run: startsAt(1, 0),
  }),
  must('second-page', ['R-118', 'R-122'], {
    description: 'startIndex=3 starts at the third result.',
    remedy: 'Start the page with the resource at startIndex.',
    after: ['rfc/index-paging/one-based'],
    run: startsAt(3, 2),
  }),
  must('below-one', ['R-118'], {
    description: 'A startIndex below 1 is treated as 1.',
    rationale: 'Clients that count from 0 are rejected or miss the first user.',
    remedy: 'Treat any startIndex below 1 as 1.',
    after: ['rfc/index-paging/one-based'],
    ...over({ 0: 0, '-5': -5 }, startIndex => startsAt(startIndex, 0)),
  }),
  must('count-zero', ['R-120'], {
    description: '`count=0` returns no resources, and totalResults.',
    rationale: 'Clients that need only the number receive the whole directory, or conclude that it is empty.',
    remedy:
      'Return 200 with no Resources for count=0, and the number of all matches as totalResults, regardless of the page size.',
    run: among(4)(async page => expectNone(await page({ count: 0 }), 4)),
  }),
  must('count-negative', ['R-120'], {
    description: 'A negative count is treated as 0.',
    rationale: 'Such a client is rejected or receives a page that it didn’t request.',
    remedy: 'Treat any count below 0 as 0.',
    after: ['rfc/index-paging/count-zero'],
    run: among(2)(async page => expectNone(await page({ count: -1 }), 1)),
  }),
  must('total-over-pages', ['R-121'], {
    description: 'totalResults is the number of all matches, on every page.',
    rationale: 'Clients stop reading at totalResults, and treat all other users as deleted.',
    remedy: 'Return the number of all matches in totalResults, not the size of the page.',
    run: among(4)(async page => {
      for (const startIndex of [1, 3]) expectTotal(await page({ startIndex, count: 2 }), 4)
    }),
  }),
  must('items-per-page', ['R-121'], {
    description: 'itemsPerPage is the number of resources on the page, also on the last one.',
    rationale:
      'Clients add itemsPerPage to startIndex to calculate the next page, and skip users if the value is wrong.',
    remedy: 'Return the number of Resources in itemsPerPage, not count.',
    each: {
      'a full page': among(3)(async page => expectItems(await page({ startIndex: 1, count: 2 }), 3)),
      'the last page': amongFour(async ({ page }) => expectItems(await page({ startIndex: 4, count: 3 }), 4)),
    },
  }),
  must('start-index', ['R-121'], {
    description: 'startIndex in the response is that of the first resource on the page.',
    rationale: 'Clients calculate the next page from it, and would read the same page again and again.',
    remedy: 'Return the startIndex of the first resource on the page.',
    after: ['rfc/index-paging/second-page'],
    run: among(3)(async page => {
      const response = await page({ startIndex: 2, count: 1 })
      expectEqual(jsonObject(response).startIndex, 2, 'startIndex', response)
      expectTotal(response, 3)
    }),
  }),
  practice('walk', ['R-122'], {
    description: 'Consecutive pages contain every resource exactly once.',
    needs: ['filter'],
    remedy: 'Sort lists in a stable order (by id if none is requested) before you split them into pages.',
    after: ['rfc/index-paging/second-page'],
    run: amongFour(async ({ ids, page }) => {
      const seen: string[] = []
      for (let startIndex = 1; startIndex <= 4; startIndex++) {
        const response = await page({ startIndex, count: 1 })
        seen.push(...listedIds(response))
        expectTotal(response, 4)
      }
      expectEqual(seen.toSorted(), ids.toSorted(), 'ids of all pages')
    }),
  }),
  practice('beyond-the-end', ['R-121'], {
    description: 'A page beyond the last result is empty, not an error.',
    needs: ['filter'],
    rationale: 'Clients read until a page is empty. An error there aborts the whole run.',
    remedy: 'Return 200 and no Resources for a startIndex beyond totalResults.',
    after: ['rfc/index-paging/second-page'],
    run: amongFour(async ({ page }) => expectNone(await page({ startIndex: 100, count: 2 }), 4)),
  }),
  must('capped', ['R-123'], {
    description:
      'A page contains at most the advertised filter.maxResults resources, whatever count requests.',
    source: 'RFC 7643 §5',
    needs: ['filter'],
    rationale: 'Clients that rely on the advertised limit run out of memory or time.',
    remedy: 'Limit pages to maxResults, or advertise the actual limit.',
    after: ['rfc/filter/takes-presence'],
    run: async context => {
      const { maxResults } = context.service.offers.filter ?? skip('Filters aren’t supported.')
      if (!(maxResults > 0)) skip('No maxResults is advertised.')
      // So that the list is longer than a small page; creating enough for a large page is too expensive.
      if (maxResults < 20) await someUsers(context, maxResults + 1)
      for (const count of [maxResults + 1, 1_000_000]) {
        const response = await requestList(context, context.users, { filter: 'id pr', count })
        if (response.status === 400) skip('The server rejects such a count, or the filter `id pr`.')
        const { length } = listedResources(response)
        expectThat(length <= maxResults, `at most ${maxResults} resources`, length, response)
        if (!(Number(jsonObject(response).totalResults) > maxResults))
          skip(
            `The server has no more than the advertised ${maxResults} resources, so the limit isn’t reached.`,
          )
      }
    },
  }),
  must('groups', ['R-119', 'R-121'], {
    description: 'GET /Groups supports paging.',
    needs: ['groups'],
    remedy: 'Support paging for every type.',
    after: ['rfc/index-paging/second-page'],
    run: async context => {
      await context.create(context.groups)
      await context.create(context.groups)
      await expectEventually(context, async () => {
        const response = await requestList(context, context.groups, { startIndex: 2, count: 1 })
        const { length } = listedResources(response)
        expectThat(length <= 1, 'at most 1 resource', length, response)
        expectEqual(jsonObject(response).startIndex, 2, 'startIndex', response)
        expectTotal(response, 2)
      })
    },
  }),
])
