import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, skip } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { overNames } from '../forms.ts'
import { area, userNeeds } from './areas.ts'
import { defineChecks, must, practice, should } from './define-checks.ts'

const transportArea = area('transport', 'Transport', 'RFC 7644 §3.8')

const local = /^(localhost|127\.|\[::1\]|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/

const addressChecks = defineChecks(transportArea, [
  should('unknown-parameters', ['R-014'], {
    source: 'RFC 7644 §3.4.2',
    description: 'Lists and GET of a resource ignore unknown query parameters.',
    rationale:
      'Administrators append ?aadOptscim062020 to the tenant URL to choose Entra’s dialect, and the parameter may be sent with each request.',
    remedy: 'Ignore query parameters that you don’t know.',
    needs: ['users'],
    after: ['rfc/model/message-schemas'],
    each: {
      list: {
        request: s => ({ get: `${s.context.users.endpoint}?count=1&scimCheckFlag=1&other` }),
        expect: { status: [200], holds: { Resources: ({ body }) => Array.isArray(body.Resources) } },
      },
      resource: {
        needs: ['write'],
        given: { user: true },
        request: s => ({ get: `${s.user.path}?scimCheckFlag=1` }),
        expect: s => ({ status: [200], body: { id: s.user.id }, unchanged: 'user' }),
      },
    },
  }),
  must('base-uri', ['R-011'], {
    source: 'RFC 7644 §1.3',
    description: 'The base URI is a path without a query or a fragment.',
    rationale:
      'Clients append /Users to the base URI. After a query string, that is no longer part of the path.',
    remedy: 'Identify tenants by host or path, not by a query parameter.',
    run: async context => {
      const { search, hash } = new URL(context.service.url)
      expectEqual(`${search}${hash}`, '', 'after the path of the base URI')
    },
  }),
  must('endpoints-below-base', ['R-011'], {
    source: 'RFC 7644 §1.3',
    description: 'Every endpoint that resource types advertise is a path below the base URI.',
    rationale: 'Clients join the base URI and the endpoint. Any other value sends them to the wrong address.',
    remedy: 'Advertise endpoints as /Users, relative to the base URI.',
    after: ['rfc/discovery/list-resourcetypes'],
    run: async ({ service }) => {
      if (service.resourceTypes.length === 0) skip('The server advertises no resource types.')
      for (const { endpoint } of service.resourceTypes) {
        const isBelow = /^\/?[^/?#:]+/.test(String(endpoint)) || String(endpoint).startsWith(service.url)
        expectThat(typeof endpoint === 'string' && isBelow, 'an endpoint below the base URI', endpoint)
      }
    },
  }),
  must('https', ['R-008'], {
    source: 'RFC 7644 §7.2',
    description: 'A server that is reached over a network uses HTTPS.',
    rationale: 'Entra requires TLS 1.2. Without TLS, tokens and personal data are sent unencrypted.',
    remedy: 'Serve TLS 1.2 or newer, or put a proxy in front that does.',
    run: async ({ service }) => {
      const { protocol, hostname } = new URL(service.url)
      if (protocol !== 'https:' && local.test(hostname))
        skip('The server is on this machine or a private network.')
      expectEqual(protocol, 'https:', 'protocol')
    },
  }),
  must('unsupported-version', ['R-012'], {
    source: 'RFC 7644 §3.13',
    description:
      'A request with an unsupported version before the endpoint returns 404, or 400 and invalidVers.',
    rationale: 'A client of another version would misread the responses.',
    remedy: 'Serve only versions that exist, each under its own path segment before the endpoint.',
    needs: ['users'],
    request: s => ({ get: `/v99${s.context.users.endpoint}?count=1` }),
    expect: { status: [400, 404] },
  }),
])

/** Letters of two, three and four bytes in UTF-8. */
const letters = 'Zoë Ægir 山田 太郎 𝒳'

const escaped = ({ sample, users }: CheckContext, given: JsonObject): string =>
  JSON.stringify(sample(users, given)).replace(
    /[\u0080-\uffff]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const encodingArea = {
  ...transportArea,
  needs: userNeeds,
  after: ['probe/create', 'probe/text', 'rfc/transport/keeps-unicode'],
} as const

const encodingChecks = defineChecks(encodingArea, [
  must('keeps-unicode', ['R-001'], {
    description: 'The response to a create returns non-ASCII strings unchanged.',
    rationale:
      'Entra and Okta send names in every script. A server that decodes them with another encoding stores garbage.',
    remedy:
      'Read request bodies and write responses as UTF-8, regardless of the platform’s default encoding.',
    request: s => ({ post: { [s.text]: letters } }),
    expect: s => ({ body: { [s.text]: letters } }),
  }),
  must('keeps-unicode-when-read', ['R-001'], {
    description: 'GET returns non-ASCII strings unchanged.',
    rationale:
      'Clients compare what they read with what they sent, and repeat the update whenever the two differ.',
    remedy: 'Store strings in Unicode columns (utf8mb4 in MySQL).',
    request: s => ({ post: { [s.text]: letters } }),
    expect: s => ({ stored: { [s.text]: letters } }),
  }),
  must('reads-escapes', ['R-001'], {
    description: 'The server decodes JSON escapes (\\u00eb, surrogate pairs).',
    rationale: 'Clients written in .NET and Python escape all non-ASCII characters.',
    remedy: 'Parse bodies with a complete JSON parser.',
    request: s => ({ raw: escaped(s.context, { [s.text]: letters }) }),
    expect: s => ({ body: { [s.text]: letters } }),
  }),
])

const scimJson = 'application/scim+json'

const mediaType = ({ headers }: ScimResponse): string =>
  (headers['content-type'] ?? '').replace(/;.*/, '').trim().toLowerCase()

/** Reads the configuration, and expects one of these media types. */
const accepting =
  (accept: string, ...types: readonly string[]) =>
  async (context: CheckContext): Promise<void> => {
    const response = await context.get('/ServiceProviderConfig', { accept })
    expectStatus(response, 200)
    const { 'content-type': got } = response.headers
    expectThat(types.includes(mediaType(response)), `Content-Type ${types.join(' or ')}`, got, response)
  }

const mediaTypeChecks = defineChecks(transportArea, [
  must('accept-scim-json', ['R-002'], {
    description: 'A request that accepts application/scim+json returns this media type.',
    rationale: 'Strict clients and API gateways reject responses of a media type that they didn’t request.',
    remedy: 'Return Content-Type: application/scim+json.',
    after: ['rfc/discovery/config'],
    run: accepting(scimJson, scimJson),
  }),
  must('accept-scim-json-resource', ['R-002'], {
    description: 'Creates, reads and lists that accept application/scim+json return this media type.',
    rationale:
      'Client libraries choose a decoder by media type. SCIM libraries register theirs for scim+json.',
    remedy: 'Set the Content-Type in one place for all responses, not only for discovery.',
    needs: userNeeds,
    after: ['rfc/transport/accept-scim-json', 'probe/create'],
    run: async context => {
      const { path, response } = await context.create(context.users)
      const accept = { accept: scimJson }
      const answers = [
        response,
        await context.get(path, accept),
        await context.get(`${context.users.endpoint}?count=1`, accept),
      ]
      for (const one of answers)
        if (one.status < 300) expectEqual(mediaType(one), scimJson, 'Content-Type', one)
    },
  }),
  should('accept-json', ['R-003'], {
    description: 'A request that accepts application/json returns JSON.',
    rationale: 'Many HTTP clients accept application/json only.',
    remedy: 'For requests that accept application/json, return either of the two types, and not 406.',
    after: ['rfc/transport/accept-scim-json'],
    run: accepting('application/json', scimJson, 'application/json'),
  }),
  should('no-accept', ['R-003'], {
    description: 'A request without Accept, or with */*, returns application/scim+json.',
    rationale: 'A client that sends no Accept header expects SCIM’s own media type.',
    remedy: 'Use application/scim+json as the default type.',
    after: ['rfc/transport/accept-scim-json'],
    each: { 'no Accept': accepting('', scimJson), '*/*': accepting('*/*', scimJson) },
  }),
  should('content-types', ['R-004'], {
    description:
      'POST accepts a body with the media type application/scim+json or application/json, with or without charset=utf-8.',
    rationale:
      'Entra sends application/scim+json; charset=utf-8, AWS’s sync tool application/scim+json, others plain application/json.',
    remedy:
      'Compare media types without their parameters, and accept both application/scim+json and application/json.',
    needs: ['write', 'users'],
    after: ['probe/create'],
    ...overNames(
      [scimJson, 'application/json', `${scimJson}; charset=utf-8`, 'application/json; charset=utf-8'],
      type => ({ request: { post: {}, headers: { 'content-type': type } }, expect: {} }),
    ),
  }),
  practice('content-type-refused', ['R-004'], {
    description: 'A body with an unsupported media type returns 415.',
    rationale: 'A body in another format is misread, and HTML forms on other sites could submit requests.',
    remedy: 'Return 415 unless the Content-Type is application/scim+json or application/json.',
    needs: userNeeds,
    after: ['probe/create'],
    request: ({ context: { sample, users } }) => ({
      raw: JSON.stringify(sample(users)),
      headers: { 'content-type': 'text/plain' },
    }),
    expect: { status: [415] },
  }),
])

export const transportChecks: readonly Check[] = [...encodingChecks, ...mediaTypeChecks, ...addressChecks]
