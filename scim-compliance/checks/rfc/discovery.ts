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
import { valueIn } from '../steps/attributes.ts'
import { skipAsConsequence } from '../steps/prerequisites.ts'
import { defineChecks, must, should } from './define-checks.ts'

const endpoints = ['/ServiceProviderConfig', '/Schemas', '/ResourceTypes'] as const

const lists = ['/Schemas', '/ResourceTypes'] as const

const slug = (path: string): string => path.slice(1).toLowerCase()

const listOf = async (context: CheckContext, path: string): Promise<ScimResponse> => {
  const response = await context.get(path)
  expectStatus(response, 200)
  return response
}

export const discoveryChecks: readonly Check[] = defineChecks(
  { area: 'discovery', section: 'Discovery', source: 'RFC 7644 §4' },
  [
    ...lists.map(path =>
      must(`list-${slug(path)}`, [path === '/Schemas' ? 'R-150' : 'R-153'], {
        description: `GET ${path} returns a ListResponse of all entries.`,
        rationale: 'Clients that are driven by discovery find no schemas or resource types.',
        remedy: `Serve ${path} as a ListResponse, with totalResults and Resources.`,
        run: async (context: CheckContext) => {
          const response = await listOf(context, path)
          const { schemas, totalResults } = jsonObject(response)
          expectThat(
            Array.isArray(schemas) && schemas.includes(listResponseUrn),
            listResponseUrn,
            schemas,
            response,
          )
          const all = listedResources(response)
          expectThat(all.length > 0, `at least one entry in Resources`, formatValue(response.text), response)
          expectEqual(totalResults, all.length, 'totalResults', response)
        },
      }),
    ),
    ...lists.map(path =>
      should(`one-of-${slug(path)}`, [path === '/Schemas' ? 'R-150' : 'R-153'], {
        description: `GET ${path}/{id} returns a single entry.`,
        rationale: 'Clients that need a single entry request only that one.',
        remedy: `Serve ${path}/{id} for each entry.`,
        run: async (context: CheckContext) => {
          const { schemas, resourceTypes } = context.service
          const entries = path === '/Schemas' ? schemas : resourceTypes
          if (entries.length === 0) skip(`${path} can’t be read.`)
          for (const entry of entries) {
            const id = path === '/Schemas' ? entry.id : entry.name
            const response = await context.get(
              `${path}/${encodeURIComponent(String(id)).replaceAll('%3A', ':')}`,
            )
            expectStatus(response, 200)
            const key = path === '/Schemas' ? 'id' : 'name'
            expectEqual(valueIn(response.body, key), id, key, response)
          }
        },
      }),
    ),
    ...lists.map(path =>
      should(`unknown-${slug(path)}`, [path === '/Schemas' ? 'R-150' : 'R-153'], {
        description: `GET of an unknown entry of ${path} returns 404.`,
        rationale: 'Clients use this request to find out whether an extension is supported.',
        remedy: `Return 404 for unknown entries of ${path}.`,
        run: async (context: CheckContext) => {
          const [known] = path === '/Schemas' ? context.service.schemas : context.service.resourceTypes
          const id = String((path === '/Schemas' ? known?.id : known?.name) ?? '')
          if ((await context.get(`${path}/${id}`)).status !== 200)
            skipAsConsequence('GET of an existing entry fails', `rfc/discovery/one-of-${slug(path)}`)
          const name = path === '/Schemas' ? 'urn:example:scim-check:Unknown' : 'ScimCheckUnknown'
          expectStatus(await context.get(`${path}/${name}`), 404)
        },
      }),
    ),
    ...lists.flatMap(path =>
      (['sortBy=id&sortOrder=descending', 'startIndex=2&count=1'] as const).map((query, index) =>
        must(`${index === 0 ? 'sorted' : 'paged'}-${slug(path)}`, ['R-155'], {
          description: `${path} ignores ${index === 0 ? 'sorting' : 'paging'} parameters.`,
          rationale: 'A client that adds these parameters to every request sees only some of the entries.',
          remedy: `Ignore query parameters of ${path}.`,
          run: async (context: CheckContext) => {
            const all = await listOf(context, path)
            const response = await listOf(context, `${path}?${query}`)
            const ids = (one: ScimResponse) => listedResources(one).map(({ id, name }) => id ?? name ?? null)
            expectEqual(ids(response), ids(all), 'entries', response)
          },
        }),
      ),
    ),
    ...lists.map(path =>
      should(`filtered-${slug(path)}`, ['R-156', 'R-155'], {
        description: `A filter on ${path} returns 403, or is ignored.`,
        rationale: 'A filter that is only partly evaluated hides entries from clients.',
        remedy: `Return 403 for a filter on ${path}, or ignore the filter.`,
        run: async (context: CheckContext) => {
          const all = await listOf(context, path)
          const response = await context.get(`${path}?filter=${encodeURIComponent('id eq "nothing"')}`)
          expectStatus(response, 200, 403)
          if (response.status === 200)
            expectEqual(
              listedResources(response).length,
              listedResources(all).length,
              'number of entries',
              response,
            )
        },
      }),
    ),
    ...endpoints.map(path =>
      should(`read-only-${slug(path)}`, ['R-157'], {
        source: 'RFC 7644 §3.2, table 2',
        description: `POST, PUT and PATCH on ${path} return 405, 501 or 404.`,
        rationale: 'Clients must not be able to change the server’s description of itself.',
        remedy: `Accept only GET on ${path}.`,
        needs: ['write'] as const,
        run: async (context: CheckContext) => {
          for (const method of ['POST', 'PUT', 'PATCH'] as const)
            expectStatus(await context.send(method, path, { body: '{}' }), 405, 501, 404)
        },
      }),
    ),
    must('no-messages', ['R-151'], {
      source: 'RFC 7644 §3.1',
      description: '/Schemas doesn’t contain schemas of messages (urn:…:api:…).',
      rationale: 'Clients treat each listed schema as one that resources can have.',
      remedy: 'List only schemas of resources.',
      run: async ({ service }) => {
        if (service.schemas.length === 0) skip('/Schemas can’t be read.')
        const found = service.schemas
          .map(({ id }) => String(id))
          .filter(id => /^urn:ietf:params:scim:api:/i.test(id))
        expectEqual(found, [], 'schemas of messages')
      },
    }),
  ],
)
