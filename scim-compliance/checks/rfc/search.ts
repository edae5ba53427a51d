import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, jsonObject, listedResources, skip } from '../../expect.ts'
import { type JsonObject, listResponseUrn, searchRequestUrn } from '../../scim.ts'
import { requireWritableAttribute, valueIn } from '../steps/attributes.ts'
import { createMarked, requireNarrowingFilter } from '../steps/list-fixtures.ts'
import { expectEventually, isDeclined, listedIds } from '../steps/lists.ts'
import { area, userNeeds } from './areas.ts'
import { defineChecks, must, refuses, refusesNamed, should } from './define-checks.ts'

/** Searches with POST; skips if the server has no such endpoint. */
async function search(
  context: CheckContext,
  body: JsonObject,
  endpoint = context.users.endpoint,
  head: JsonObject = { schemas: [searchRequestUrn] },
): Promise<ScimResponse> {
  const response = await context.post(`${endpoint}/.search`, { ...head, ...body })
  if ([404, 405, 501].includes(response.status)) skip(`The server has no ${endpoint}/.search.`)
  return response
}

const searchesBadly = (context: CheckContext) => search(context, { filter: 'userName eq' })

const withoutSchema = (context: CheckContext) => search(context, { count: 1 }, context.users.endpoint, {})

/** Searches for one user whose text is omitted in the response. */
async function searchWithoutText(context: CheckContext, parametersFor: (text: string) => JsonObject) {
  const { filter, text } = await createMarked(context, context.users, ['a'])
  const response = await search(context, { filter, ...parametersFor(text) })
  const [one] = listedResources(response)
  expectThat(valueIn(one, 'userName') !== undefined, 'userName', one, response)
  expectEqual(valueIn(one, text) ?? undefined, undefined, text, response)
}

const searchArea = area('search', 'POST /.search', 'RFC 7644 §3.4.3', {
  needs: [...userNeeds, 'search'],
  after: ['rfc/search/answers-200'],
  rationale:
    'Clients search with POST to keep names out of URLs and logs. All GET parameters have to work there.',
})

export const searchChecks: readonly Check[] = defineChecks(searchArea, [
  must('answers-200', ['R-144', 'R-146'], {
    description: 'POST to /.search returns 200 and a ListResponse.',
    remedy: 'Route /.search before the creation of resources, and respond as to a GET.',
    after: ['rfc/model/message-schemas'],
    run: async context => {
      const response = await search(context, { count: 1 })
      context.removeAfterwards(context.users, response)
      expectStatus(response, 200)
      expectEqual(jsonObject(response).schemas, [listResponseUrn], 'schemas', response)
    },
  }),
  must('filter', ['R-146'], {
    description: 'filter in the body returns only matching users.',
    needs: ['filter'],
    remedy: 'Evaluate filter in the body like the one in the URL.',
    after: ['rfc/filter/eq-string'],
    run: async context => {
      const made = await context.create(context.users)
      await context.create(context.users)
      const filter = `userName eq ${JSON.stringify(made.sent.userName)}`
      await expectEventually(context, async () => {
        const response = await search(context, { filter })
        expectEqual(listedIds(response), [made.id], 'ids', response)
        expectEqual(jsonObject(response).totalResults, 1, 'totalResults', response)
      })
    },
  }),
  must('attributes', ['R-138', 'R-139', 'R-146'], {
    description:
      'attributes and excludedAttributes in the body, arrays of names, select the returned attributes.',
    needs: ['filter'],
    remedy:
      'Read both as arrays. Return only the attributes in attributes and those that are always returned, and omit those in excludedAttributes.',
    after: ['rfc/search/filter', 'rfc/projection/get', 'rfc/projection/excluded'],
    each: {
      attributes: context => searchWithoutText(context, () => ({ attributes: ['userName'] })),
      excludedAttributes: context => searchWithoutText(context, text => ({ excludedAttributes: [text] })),
    },
  }),
  must('sort', ['R-146'], {
    description: 'sortBy and sortOrder in the body sort the result.',
    needs: ['filter', 'sort'],
    remedy: 'Evaluate sortBy in the body like the one in the URL.',
    after: ['rfc/search/filter', 'rfc/sort/descending'],
    run: async context => {
      const { made, filter, text } = await createMarked(context, context.users, ['b', 'c', 'a'])
      const ids = made.map(({ id }) => id)
      const response = await search(context, { filter, sortBy: text, sortOrder: 'descending' })
      expectEqual(listedIds(response), [ids[1] ?? '', ids[0] ?? '', ids[2] ?? ''], 'ids in order', response)
    },
  }),
  must('pages', ['R-146'], {
    description: 'startIndex and count in the body select a page.',
    needs: ['filter', 'index-paging'],
    remedy: 'Read startIndex and count in the body as numbers, and evaluate them like those in the URL.',
    after: ['rfc/search/filter', 'rfc/index-paging/second-page'],
    run: async context => {
      const { filter } = await createMarked(context, context.users, ['a', 'b', 'c'])
      const order = async () => listedIds(await search(context, { filter }))
      const all = await order()
      const response = await search(context, { filter, startIndex: 2, count: 1 })
      for (let times = 0; times < 4; times++)
        if ((await order()).join() !== all.join())
          skip('The order of the list changes with each request, which RFC 7644 allows.')
      expectEqual(listedIds(response)[0] ?? null, all[1] ?? null, 'first id from startIndex 2', response)
      expectEqual(jsonObject(response).totalResults, 3, 'totalResults', response)
    },
  }),
  must('groups', ['R-144', 'R-146'], {
    description: 'POST to /Groups/.search searches groups.',
    needs: ['groups', 'filter'],
    remedy: 'Serve /.search below every endpoint.',
    after: ['rfc/search/filter'],
    run: async context => {
      const made = await context.create(context.groups)
      const filter = await requireNarrowingFilter(context, context.groups, [made])
      const response = await search(context, { filter }, context.groups.endpoint)
      expectEqual(listedIds(response), [made.id], 'ids', response)
    },
  }),
  must('everywhere', ['R-144'], {
    description: 'POST to /.search at the root searches all types.',
    needs: ['groups', 'filter'],
    rationale: 'Clients that search for an object of unknown type don’t find it.',
    remedy: 'Search all types with /.search at the root, or return 501.',
    after: ['rfc/search/filter', 'rfc/filter/not-ignored'],
    run: async context => {
      for (const type of [context.users, context.groups]) requireWritableAttribute(type, 'displayName')
      const mark = context.unique()
      const user = await context.create(context.users, { displayName: mark })
      const group = await context.create(context.groups, { displayName: mark })
      await expectEventually(context, async () => {
        const response = await search(context, { filter: `displayName eq "${mark}"` }, '')
        if (isDeclined(response) || valueIn(response.body, 'scimType') === 'tooMany')
          skip(`The server declines queries over all types (${response.status}).`)
        const ids = [user.id, group.id].toSorted()
        expectEqual(listedIds(response).toSorted(), ids, 'ids of both types', response)
      })
    },
  }),
  should('refuses-no-schema', ['R-145'], {
    description: 'A search without the SearchRequest schema returns 400.',
    rationale:
      'A request intended for another endpoint is treated as a search, and the client doesn’t notice.',
    remedy: `Return 400 with scimType invalidSyntax for a body whose schemas lack ${searchRequestUrn}.`,
    ...refuses(withoutSchema),
  }),
  must('refuses-bad-filter', ['R-146'], {
    description: 'A search with a malformed filter returns 400.',
    needs: ['filter'],
    rationale: 'The client treats every resource as a match.',
    remedy: 'Validate the filter in the body like the one in the URL.',
    after: ['rfc/search/filter', 'rfc/filter/refuses-malformed'],
    ...refuses(searchesBadly),
  }),
  refusesNamed(['R-145', 'R-146'], [], {
    'without its schema': [withoutSchema, 'invalidSyntax', 'invalidValue'],
    'with a malformed filter': [searchesBadly, 'invalidFilter'],
  }),
])
