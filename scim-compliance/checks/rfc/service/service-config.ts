import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, resourcesIn, shown, skip } from '../../../expect.ts'
import { isObject, type JsonObject } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { at, textOf } from '../../tools/attributes.ts'
import { bulk, resultsOf } from '../../tools/bulk.ts'
import { checksOf } from '../../tools/checks-of.ts'
import { expectOrder, list, marked } from '../../tools/lists.ts'
import { readAgain } from '../../tools/read.ts'

const configUrn = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'

const configOf = ({ service }: Stage): JsonObject =>
  service.config ?? skip('/ServiceProviderConfig can’t be read.')

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
      const text = textOf(stage.users)
      const { path } = await stage.create(stage.users)
      const value = stage.unique()
      const answer = await stage.patch(path, { op: 'replace', path: text, value })
      expectThat(answer.status < 300, 'PATCH to work', answer.status, answer)
      expectEqual(at(await readAgain(stage, path), text), value, text, answer)
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
    ask: async stage => {
      const { made, filter, text } = await marked(stage, stage.users, ['b', 'a'])
      for (const [sortOrder, wanted] of [
        ['ascending', made.toReversed()],
        ['descending', made],
      ] as const)
        expectOrder(
          await list(stage, stage.users, { filter, sortBy: text, sortOrder }),
          wanted,
          `ids in ${sortOrder} order`,
        )
    },
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
      const answer = await bulk(stage, [{ method: 'DELETE', path }])
      expectEqual(resultsOf(answer).length, 1, 'number of results', answer)
    },
    mend: 'Serve /Bulk, or set bulk.supported to false.',
  },
]

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
