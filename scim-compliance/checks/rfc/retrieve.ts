import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import {
  cameInstead,
  expectEqual,
  expectStatus,
  expectThat,
  formatValue,
  jsonObject,
  skip,
} from '../../expect.ts'
import { errorUrn, isObject, listResponseUrn } from '../../scim.ts'
import { fitting, over } from '../forms.ts'
import { objectsIn, valueIn } from '../steps/attributes.ts'
import { expectSchema, userAndGroup } from '../steps/create-and-read.ts'
import { expectEventually, expectTotal, isDeclined, listedIds, requestList } from '../steps/lists.ts'
import { isSameState } from '../steps/same-state.ts'
import { area } from './areas.ts'
import { defineChecks, may, must, practice, should } from './define-checks.ts'

const filterForNobody = (context: CheckContext): string => `userName eq "${context.unique('nobody')}"`

const retrieveArea = area('retrieve', 'Retrieve', 'RFC 7644 §3.4.1', {
  needs: ['write'],
  after: ['probe/create'],
})

const resourceChecks = defineChecks(retrieveArea, [
  must('by-id', ['R-090'], {
    description: 'GET of a resource by id returns 200 and this resource.',
    rationale: 'Entra reads each linked user and group by id before it writes.',
    remedy: 'Serve GET for each resource under its endpoint and id.',
    ...over(userAndGroup, kind => async context => {
      const made = await context.create(context[kind])
      const response = await context.get(made.path)
      expectStatus(response, 200)
      expectEqual(valueIn(response.body, 'id'), made.id, 'id', response)
    }),
  }),
  must('listed', ['R-091', 'R-092'], {
    source: 'RFC 7644 §3.4.2',
    description: 'A list after a create contains at least one resource, and totalResults is at least 1.',
    rationale: 'Okta’s imports and Entra’s account discovery read lists. They would find nothing.',
    remedy: 'Return a ListResponse of all resources for a GET of the endpoint.',
    ...over(userAndGroup, kind => async context => {
      await context.create(context[kind])
      await expectEventually(context, async () => {
        const response = await context.get(context[kind].endpoint)
        expectStatus(response, 200)
        const { totalResults, nextCursor } = jsonObject(response)
        const { length } = objectsIn(response.body, 'Resources')
        expectThat(length > 0, 'at least 1 resource', response.text, response)
        if (totalResults !== undefined || nextCursor === undefined) expectTotal(response, 1)
      })
    }),
  }),
  must('same-in-list', ['R-092', 'R-090'], {
    source: 'RFC 7644 §3.4.2',
    description: 'A list contains a resource as GET returns it.',
    rationale: 'Clients compare the values in lists, and update the ones that are missing.',
    remedy: 'Build the representations in lists and of single resources in the same place.',
    needs: ['filter'],
    after: ['rfc/retrieve/by-id', 'probe/filter'],
    ...over({ userName: 'users', displayName: 'groups' } as const, (kind, name) => async context => {
      const type = context[kind]
      const made = await context.create(type)
      const filter = `${name} eq ${JSON.stringify(made.sent[name] ?? '')}`
      const response = await requestList(context, type, { filter })
      if (response.status !== 200) skip(`${filter} returns ${response.status}.`)
      const found = objectsIn(response.body, 'Resources').find(one => one.id === made.id)
      if (found === undefined) return skip('The filter doesn’t return the resource.')
      const alone = await context.get(made.path)
      const what = `the resource as in a GET ${formatValue(alone.body)}`
      expectThat(isSameState(found, alone.body), what, found, response)
    }),
  }),
])

const returnsNothing = {
  remedy: 'Evaluate the filter before you count: nothing matches, so totalResults is 0.',
  blame: [{ on: '4xx', remedy: 'Return 200 and an empty list, not 404.' }],
  expect: { status: [200], body: { totalResults: 0, Resources: undefined } },
} as const

const anInteger = fitting('an integer', Number.isInteger)

/** §3.4.2.1 defines it for a server that doesn't search all resources. */
const isTooMany = ({ status, body }: ScimResponse): boolean =>
  status === 400 && valueIn(body, 'scimType') === 'tooMany'

/** Without the probe of a create, since some of these need nothing that was created. */
const listsArea = area('retrieve', 'Retrieve', 'RFC 7644 §3.4.2', { needs: ['users'] })

const listChecks = defineChecks(listsArea, [
  must('total-results', ['R-091'], {
    description: 'totalResults is the number of all resources, even if a page contains only one of them.',
    rationale:
      'Clients that read pages, such as imports, continue until they have this many. Entra uses it to decide whether a user was found.',
    remedy: 'Return the number of all matches in totalResults of every list, not the size of the page.',
    needs: ['write'],
    after: ['probe/create', 'rfc/retrieve/listed'],
    unconverted: 'totals',
    run: async context => {
      await context.create(context.users)
      await context.create(context.users)
      for (const query of ['', '?count=1'])
        await expectEventually(context, async () => {
          const response = await context.get(`${context.users.endpoint}${query}`)
          expectStatus(response, 200)
          const { totalResults, nextCursor } = jsonObject(response)
          if (totalResults === undefined && nextCursor !== undefined) skip('The list uses cursors.')
          const came = cameInstead(totalResults, 1)
          expectThat(Number.isInteger(totalResults), 'totalResults, an integer', totalResults, response, came)
          expectTotal(response, 2)
        })
    },
  }),
  must('page-members', ['R-092'], {
    description: 'A page of a list contains startIndex and itemsPerPage.',
    rationale: 'Clients calculate the next page from these values.',
    remedy: 'Return startIndex and itemsPerPage as numbers with every page.',
    needs: ['write', 'index-paging'],
    after: ['probe/create', 'rfc/index-paging/count-limits'],
    given: { user: true, other: true },
    request: s => ({ get: `${s.context.users.endpoint}?startIndex=1&count=1` }),
    expect: { body: { startIndex: anInteger, itemsPerPage: anInteger } },
  }),
  must('nothing-found', ['R-093'], {
    description: 'A query without a match returns 200 and totalResults 0.',
    rationale: 'Entra’s connection test is such a query, and a 404 makes it fail.',
    ...returnsNothing,
    needs: ['filter'],
    after: ['rfc/filter/eq-string'],
    request: ({ context }) => ({ filter: filterForNobody(context) }),
  }),
  practice('resources-not-null', ['R-092'], {
    source: 'RFC 7643 §2.5',
    description: 'A list without a match has an empty array as Resources, or no Resources, but not null.',
    rationale: 'Typed clients fail to parse null where they expect a list, in each query that finds nothing.',
    remedy: 'Return "Resources": [], or omit Resources.',
    needs: ['filter'],
    after: ['rfc/retrieve/nothing-found'],
    request: ({ context }) => ({ filter: filterForNobody(context) }),
    expect: { body: { Resources: fitting('an array, or omitted', Resources => Resources !== null) } },
  }),
  must('nothing-found-groups', ['R-093'], {
    description: 'A query for groups without a match returns 200 and totalResults 0.',
    rationale: 'Entra searches for each group before it creates the group, and a 404 stops it.',
    ...returnsNothing,
    needs: ['groups', 'filter'],
    after: ['rfc/retrieve/nothing-found', 'rfc/filter/eq-group-name'],
    request: ({ mark }) => ({ filter: `displayName eq "nobody-${mark}"`, of: 'groups' }),
  }),
  must('too-many', ['R-095'], {
    source: 'RFC 7644 §3.4.2.1',
    description: 'A list without a filter is returned, in pages, or rejected with 400 and scimType tooMany.',
    rationale: 'A timeout or a 500 contains no useful information for a client, so it retries.',
    remedy: 'Split long lists into pages, or reject the request with tooMany.',
    after: ['rfc/model/message-schemas'],
    run: async context => {
      const response = await context.get(context.users.endpoint)
      if (isTooMany(response)) return
      expectStatus(response, 200)
      expectSchema(response, listResponseUrn)
    },
  }),
  may('filtered-resource', ['R-096'], {
    source: 'RFC 7644 §3.4.2.1',
    description:
      'GET of one user with a filter returns a list with the user if it matches, and an empty list otherwise.',
    rationale:
      'A client that asks whether one resource matches a condition takes any resource in the response as a match.',
    remedy: 'Return a ListResponse for GET /Users/{id}?filter=….',
    needs: ['write', 'filter'],
    after: ['probe/create', 'probe/filter'],
    run: async context => {
      const { path, sent } = await context.create(context.users)
      const wanted = [
        [`userName eq ${JSON.stringify(sent.userName ?? '')}`, 1],
        [filterForNobody(context), 0],
      ] as const
      for (const [filter, total] of wanted) {
        const response = await context.get(`${path}?filter=${encodeURIComponent(filter)}`)
        expectStatus(response, 200)
        if (jsonObject(response).id !== undefined) skip('The server ignores the filter and returns the user.')
        expectEqual(jsonObject(response).totalResults, total, 'totalResults', response)
      }
    },
  }),
])

/** A query on the root finds these of a user and a group; `either` is a filter for both. */
const rootFinds =
  (filterFor: (either: string, context: CheckContext) => string, ...found: readonly ('user' | 'group')[]) =>
  async (context: CheckContext): Promise<void> => {
    const user = await context.create(context.users)
    const made = { user, group: await context.create(context.groups) }
    const filter = filterFor(`id eq "${user.id}" or id eq "${made.group.id}"`, context)
    const ids = found.map(name => made[name].id).toSorted()
    await expectEventually(context, async () => {
      const response = await context.get(`/?filter=${encodeURIComponent(filter)}`)
      if ([404, 405, 501, 403].includes(response.status) || isDeclined(response) || isTooMany(response))
        skip(`The server doesn’t support queries on the root (${response.status}).`)
      expectEqual(listedIds(response).toSorted(), ids, 'ids', response)
    })
  }

const rootQueryArea = {
  ...listsArea,
  source: 'RFC 7644 §3.4.2.1',
  needs: ['write', 'users', 'groups', 'filter'],
  after: ['probe/create', 'rfc/filter/or', 'rfc/retrieve/root-query'],
} as const

const rootChecks = defineChecks(rootQueryArea, [
  must('root-query', ['R-094'], {
    description: 'A query on the root, if supported, returns resources of all types.',
    rationale: 'Clients search for a user or group of which they know only the id.',
    remedy: 'Search all types in queries on the root, or return 501.',
    run: rootFinds(either => either, 'user', 'group'),
  }),
  must('root-query-type', ['R-094'], {
    description: 'A query on the root supports filters on meta.resourceType.',
    rationale: 'It is the only way to query the root for a single type.',
    remedy: 'Support meta.resourceType in filters.',
    run: rootFinds((either, { groups }) => `(${either}) and meta.resourceType eq "${groups.name}"`, 'group'),
  }),
  must('root-query-absent', ['R-094'], {
    description: 'In a query on the root, attributes that a type doesn’t have are unassigned.',
    rationale: 'A filter on userName would fail because groups don’t have that attribute.',
    remedy: 'Treat attributes that a type doesn’t have as unassigned.',
    run: rootFinds(either => `(${either}) and userName pr`, 'user'),
  }),
])

const meChecks = defineChecks(area('me', '/Me', 'RFC 7644 §3.11'), [
  should('offered-or-501', ['R-208'], {
    description: 'GET /Me returns the resource of the token, or 501.',
    rationale: 'A web page or a plain 404 doesn’t tell a client that /Me isn’t supported.',
    remedy: 'Return 501 if /Me isn’t supported.',
    run: async context => {
      const response = await context.get('/Me')
      const { id, schemas } = isObject(response.body) ? response.body : {}
      if (response.status === 404 && Array.isArray(schemas) && schemas.includes(errorUrn))
        skip(
          '404 with a SCIM error: either /Me isn’t supported, or the token isn’t associated with a resource.',
        )
      // A token that isn't associated with a user has no resource, even if the server supports the endpoint.
      expectStatus(response, 200, 307, 308, 403, 501)
      if (response.status === 200)
        expectThat(typeof id === 'string', 'a resource with an id', response.body, response)
    },
  }),
  must('location', ['R-209'], {
    description: 'The response of /Me contains the permanent location of the resource.',
    rationale:
      'A client that stores /Me as the URL of the resource reaches another account when another user signs in.',
    remedy: 'Return the permanent URL of the resource in Location.',
    run: async context => {
      const response = await context.get('/Me')
      if (![200, 307, 308].includes(response.status)) skip('The server has no /Me for this token.')
      const { location } = response.headers
      const isPermanent = location !== undefined && !/\/Me\/?$/i.test(location)
      expectThat(isPermanent, 'Location with the permanent URL', location, response)
      if (response.status !== 200) return
      const own = valueIn(jsonObject(response), 'meta', 'location')
      expectThat(own === undefined || own === location, `Location ${String(own)}`, location, response)
    },
  }),
])

export const retrieveChecks: readonly Check[] = [...resourceChecks, ...listChecks, ...rootChecks, ...meChecks]
