import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import {
  expectEqual,
  expectStatus,
  expectThat,
  formatValue,
  jsonObject,
  listedResources,
  skip,
} from '../../expect.ts'
import { listResponseUrn } from '../../scim.ts'
import { over } from '../forms.ts'
import { valueIn } from '../steps/attributes.ts'
import { expectSchema } from '../steps/create-and-read.ts'
import { discoveryArea } from './areas.ts'
import { defineChecks, must, should } from './define-checks.ts'

type ListPath = '/Schemas' | '/ResourceTypes'

/** By list, the attribute that identifies an entry. */
const lists: Readonly<Record<ListPath, 'id' | 'name'>> = { '/Schemas': 'id', '/ResourceTypes': 'name' }

const endpoints = ['/ServiceProviderConfig', ...Object.keys(lists)]

const getList = async (context: CheckContext, path: string): Promise<ScimResponse> => {
  const response = await context.get(path)
  expectStatus(response, 200)
  return response
}

const list = (path: ListPath, requirement: string, after: readonly string[] = []) =>
  must(`list-${path.slice(1).toLowerCase()}`, [requirement], {
    description: `GET ${path} returns a ListResponse of all entries.`,
    rationale: 'Clients that are driven by discovery find no schemas or resource types.',
    remedy: `Serve ${path} as a ListResponse, with totalResults and Resources.`,
    after,
    run: async context => {
      const response = await getList(context, path)
      expectSchema(response, listResponseUrn)
      const all = listedResources(response)
      expectThat(all.length > 0, 'at least one entry in Resources', formatValue(response.text), response)
      expectEqual(jsonObject(response).totalResults, all.length, 'totalResults', response)
    },
  })

const ids = (response: ScimResponse) => listedResources(response).map(({ id, name }) => id ?? name ?? null)

const expectSameEntries = async (context: CheckContext, path: string, query: string): Promise<void> => {
  const all = await getList(context, path)
  const response = await getList(context, `${path}?${query}`)
  expectEqual(ids(response), ids(all), 'entries', response)
}

const ignored = { sorting: 'sortBy=id&sortOrder=descending', paging: 'startIndex=2&count=1' }

const listsArea = {
  ...discoveryArea,
  after: ['rfc/discovery/list-schemas', 'rfc/discovery/list-resourcetypes'],
} as const

export const discoveryChecks: readonly Check[] = [
  ...defineChecks(discoveryArea, [
    list('/Schemas', 'R-150'),
    list('/ResourceTypes', 'R-153', ['rfc/discovery/list-schemas']),
    should('read-only', ['R-157'], {
      source: 'RFC 7644 §3.2, table 2',
      description: `POST, PUT and PATCH on ${endpoints.join(', ')} return 405, 501 or 404.`,
      rationale: 'Clients must not be able to change the server’s description of itself.',
      remedy: `Accept only GET on these endpoints.`,
      needs: ['write'],
      each: Object.fromEntries(
        endpoints.flatMap(path =>
          (['POST', 'PUT', 'PATCH'] as const).map(method => [
            `${method} ${path}`,
            async (context: CheckContext) =>
              expectStatus(await context.send(method, path, { body: '{}' }), 405, 501, 404),
          ]),
        ),
      ),
    }),
    must('no-messages', ['R-151'], {
      source: 'RFC 7644 §3.1',
      description: '/Schemas doesn’t contain schemas of messages (urn:…:api:…).',
      rationale: 'Clients treat each listed schema as one that resources can have.',
      remedy: 'List only schemas of resources.',
      after: ['rfc/discovery/list-schemas'],
      run: async ({ service }) => {
        if (service.schemas.length === 0) skip('/Schemas can’t be read.')
        const found = service.schemas
          .map(({ id }) => String(id))
          .filter(id => /^urn:ietf:params:scim:api:/i.test(id))
        expectEqual(found, [], 'schemas of messages')
      },
    }),
  ]),
  ...defineChecks(listsArea, [
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
      ...over(
        { '/Schemas': 'urn:example:scim-check:Unknown', '/ResourceTypes': 'ScimCheckUnknown' },
        (name, path) => ({ request: { get: `${path}/${name}` }, expect: { status: [404] } }),
      ),
    }),
    must('ignores-parameters', ['R-155'], {
      description: '/Schemas and /ResourceTypes ignore parameters for sorting and paging.',
      rationale: 'A client that adds these parameters to every request sees only some of the entries.',
      remedy: 'Ignore query parameters of /Schemas and /ResourceTypes.',
      each: Object.fromEntries(
        Object.keys(lists).flatMap(path =>
          Object.entries(ignored).map(([what, query]) => [
            `${what} of ${path}`,
            (context: CheckContext) => expectSameEntries(context, path, query),
          ]),
        ),
      ),
    }),
    should('filtered', ['R-156', 'R-155'], {
      description: 'A filter on /Schemas or /ResourceTypes returns 403, or is ignored.',
      rationale: 'A filter that is only partly evaluated hides entries from clients.',
      remedy: 'Return 403 for a filter on /Schemas and /ResourceTypes, or ignore the filter.',
      ...over(lists, (_, path) => async context => {
        const query = `filter=${encodeURIComponent('id eq "nothing"')}`
        const { status } = await context.get(`${path}?${query}`)
        if (status !== 403) await expectSameEntries(context, path, query)
      }),
    }),
  ]),
]
