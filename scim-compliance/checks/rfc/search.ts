import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, jsonObject, listedResources, skip } from '../../expect.ts'
import { type JsonObject, listResponseUrn, searchRequestUrn } from '../../scim.ts'
import { requireWritableAttribute, valueIn } from '../steps/attributes.ts'
import { createMarked, requireNarrowingFilter } from '../steps/list-fixtures.ts'
import { expectEventually, isDeclined, listedIds } from '../steps/lists.ts'
import { searchArea } from './areas.ts'
import {
  type CheckDefinition,
  defineChecks,
  must,
  refusalBlame,
  refusesNamed,
  should,
} from './define-checks.ts'

/** Searches with POST; skips if the server has no such endpoint. */
async function search(
  context: CheckContext,
  body: JsonObject,
  endpoint = context.users.endpoint,
): Promise<ScimResponse> {
  const response = await context.post(`${endpoint}/.search`, { schemas: [searchRequestUrn], ...body })
  if ([404, 405, 501].includes(response.status)) skip(`The server has no ${endpoint}/.search.`)
  return response
}

const searchesBadly = (context: CheckContext) => search(context, { filter: 'userName eq' })

const withoutSchema = (context: CheckContext) =>
  context.post(`${context.users.endpoint}/.search`, { count: 1 })

/** Searches for one user whose text is omitted in the response. */
async function searchWithoutText(
  context: CheckContext,
  parametersFor: (text: string) => JsonObject,
): Promise<void> {
  const { filter, text } = await createMarked(context, context.users, ['a'])
  const response = await search(context, { filter, ...parametersFor(text) })
  const [one] = listedResources(response)
  expectThat(valueIn(one, 'userName') !== undefined, 'userName', one, response)
  expectEqual(valueIn(one, text) ?? undefined, undefined, text, response)
}

const secret =
  'Clients search with POST to keep names out of URLs and logs. All GET parameters have to work there.'

const searches: readonly CheckDefinition[] = [
  must('answers-200', ['R-144', 'R-146'], {
    description: 'POST to /.search returns 200 and a ListResponse.',
    rationale: secret,
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
    rationale: secret,
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
  must('attributes', ['R-138', 'R-146'], {
    description: 'attributes in the body, an array of names, selects the returned attributes.',
    needs: ['filter'],
    rationale: secret,
    remedy:
      'Read attributes in the body as an array, and return only these and the attributes that are always returned.',
    after: ['rfc/search/filter', 'rfc/projection/get'],
    run: context => searchWithoutText(context, () => ({ attributes: ['userName'] })),
  }),
  must('excluded-attributes', ['R-139', 'R-146'], {
    description: 'excludedAttributes in the body omits attributes.',
    needs: ['filter'],
    rationale: secret,
    remedy: 'Read excludedAttributes in the body as an array, and omit these attributes.',
    after: ['rfc/search/filter', 'rfc/projection/excluded'],
    run: context => searchWithoutText(context, text => ({ excludedAttributes: [text] })),
  }),
  must('sort', ['R-146'], {
    description: 'sortBy and sortOrder in the body sort the result.',
    needs: ['filter', 'sort'],
    rationale: secret,
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
    rationale: secret,
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
    rationale: secret,
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
      requireWritableAttribute(context.users, 'displayName')
      requireWritableAttribute(context.groups, 'displayName')
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
    run: async context => expectStatus(await withoutSchema(context), 400),
    blame: refusalBlame,
  }),
  must('refuses-bad-filter', ['R-146'], {
    description: 'A search with a malformed filter returns 400.',
    needs: ['filter'],
    rationale: 'The client treats every resource as a match.',
    remedy: 'Validate the filter in the body like the one in the URL.',
    after: ['rfc/search/filter', 'rfc/filter/refuses-malformed'],
    run: async context => expectStatus(await searchesBadly(context), 400),
    blame: refusalBlame,
  }),
  refusesNamed(['R-145', 'R-146'], [], {
    'without its schema': [withoutSchema, 'invalidSyntax', 'invalidValue'],
    'with a malformed filter': [searchesBadly, 'invalidFilter'],
  }),
]

export const searchChecks: readonly Check[] = defineChecks(searchArea, searches)
