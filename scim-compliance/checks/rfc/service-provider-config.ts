import type { Check, CheckContext } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, formatValue, jsonObject, skip } from '../../expect.ts'
import { isObject, type JsonObject } from '../../scim.ts'
import { textAttributeName, valueIn } from '../steps/attributes.ts'
import { bulkResults, sendBulk } from '../steps/bulk.ts'
import { readBody } from '../steps/create-and-read.ts'
import { createMarked } from '../steps/list-fixtures.ts'
import { expectEventually, expectOrder, listedIds, requestList } from '../steps/lists.ts'
import { defineChecks, must, should } from './define-checks.ts'

const truths: readonly {
  readonly id: string
  readonly words: string
  readonly offered: (context: CheckContext) => boolean
  readonly ask: (context: CheckContext) => Promise<void>
  readonly remedy: string
}[] = [
  {
    id: 'patch',
    words: 'PATCH',
    offered: ({ service }) => service.offers.patch,
    ask: async context => {
      const text = textAttributeName(context.users)
      const { path } = await context.create(context.users)
      const value = context.unique()
      const response = await context.patch(path, { op: 'replace', path: text, value })
      expectThat(response.status < 300, 'PATCH to work', response.status, response)
      expectEqual(valueIn(await readBody(context, path), text), value, text, response)
    },
    remedy: 'Implement PATCH, or set patch.supported to false.',
  },
  {
    id: 'filter',
    words: 'filters',
    offered: ({ service }) => service.offers.filter !== undefined,
    ask: async context => {
      const [user, other] = [await context.create(context.users), await context.create(context.users)]
      const filter = encodeURIComponent(`userName eq ${JSON.stringify(user.sent.userName ?? '')}`)
      await expectEventually(context, async () => {
        const response = await context.get(`${context.users.endpoint}?filter=${filter}`)
        const ids = listedIds(response)
        expectThat(ids.includes(user.id), 'a filter by userName to return the user', ids, response)
        expectThat(!ids.includes(other.id), 'a filter by userName to return no other user', ids, response)
      })
    },
    remedy: 'Implement filters, or set filter.supported to false.',
  },
  {
    id: 'sort',
    words: 'sorting',
    offered: ({ service }) => service.offers.sort,
    ask: async context => {
      const { made, filter, text } = await createMarked(context, context.users, ['b', 'a'])
      for (const [sortOrder, wanted] of [
        ['ascending', made.toReversed()],
        ['descending', made],
      ] as const)
        expectOrder(
          await requestList(context, context.users, { filter, sortBy: text, sortOrder }),
          wanted,
          `ids in ${sortOrder} order`,
        )
    },
    remedy: 'Implement sortBy, or set sort.supported to false.',
  },
  {
    id: 'etag',
    words: 'ETags',
    offered: ({ service }) => service.offers.etag,
    ask: async context => {
      const { path } = await context.create(context.users)
      const response = await context.get(path)
      expectThat(response.headers.etag !== undefined, 'an ETag header', response.headers, response)
    },
    remedy: 'Send ETags, or set etag.supported to false.',
  },
  {
    id: 'bulk',
    words: 'bulk requests',
    offered: ({ service }) => service.offers.bulk !== undefined,
    ask: async context => {
      const path = `${context.users.endpoint}/${context.unique()}`
      const response = await sendBulk(context, [{ method: 'DELETE', path }])
      expectEqual(bulkResults(response).length, 1, 'number of results', response)
    },
    remedy: 'Implement /Bulk, or set bulk.supported to false.',
  },
]

const configUrn = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'

const configOf = ({ service }: CheckContext): JsonObject =>
  service.config ?? skip('/ServiceProviderConfig can’t be read.')

const has = (value: unknown, type: 'boolean' | 'number', what: string): void =>
  expectThat(typeof value === type, `${what}, a ${type}`, value)

/** The members that RFC 7643 §5 requires. */
const features: readonly { readonly name: string; readonly limits: readonly string[] }[] = [
  { name: 'patch', limits: [] },
  { name: 'bulk', limits: ['maxOperations', 'maxPayloadSize'] },
  { name: 'filter', limits: ['maxResults'] },
  { name: 'changePassword', limits: [] },
  { name: 'sort', limits: [] },
  { name: 'etag', limits: [] },
]

export const serviceConfigChecks: readonly Check[] = defineChecks(
  { area: 'discovery', section: 'Discovery', source: 'RFC 7644 §4' },
  [
    must('config', ['R-147'], {
      description: 'GET /ServiceProviderConfig returns one object with the schema ServiceProviderConfig.',
      rationale: 'Okta, SailPoint and tools such as this one read it to learn what the server supports.',
      remedy:
        'Serve /ServiceProviderConfig as a single object, not as a list, and include its URN in schemas.',
      run: async context => {
        const response = await context.get('/ServiceProviderConfig')
        expectStatus(response, 200)
        const { schemas } = jsonObject(response)
        expectThat(Array.isArray(schemas) && schemas.includes(configUrn), configUrn, schemas, response)
      },
    }),
    ...features.map(({ name, limits }) =>
      must(`config-${name.toLowerCase()}`, ['R-148'], {
        source: 'RFC 7643 §5',
        description: `ServiceProviderConfig reports whether ${name} is supported${limits.length > 0 ? `, and its ${limits.join(' and ')}` : ''}.`,
        rationale: 'Clients that rely on it don’t know which requests the server supports.',
        remedy: `Return ${name} with supported as a boolean${limits.length > 0 ? `, and ${limits.join(' and ')} as ${limits.length > 1 ? 'numbers' : 'a number'}` : ''}.`,
        run: async (context: CheckContext) => {
          const config = configOf(context)
          has(valueIn(config, name, 'supported'), 'boolean', `${name}.supported`)
          for (const limit of limits) has(valueIn(config, name, limit), 'number', `${name}.${limit}`)
        },
      }),
    ),
    must('config-authentication-schemes', ['R-148'], {
      source: 'RFC 7643 §5',
      description:
        'ServiceProviderConfig lists authentication schemes, each with type, name and description.',
      rationale: 'Administrators read it to learn how to connect.',
      remedy: 'Return authenticationSchemes as an array whose entries have type, name and description.',
      run: async context => {
        const { authenticationSchemes: schemes } = configOf(context)
        expectThat(Array.isArray(schemes) && schemes.length > 0, 'authenticationSchemes', schemes)
        for (const scheme of schemes)
          for (const name of ['type', 'name', 'description'])
            expectThat(typeof valueIn(scheme, name) === 'string', `${name}, a string`, scheme)
      },
    }),
    ...truths.map(({ id, words, offered, ask, remedy }) =>
      must(`offers-${id}`, ['R-148', ...(id === 'patch' ? ['R-166'] : [])], {
        source: 'RFC 7643 §5',
        description: `If ServiceProviderConfig reports ${words} as supported, ${words.endsWith('s') ? 'they work' : 'it works'}.`,
        rationale: 'Clients use what the server advertises, and those requests fail.',
        remedy,
        needs: ['write', 'users'] as const,
        run: async (context: CheckContext) => {
          if (!offered(context)) skip(`The server doesn’t advertise ${words}.`)
          await ask(context)
        },
      }),
    ),
    should('public', ['R-149'], {
      source: 'RFC 7643 §5, RFC 7644 §2',
      description: 'GET /ServiceProviderConfig without credentials returns the authentication schemes.',
      rationale: 'A client needs to read how to sign in before it has signed in.',
      remedy: 'Serve /ServiceProviderConfig without a token: it contains nothing secret.',
      run: async context =>
        expectStatus(await context.get('/ServiceProviderConfig', { authorization: '' }), 200),
    }),
    must('authentication-schemes-primary', ['R-148', 'R-037'], {
      source: 'RFC 7643 §2.4, §5',
      description: 'At most one authentication scheme is primary.',
      rationale: 'Clients choose the primary scheme.',
      remedy: 'Set primary to true for at most one authentication scheme.',
      run: async context => {
        const { authenticationSchemes: schemes } = configOf(context)
        if (!Array.isArray(schemes)) return skip('There are no authenticationSchemes.')
        const primaries = schemes.filter(one => isObject(one) && one.primary === true)
        expectThat(primaries.length <= 1, 'at most one primary scheme', formatValue(primaries))
      },
    }),
  ],
)
