import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn, shown, skip } from '../../../expect.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { listResponseUrn } from '../../../urns.ts'
import { at } from '../../tools/attributes.ts'
import { followsFrom } from '../../tools/prepared.ts'
import { checksOf } from '../checks-of.ts'

const endpoints = ['/ServiceProviderConfig', '/Schemas', '/ResourceTypes'] as const

const lists = ['/Schemas', '/ResourceTypes'] as const

const slug = (path: string): string => path.slice(1).toLowerCase()

const listOf = async (stage: Stage, path: string): Promise<Answer> => {
  const answer = await stage.get(path)
  expectStatus(answer, 200)
  return answer
}

export const checks: readonly Check[] = checksOf(
  { area: 'discovery', section: 'Discovery', source: 'RFC 7644 §4' },
  [
    ...lists.map(path => ({
      id: `list-${slug(path)}`,
      level: 'MUST' as const,
      says: `GET ${path} is answered with all of them in a ListResponse.`,
      requirements: [path === '/Schemas' ? 'R-150' : 'R-153'],
      matters: 'Clients that are driven by discovery find nothing.',
      mend: `Serve ${path} as a ListResponse, with totalResults and Resources.`,
      run: async (stage: Stage) => {
        const answer = await listOf(stage, path)
        const { schemas, totalResults } = objectIn(answer)
        expectThat(
          Array.isArray(schemas) && schemas.includes(listResponseUrn),
          listResponseUrn,
          schemas,
          answer,
        )
        const all = resourcesIn(answer)
        expectThat(all.length > 0, `something in Resources`, shown(answer.text), answer)
        expectEqual(totalResults, all.length, 'totalResults', answer)
      },
    })),
    ...lists.map(path => ({
      id: `one-of-${slug(path)}`,
      level: 'SHOULD' as const,
      says: `Each entry of ${path} can be read by itself.`,
      requirements: [path === '/Schemas' ? 'R-150' : 'R-153'],
      matters: 'Clients that need one schema ask for just that.',
      mend: `Serve ${path}/{id} for each entry.`,
      run: async (stage: Stage) => {
        const { schemas, resourceTypes } = stage.service
        const entries = path === '/Schemas' ? schemas : resourceTypes
        if (entries.length === 0) skip(`${path} can’t be read.`)
        for (const entry of entries) {
          const id = path === '/Schemas' ? entry.id : entry.name
          const answer = await stage.get(`${path}/${encodeURIComponent(String(id)).replaceAll('%3A', ':')}`)
          expectStatus(answer, 200)
          const key = path === '/Schemas' ? 'id' : 'name'
          expectEqual(at(answer.body, key), id, key, answer)
        }
      },
    })),
    ...lists.map(path => ({
      id: `unknown-${slug(path)}`,
      level: 'SHOULD' as const,
      says: `An entry that ${path} doesn’t have is 404.`,
      requirements: [path === '/Schemas' ? 'R-150' : 'R-153'],
      matters: 'Clients ask so whether an extension is known.',
      mend: `Answer 404 to unknown entries of ${path}.`,
      run: async (stage: Stage) => {
        const [known] = path === '/Schemas' ? stage.service.schemas : stage.service.resourceTypes
        const id = String((path === '/Schemas' ? known?.id : known?.name) ?? '')
        if ((await stage.get(`${path}/${id}`)).status !== 200)
          followsFrom('An entry that is there can’t be read by itself', `rfc/discovery/one-of-${slug(path)}`)
        const name = path === '/Schemas' ? 'urn:example:scim-check:Unknown' : 'ScimCheckUnknown'
        expectStatus(await stage.get(`${path}/${name}`), 404)
      },
    })),
    ...lists.flatMap(path =>
      (['sortBy=id&sortOrder=descending', 'startIndex=2&count=1'] as const).map((query, index) => ({
        id: `${index === 0 ? 'sorted' : 'paged'}-${slug(path)}`,
        level: 'MUST' as const,
        says: `${index === 0 ? 'Sorting' : 'Paging'} parameters are ignored by ${path}.`,
        requirements: ['R-155'],
        matters: 'A client that adds them to all its requests sees a part of the schemas only.',
        mend: `Pass over query parameters in ${path}.`,
        run: async (stage: Stage) => {
          const all = await listOf(stage, path)
          const answer = await listOf(stage, `${path}?${query}`)
          const ids = (one: Answer) => resourcesIn(one).map(({ id, name }) => id ?? name ?? null)
          expectEqual(ids(answer), ids(all), 'entries', answer)
        },
      })),
    ),
    ...lists.map(path => ({
      id: `filtered-${slug(path)}`,
      level: 'SHOULD' as const,
      says: `A filter on ${path} is refused with 403, or ignored.`,
      requirements: ['R-156', 'R-155'],
      matters: 'A filter that half works hides schemas from clients.',
      mend: `Answer 403 to a filter on ${path}, or pass over it.`,
      run: async (stage: Stage) => {
        const all = await listOf(stage, path)
        const answer = await stage.get(`${path}?filter=${encodeURIComponent('id eq "nothing"')}`)
        expectStatus(answer, 200, 403)
        if (answer.status === 200)
          expectEqual(resourcesIn(answer).length, resourcesIn(all).length, 'number of entries', answer)
      },
    })),
    ...endpoints.map(path => ({
      id: `read-only-${slug(path)}`,
      level: 'SHOULD' as const,
      source: 'RFC 7644 §3.2, table 2',
      says: `POST, PUT and PATCH on ${path} are refused, with 405, 501 or 404.`,
      requirements: ['R-157'],
      matters: 'Clients must not be able to change what the server says of itself.',
      mend: `Take GET only on ${path}.`,
      needs: ['write'] as const,
      run: async (stage: Stage) => {
        for (const method of ['POST', 'PUT', 'PATCH'] as const)
          expectStatus(await stage.send(method, path, { body: '{}' }), 405, 501, 404)
      },
    })),
    {
      id: 'no-messages',
      level: 'MUST',
      source: 'RFC 7644 §3.1',
      says: 'Schemas of messages (urn:…:api:…) aren’t among /Schemas.',
      requirements: ['R-151'],
      matters: 'Clients take each schema for something that resources have.',
      mend: 'List schemas of resources only.',
      run: async ({ service }) => {
        if (service.schemas.length === 0) skip('/Schemas can’t be read.')
        const found = service.schemas
          .map(({ id }) => String(id))
          .filter(id => /^urn:ietf:params:scim:api:/i.test(id))
        expectEqual(found, [], 'schemas of messages')
      },
    },
  ],
)
