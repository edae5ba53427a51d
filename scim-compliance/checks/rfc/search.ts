import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn, skip } from '../../expect.ts'
import type { JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { listResponseUrn, searchRequestUrn } from '../../urns.ts'
import { at, writable } from '../tools/attributes.ts'
import { idsIn, isDeclined } from '../tools/lists.ts'
import { marked, narrow } from '../tools/narrowed.ts'
import { searchedBy } from '../tools/searched-by.ts'
import { checksOf, refusalsOf } from './checks-of.ts'

/** Searches; skips where the server has no such endpoint. */
async function search(stage: Stage, body: JsonObject, endpoint = stage.users.endpoint): Promise<Answer> {
  const answer = await stage.post(`${endpoint}/.search`, { schemas: [searchRequestUrn], ...body })
  if ([404, 405, 501].includes(answer.status)) skip(`The server has no ${endpoint}/.search.`)
  return answer
}

const common = {
  area: 'search',
  section: 'POST /.search',
  source: 'RFC 7644 §3.4.3',
  needs: ['write', 'users', 'search'],
} as const

const secret =
  'Clients search by POST to keep names out of addresses and logs; what works by GET has to work there.'

export const checks: readonly Check[] = [
  ...checksOf(common, [
    {
      id: 'answers-200',
      level: 'MUST',
      says: 'POST to /.search is a query: it is answered with 200 and a ListResponse.',
      requirements: ['R-144', 'R-146'],
      matters: secret,
      mend: 'Handle /.search before the creation of resources, and answer as to GET.',
      run: async stage => {
        const answer = await search(stage, { count: 1 })
        expectStatus(answer, 200)
        const { schemas, id } = objectIn(answer)
        if (typeof id === 'string') stage.willRemove(stage.users, answer)
        expectEqual(schemas, [listResponseUrn], 'schemas', answer)
      },
    },
    {
      id: 'filter',
      level: 'MUST',
      says: 'A filter in the body finds the users that match, and no others.',
      requirements: ['R-146'],
      needs: ['filter'],
      matters: secret,
      mend: 'Evaluate filter of the body as that of the address.',
      run: async stage => {
        const mark = stage.unique()
        const values = [`${mark} a`, `${mark} b`]
        const { made, text } = await searchedBy(stage, stage.users, values)
        const answer = await search(stage, { filter: `${text} eq "${mark} b"` })
        expectEqual(
          idsIn(answer),
          made.slice(1).map(({ id }) => id),
          'ids',
          answer,
        )
        expectEqual(objectIn(answer).totalResults, 1, 'totalResults', answer)
      },
    },
    {
      id: 'attributes',
      level: 'MUST',
      says: 'attributes in the body, an array of names, choose what is shown.',
      requirements: ['R-138', 'R-146'],
      needs: ['filter'],
      matters: secret,
      mend: 'Read attributes of the body as an array, and show just these and what is always returned.',
      run: async stage => {
        const { filter, text } = await marked(stage, stage.users, ['a'])
        const answer = await search(stage, { filter, attributes: ['userName'] })
        const [one] = resourcesIn(answer)
        expectThat(at(one, 'userName') !== undefined, 'userName', one, answer)
        expectEqual(at(one, text) ?? undefined, undefined, text, answer)
      },
    },
    {
      id: 'excluded-attributes',
      level: 'MUST',
      says: 'excludedAttributes in the body leave something out.',
      requirements: ['R-139', 'R-146'],
      needs: ['filter'],
      matters: secret,
      mend: 'Read excludedAttributes of the body as an array, and leave these out.',
      run: async stage => {
        const { filter, text } = await marked(stage, stage.users, ['a'])
        const answer = await search(stage, { filter, excludedAttributes: [text] })
        const [one] = resourcesIn(answer)
        expectThat(one !== undefined, 'one resource', 'none', answer)
        expectEqual(at(one, text) ?? undefined, undefined, text, answer)
      },
    },
    {
      id: 'sort',
      level: 'MUST',
      says: 'sortBy and sortOrder in the body put the result in order.',
      requirements: ['R-146'],
      needs: ['filter', 'sort'],
      matters: secret,
      mend: 'Sort by the body’s sortBy as by that of the address.',
      run: async stage => {
        const { made, filter, text } = await marked(stage, stage.users, ['b', 'c', 'a'])
        const ids = made.map(({ id }) => id)
        const answer = await search(stage, { filter, sortBy: text, sortOrder: 'descending' })
        expectEqual(idsIn(answer), [ids[1] ?? '', ids[0] ?? '', ids[2] ?? ''], 'ids in order', answer)
      },
    },
    {
      id: 'pages',
      level: 'MUST',
      says: 'startIndex and count in the body choose a page.',
      requirements: ['R-146'],
      needs: ['filter', 'index-paging'],
      matters: secret,
      mend: 'Read startIndex and count of the body, numbers, as those of the address.',
      run: async stage => {
        const { filter } = await marked(stage, stage.users, ['a', 'b', 'c'])
        const order = async () => idsIn(await search(stage, { filter }))
        const all = await order()
        const answer = await search(stage, { filter, startIndex: 2, count: 1 })
        for (let times = 0; times < 4; times++)
          if ((await order()).join() !== all.join())
            skip('The list has another order at each request, which RFC 7644 allows.')
        expectEqual(idsIn(answer)[0] ?? null, all[1] ?? null, 'first id from startIndex 2', answer)
        expectEqual(objectIn(answer).totalResults, 3, 'totalResults', answer)
      },
    },
    {
      id: 'groups',
      level: 'MUST',
      says: 'Groups are searched too.',
      requirements: ['R-144', 'R-146'],
      needs: ['groups', 'filter'],
      matters: secret,
      mend: 'Offer /.search below every endpoint.',
      run: async stage => {
        const made = await stage.create(stage.groups)
        const filter = await narrow(stage, stage.groups, [made])
        const answer = await search(stage, { filter }, stage.groups.endpoint)
        expectEqual(idsIn(answer), [made.id], 'ids', answer)
      },
    },
    {
      id: 'everywhere',
      level: 'MUST',
      says: 'POST to the root’s /.search looks through all types.',
      requirements: ['R-144'],
      needs: ['groups', 'filter'],
      matters: 'Clients that look for an object of unknown type don’t find it.',
      mend: 'Search all types for /.search at the root, or answer it with 501.',
      run: async stage => {
        writable(stage.users, 'displayName')
        writable(stage.groups, 'displayName')
        const mark = stage.unique()
        const user = await stage.create(stage.users, { displayName: mark })
        const group = await stage.create(stage.groups, { displayName: mark })
        const answer = await search(stage, { filter: `displayName eq "${mark}"` }, '')
        if (isDeclined(answer) || at(answer.body, 'scimType') === 'tooMany')
          skip(`The server declines queries over all types (${answer.status}).`)
        expectEqual(idsIn(answer).toSorted(), [user.id, group.id].toSorted(), 'ids of both types', answer)
      },
    },
  ]),
  ...refusalsOf(common, [
    {
      id: 'refuses-no-schema',
      level: 'SHOULD',
      says: 'A search that doesn’t name the SearchRequest schema is refused.',
      requirements: ['R-145'],
      matters: 'What was meant for another endpoint is taken for a search, and the client doesn’t notice.',
      mend: `Answer a body whose schemas lack ${searchRequestUrn} with 400 and invalidSyntax.`,
      scimTypes: ['invalidSyntax', 'invalidValue'],
      control: stage => search(stage, { count: 1 }),
      send: stage => stage.post(`${stage.users.endpoint}/.search`, { count: 1 }),
    },
    {
      id: 'refuses-bad-filter',
      says: 'A search whose filter can’t be read is refused.',
      requirements: ['R-146'],
      needs: ['filter'],
      matters: 'A client takes everybody for the answer to its question.',
      mend: 'Check the filter of the body as that of the address.',
      scimTypes: ['invalidFilter'],
      control: stage => search(stage, { filter: `userName eq "${stage.unique('nobody')}"` }),
      send: stage => search(stage, { filter: 'userName eq' }),
    },
  ]),
]
