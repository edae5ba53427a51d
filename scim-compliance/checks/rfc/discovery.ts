import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn, shown, skip } from '../../expect.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { Answer, Stage } from '../../stage.ts'
import { at } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'

const configUrn = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'
const listUrn = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
const endpoints = ['/ServiceProviderConfig', '/Schemas', '/ResourceTypes'] as const
const lists = ['/Schemas', '/ResourceTypes'] as const

const configOf = ({ service }: Stage): JsonObject =>
  service.config ?? skip('/ServiceProviderConfig can’t be read.')
const slug = (path: string): string => path.slice(1).toLowerCase()

const has = (value: unknown, type: 'boolean' | 'number', what: string): void =>
  expectThat(typeof value === type, `${what}, a ${type}`, value)

/** What the configuration has to have: RFC 7643 §5. */
const features: readonly { readonly name: string; readonly limits: readonly string[] }[] = [
  { name: 'patch', limits: [] },
  { name: 'bulk', limits: ['maxOperations', 'maxPayloadSize'] },
  { name: 'filter', limits: ['maxResults'] },
  { name: 'changePassword', limits: [] },
  { name: 'sort', limits: [] },
  { name: 'etag', limits: [] },
]

/** Asks for something that only works where the feature is there. */
const truths: readonly {
  readonly id: string
  readonly words: string
  readonly offered: (stage: Stage) => boolean
  readonly ask: (stage: Stage) => Promise<void>
  readonly mend: string
}[] = [
  {
    id: 'patch',
    words: 'PATCH',
    offered: ({ service }) => service.offers.patch,
    ask: async stage => {
      const { path } = await stage.create(stage.users)
      const answer = await stage.patch(path, { op: 'replace', value: { displayName: stage.unique() } })
      expectThat(answer.status < 300, 'PATCH to work', answer.status, answer)
    },
    mend: 'Serve PATCH, or set patch.supported to false.',
  },
  {
    id: 'filter',
    words: 'filters',
    offered: ({ service }) => service.offers.filter !== undefined,
    ask: async stage => {
      const user = await stage.create(stage.users)
      const filter = encodeURIComponent(`userName eq ${JSON.stringify(user.sent.userName ?? '')}`)
      const ids = () => stage.get(`${stage.users.endpoint}?filter=${filter}`)
      const found = await stage.eventually(async () => {
        const answer = await ids()
        expectStatus(answer, 200)
        return resourcesIn(answer).some(({ id }) => id === user.id)
      })
      expectThat(found, 'a filter by userName to find the user', 'nobody')
    },
    mend: 'Serve filters, or set filter.supported to false.',
  },
  {
    id: 'sort',
    words: 'sorting',
    offered: ({ service }) => service.offers.sort,
    ask: async stage => expectStatus(await stage.get(`${stage.users.endpoint}?sortBy=userName&count=1`), 200),
    mend: 'Serve sortBy, or set sort.supported to false.',
  },
  {
    id: 'etag',
    words: 'ETags',
    offered: ({ service }) => service.offers.etag,
    ask: async stage => {
      const { path } = await stage.create(stage.users)
      const answer = await stage.get(path)
      expectThat(answer.headers.etag !== undefined, 'an ETag header', answer.headers, answer)
    },
    mend: 'Send ETags, or set etag.supported to false.',
  },
  {
    id: 'bulk',
    words: 'bulk requests',
    offered: ({ service }) => service.offers.bulk !== undefined,
    ask: async stage => {
      const path = `${stage.users.endpoint}/${stage.unique()}`
      const answer = await stage.post('/Bulk', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [{ method: 'DELETE', path }],
      })
      expectStatus(answer, 200)
    },
    mend: 'Serve /Bulk, or set bulk.supported to false.',
  },
]

const listOf = async (stage: Stage, path: string): Promise<Answer> => {
  const answer = await stage.get(path)
  expectStatus(answer, 200)
  return answer
}

export const checks: readonly Check[] = checksOf(
  { area: 'discovery', section: 'Discovery', source: 'RFC 7644 §4' },
  [
    {
      id: 'config',
      level: 'MUST',
      says: 'GET /ServiceProviderConfig is answered with one object, of the schema ServiceProviderConfig.',
      requirements: ['R-147'],
      matters: 'Okta, SailPoint and tools like this one go by it.',
      mend: 'Serve /ServiceProviderConfig.',
      run: async stage => {
        const answer = await stage.get('/ServiceProviderConfig')
        expectStatus(answer, 200)
        const { schemas } = objectIn(answer)
        expectThat(Array.isArray(schemas) && schemas.includes(configUrn), configUrn, schemas, answer)
      },
    },
    ...features.map(({ name, limits }) => ({
      id: `config-${name.toLowerCase()}`,
      level: 'MUST' as const,
      source: 'RFC 7643 §5',
      says: `The configuration says whether ${name} is supported${limits.length > 0 ? `, and its ${limits.join(' and ')}` : ''}.`,
      requirements: ['R-148'],
      matters: 'Clients that go by it can’t know what they may ask for.',
      mend: `Return ${name} with supported, true or false${limits.length > 0 ? `, and ${limits.join(' and ')}, numbers` : ''}.`,
      run: async (stage: Stage) => {
        const config = configOf(stage)
        has(at(config, name, 'supported'), 'boolean', `${name}.supported`)
        for (const limit of limits) has(at(config, name, limit), 'number', `${name}.${limit}`)
      },
    })),
    {
      id: 'config-authentication-schemes',
      level: 'MUST',
      source: 'RFC 7643 §5',
      says: 'The configuration lists authentication schemes, each with type, name and description.',
      requirements: ['R-148'],
      matters: 'Administrators are told by it how to connect.',
      mend: 'Return authenticationSchemes, an array, with type, name and description in each.',
      run: async stage => {
        const { authenticationSchemes: schemes } = configOf(stage)
        expectThat(Array.isArray(schemes) && schemes.length > 0, 'authenticationSchemes', schemes)
        for (const scheme of schemes)
          for (const name of ['type', 'name', 'description'])
            expectThat(typeof at(scheme, name) === 'string', `${name}, a text`, scheme)
      },
    },
    ...truths.map(({ id, words, offered, ask, mend }) => ({
      id: `offers-${id}`,
      level: 'MUST' as const,
      source: 'RFC 7643 §5',
      says: `Where the configuration says that ${words} ${words.endsWith('s') ? 'are' : 'is'} supported, it is so.`,
      requirements: ['R-148', ...(id === 'patch' ? ['R-166'] : [])],
      matters: 'A client that was told so relies on it, and fails.',
      mend,
      needs: ['write', 'users'] as const,
      run: async (stage: Stage) => {
        if (!offered(stage)) skip(`The server doesn’t advertise ${words}.`)
        await ask(stage)
      },
    })),
    {
      id: 'public',
      level: 'SHOULD',
      source: 'RFC 7643 §5, RFC 7644 §2',
      says: 'The authentication schemes can be read without credentials.',
      requirements: ['R-149'],
      matters: 'How to sign in can be read only by those who have.',
      mend: 'Serve /ServiceProviderConfig without a token; it says nothing that is secret.',
      run: async stage => expectStatus(await stage.get('/ServiceProviderConfig', { authorization: '' }), 200),
    },
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
        expectThat(Array.isArray(schemas) && schemas.includes(listUrn), listUrn, schemas, answer)
        const all = resourcesIn(answer)
        expectThat(all.length > 0, `something in Resources`, shown(answer.text), answer)
        expectEqual(totalResults, all.length, 'totalResults', answer)
      },
    })),
    ...lists.map(path => ({
      id: `one-of-${slug(path)}`,
      level: 'MUST' as const,
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
      level: 'MUST' as const,
      says: `An entry that ${path} doesn’t have is 404.`,
      requirements: [path === '/Schemas' ? 'R-150' : 'R-153'],
      matters: 'Clients ask so whether an extension is known.',
      mend: `Answer 404 to unknown entries of ${path}.`,
      run: async (stage: Stage) => {
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
      level: 'MUST' as const,
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
    {
      id: 'authentication-schemes-primary',
      level: 'MUST',
      source: 'RFC 7643 §2.4, §5',
      says: 'At most one authentication scheme is primary.',
      requirements: ['R-148', 'R-037'],
      matters: 'Clients take the primary one.',
      mend: 'Mark one authentication scheme as primary.',
      run: async stage => {
        const { authenticationSchemes: schemes } = configOf(stage)
        if (!Array.isArray(schemes)) return skip('There are no authenticationSchemes.')
        const primaries = schemes.filter(one => isObject(one) && one.primary === true)
        expectThat(primaries.length <= 1, 'at most one primary scheme', shown(primaries))
      },
    },
  ],
)
