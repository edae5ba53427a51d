import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, listedResources, skip } from '../../expect.ts'
import { isObject, type JsonObject, listResponseUrn } from '../../scim.ts'
import { type Form, fitting, over, overNames, worksByProbe } from '../forms.ts'
import { valueIn } from '../steps/attributes.ts'
import { bulkResults, sendBulk } from '../steps/bulk.ts'
import { expectSchema } from '../steps/create-and-read.ts'
import { createMarked } from '../steps/list-fixtures.ts'
import { expectOrder, requestList } from '../steps/lists.ts'
import { withoutEffect } from '../steps/patches.ts'
import { area, created } from './areas.ts'
import { type CheckDefinition, defineChecks, must, remedyEvenFor, should } from './define-checks.ts'

const discoveryArea = area('discovery', 'Discovery', 'RFC 7644 §4')

const configOf = ({ service }: CheckContext): JsonObject =>
  service.config ?? skip('/ServiceProviderConfig can’t be read.')

const ofType = (type: 'boolean' | 'number') => fitting(`a ${type}`, value => typeof value === type)

/** The limits of each feature that RFC 7643 §5 requires. */
const features = {
  patch: [],
  bulk: ['maxOperations', 'maxPayloadSize'],
  filter: ['maxResults'],
  changePassword: [],
  sort: [],
  etag: [],
} as const

const configChecks = defineChecks({ ...discoveryArea, source: 'RFC 7643 §5' }, [
  must('config', ['R-147'], {
    source: discoveryArea.source,
    description: 'GET /ServiceProviderConfig returns one object with the schema ServiceProviderConfig.',
    rationale: 'Okta, SailPoint and tools such as this one read it to learn what the server supports.',
    remedy: 'Serve /ServiceProviderConfig as a single object, not as a list, and include its URN in schemas.',
    run: async context => {
      const response = await context.get('/ServiceProviderConfig')
      expectStatus(response, 200)
      expectSchema(response, 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig')
    },
  }),
  must('config-members', ['R-148'], {
    description:
      'ServiceProviderConfig reports for each feature whether it is supported, with its limits, and lists the authentication schemes.',
    rationale:
      'Clients that rely on it don’t know which requests the server supports, and administrators not how to connect.',
    remedy:
      'Return each feature as an object with supported, a boolean, and its limits as numbers; and authenticationSchemes as an array whose entries have type, name and description.',
    after: ['rfc/discovery/config'],
    each: {
      ...over<readonly string[]>(features, (limits, name) => ({
        request: { get: '/ServiceProviderConfig' },
        expect: {
          body: {
            [`${name}.supported`]: ofType('boolean'),
            ...Object.fromEntries(limits.map(limit => [`${name}.${limit}`, ofType('number')])),
          },
        },
      })).each,
      authenticationSchemes: async context => {
        const { authenticationSchemes: schemes } = configOf(context)
        expectThat(Array.isArray(schemes) && schemes.length > 0, 'authenticationSchemes', schemes)
        for (const scheme of schemes)
          for (const name of ['type', 'name', 'description'])
            expectThat(typeof valueIn(scheme, name) === 'string', `${name}, a string`, scheme)
      },
    },
  }),
  must('authentication-schemes-primary', ['R-148', 'R-037'], {
    source: 'RFC 7643 §2.4, §5',
    description: 'At most one authentication scheme is primary.',
    rationale: 'Clients choose the primary scheme.',
    remedy: 'Set primary to true for at most one authentication scheme.',
    after: ['rfc/discovery/config-members'],
    run: async context => {
      const { authenticationSchemes: schemes } = configOf(context)
      if (!Array.isArray(schemes)) return skip('There are no authenticationSchemes.')
      const primaries = schemes.filter(one => isObject(one) && one.primary === true)
      expectThat(primaries.length <= 1, 'at most one primary scheme', primaries)
    },
  }),
  should('public', ['R-149'], {
    source: 'RFC 7643 §5, RFC 7644 §2',
    description: 'GET /ServiceProviderConfig without credentials returns the authentication schemes.',
    rationale: 'A client needs to read how to sign in before it has signed in.',
    ...remedyEvenFor(401, 'Serve /ServiceProviderConfig without a token: it contains nothing secret.'),
    after: ['rfc/discovery/config'],
    request: { get: '/ServiceProviderConfig', headers: { authorization: '' } },
    expect: { status: [200] },
  }),
])

type Offer = Pick<CheckDefinition, 'remedy' | 'after' | 'blame'> & Pick<Check, 'run'>

const offer = (id: keyof CheckContext['service']['offers'], words: string, { run, ...rest }: Offer) =>
  must(`offers-${id}`, ['R-148'], {
    ...rest,
    description: `If ServiceProviderConfig reports ${words} as supported, ${words.endsWith('s') ? 'they work' : 'it works'}.`,
    run: async context => {
      if (!context.service.offers[id]) skip(`The server doesn’t advertise ${words}.`)
      await run(context)
    },
  })

const offersArea = {
  ...discoveryArea,
  ...created,
  source: 'RFC 7643 §5',
  rationale: 'Clients use what the server advertises, and those requests fail.',
}

const offerChecks = defineChecks(offersArea, [
  offer('patch', 'PATCH', {
    remedy: 'Implement PATCH, or don’t advertise it: set patch.supported to false.',
    blame: [{ on: 'without effect', remedy: withoutEffect }],
    run: worksByProbe('probe/patch', 'PATCH to change a user'),
  }),
  offer('filter', 'filters', {
    remedy: 'Implement filters, or set filter.supported to false.',
    after: ['probe/filter'],
    run: worksByProbe('probe/filter', 'a filter by userName to return only the user'),
  }),
  offer('sort', 'sorting', {
    remedy: 'Implement sortBy, or set sort.supported to false.',
    after: ['probe/filter'],
    // Only ascending: rfc/sort/descending reports a server that ignores sortOrder.
    run: async context => {
      const { made, filter, text } = await createMarked(context, context.users, ['b', 'a'])
      const query = { filter, sortBy: text, sortOrder: 'ascending' }
      const response = await requestList(context, context.users, query)
      expectOrder(response, made.toReversed(), 'ids in ascending order')
    },
  }),
  offer('etag', 'ETags', {
    remedy: 'Send ETags, or set etag.supported to false.',
    after: ['rfc/retrieve/by-id'],
    run: async context => {
      const response = await context.get((await context.create(context.users)).path)
      expectThat(response.headers.etag !== undefined, 'an ETag header', response.headers, response)
    },
  }),
  offer('bulk', 'bulk requests', {
    remedy: 'Implement /Bulk, or set bulk.supported to false.',
    run: async context => {
      const path = `${context.users.endpoint}/${context.unique()}`
      const response = await sendBulk(context, [{ method: 'DELETE', path }])
      expectEqual(bulkResults(response).length, 1, 'number of results', response)
    },
  }),
])

type ListPath = '/Schemas' | '/ResourceTypes'

/** By list, the attribute that identifies an entry. */
const lists: Readonly<Record<ListPath, 'id' | 'name'>> = { '/Schemas': 'id', '/ResourceTypes': 'name' }

const endpoints = ['/ServiceProviderConfig', ...Object.keys(lists)]

const getList = async (context: CheckContext, path: string): Promise<ScimResponse> => {
  const response = await context.get(path)
  expectStatus(response, 200)
  return response
}

const list = (path: ListPath, requirement: string) =>
  must(`list-${path.slice(1).toLowerCase()}`, [requirement], {
    description: `GET ${path} returns a ListResponse of all entries.`,
    rationale: 'Clients that are driven by discovery find no schemas or resource types.',
    remedy: `Serve ${path} as a ListResponse, with totalResults and Resources.`,
    run: async context => {
      const response = await getList(context, path)
      expectSchema(response, listResponseUrn)
      const all = listedResources(response)
      expectThat(all.length > 0, 'at least one entry in Resources', response.text, response)
      expectEqual(valueIn(response.body, 'totalResults'), all.length, 'totalResults', response)
    },
  })

const ids = (response: ScimResponse) => listedResources(response).map(({ id, name }) => id ?? name ?? null)

/** Expects a query of a list to have no effect. */
const expectIgnored = async (context: CheckContext, path: string, query: string): Promise<void> => {
  const all = await getList(context, path)
  const response = await getList(context, `${path}?${query}`)
  expectEqual(ids(response), ids(all), 'entries', response)
}

const listChecks = defineChecks({ ...discoveryArea, after: ['rfc/discovery/list-schemas'] }, [
  list('/Schemas', 'R-150'),
  list('/ResourceTypes', 'R-153'),
  must('no-messages', ['R-151'], {
    source: 'RFC 7644 §3.1',
    description: '/Schemas doesn’t contain schemas of messages (urn:…:api:…).',
    rationale: 'Clients treat each listed schema as one that resources can have.',
    remedy: 'List only schemas of resources.',
    run: async ({ service }) => {
      if (service.schemas.length === 0) skip('/Schemas can’t be read.')
      const urns = service.schemas.map(({ id }) => String(id))
      const found = urns.filter(urn => /^urn:ietf:params:scim:api:/i.test(urn))
      expectEqual(found, [], 'schemas of messages')
    },
  }),
])

const readOnlyChecks = defineChecks({ ...discoveryArea, needs: ['write'] }, [
  should('read-only', ['R-157'], {
    source: 'RFC 7644 §3.2, table 2',
    description: `POST, PUT and PATCH on ${endpoints.join(', ')} return 405, 501 or 404.`,
    rationale: 'Clients must not be able to change the server’s description of itself.',
    remedy: 'Accept only GET on these endpoints.',
    each: Object.fromEntries(
      endpoints.flatMap(path =>
        (['POST', 'PUT', 'PATCH'] as const).map((method): [string, Form] => [
          `${method} ${path}`,
          { request: { raw: '{}', method, path }, expect: { status: [405, 501, 404] } },
        ]),
      ),
    ),
  }),
])

const entriesArea = {
  ...discoveryArea,
  after: ['rfc/discovery/list-schemas', 'rfc/discovery/list-resourcetypes'],
}

const entryChecks = defineChecks(entriesArea, [
  should('single-entries', ['R-150', 'R-153'], {
    description: 'GET of an entry of /Schemas or /ResourceTypes returns this entry.',
    rationale: 'Clients that need a single entry request only that one.',
    remedy: 'Serve /Schemas/{id} and /ResourceTypes/{name} for each entry.',
    ...over(lists, (key, path) => async context => {
      const { schemas, resourceTypes } = context.service
      const entries = path === '/Schemas' ? schemas : resourceTypes
      if (entries.length === 0) skip(`${path} can’t be read.`)
      for (const { [key]: id } of entries) {
        const name = encodeURIComponent(String(id)).replaceAll('%3A', ':')
        const response = await context.get(`${path}/${name}`)
        expectStatus(response, 200)
        expectEqual(valueIn(response.body, key), id, key, response)
      }
    }),
  }),
  should('unknown-entries', ['R-150', 'R-153'], {
    description: 'GET of an unknown entry of /Schemas or /ResourceTypes returns 404.',
    rationale: 'Clients use this request to find out whether an extension is supported.',
    remedy: 'Return 404 for unknown entries of /Schemas and /ResourceTypes.',
    after: ['rfc/discovery/single-entries'],
    ...overNames(['/Schemas/urn:example:scim-check:Unknown', '/ResourceTypes/ScimCheckUnknown'], get => ({
      request: { get },
      expect: { status: [404] },
    })),
  }),
  must('ignores-parameters', ['R-155'], {
    description: '/Schemas and /ResourceTypes ignore parameters for sorting and paging.',
    rationale: 'A client that adds these parameters to every request sees only some of the entries.',
    remedy: 'Ignore query parameters of /Schemas and /ResourceTypes.',
    ...over(lists, (_, path) => async context => {
      for (const query of ['sortBy=id&sortOrder=descending', 'startIndex=2&count=1'])
        await expectIgnored(context, path, query)
    }),
  }),
  should('filtered', ['R-156', 'R-155'], {
    description: 'A filter on /Schemas or /ResourceTypes returns 403, or is ignored.',
    rationale: 'A filter that is only partly evaluated hides entries from clients.',
    remedy: 'Return 403 for a filter on /Schemas and /ResourceTypes, or ignore the filter.',
    ...over(lists, (_, path) => async context => {
      const query = `filter=${encodeURIComponent('id eq "nothing"')}`
      const { status } = await context.get(`${path}?${query}`)
      if (status !== 403) await expectIgnored(context, path, query)
    }),
  }),
])

export const discoveryChecks: readonly Check[] = [
  ...configChecks,
  ...offerChecks,
  ...listChecks,
  ...readOnlyChecks,
  ...entryChecks,
]
