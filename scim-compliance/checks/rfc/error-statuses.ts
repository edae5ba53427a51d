import type { Check, CheckContext, HttpMethod, ScimResponse } from '../../check.ts'
import { expectStatus, expectThat, skip } from '../../expect.ts'
import { over } from '../forms.ts'
import { valueIn } from '../steps/attributes.ts'
import { sendBulk } from '../steps/bulk.ts'
import { postText } from '../steps/create-and-read.ts'
import { errorsArea } from './areas.ts'
import { type CheckDefinition, defineChecks, should } from './define-checks.ts'

const unreadable = {
  'truncated JSON': '{"schemas": ["urn:ietf:params',
  'JSON followed by other characters': '{} {}',
  'an array': '[]',
  'a JSON string': '"user"',
  null: 'null',
  'no content': '',
}

/** Also for an empty body: without a media type, 415 would be correct. */
const postUnreadable = (context: CheckContext, body: string): Promise<ScimResponse> =>
  postText(context, body, { 'content-type': 'application/scim+json' })

const methods = {
  'PUT of a list': ['PUT', ({ users }) => users.endpoint],
  'PATCH of a list': ['PATCH', ({ users }) => users.endpoint],
  'POST to a resource': ['POST', context => `${context.users.endpoint}/${context.unique()}`],
} as const satisfies Record<string, readonly [HttpMethod, (context: CheckContext) => string]>

const oddities = (context: CheckContext): readonly (readonly [HttpMethod, string, string?])[] => [
  ['GET', `${context.users.endpoint}/%00`],
  ['GET', `${context.users.endpoint}/${'x'.repeat(1000)}`],
  ['GET', `${context.users.endpoint}?startIndex=x&count=y`],
  ['GET', `${context.users.endpoint}?attributes=,,,`],
  ['POST', context.users.endpoint, '{"userName":{"a":[]},"emails":"x","name":[1]}'],
  ['POST', context.users.endpoint, '{"schemas":7}'],
  ['POST', context.users.endpoint, `${'['.repeat(2000)}${']'.repeat(2000)}`],
]

const statuses: readonly CheckDefinition[] = [
  should('unreadable', ['R-020'], {
    source: 'RFC 7644 §3.12, tables 8 and 9',
    description: 'A POST with a body that isn’t a JSON object returns 400.',
    rationale: 'A 400 tells a client that its request is wrong. A 5xx looks like an outage, so it retries.',
    remedy: 'Catch errors of the JSON parser, check that the body is an object, and return 400 otherwise.',
    needs: ['write', 'users'],
    ...over(unreadable, body => async context => {
      const allowed = body === '' ? [400, 411, 415] : [400]
      expectStatus(await postUnreadable(context, body), ...allowed)
    }),
    blame: [
      {
        on: '5xx',
        remedy:
          'Catch errors of the JSON parser, check that the body is an object, and return 400 instead of a 5xx.',
      },
    ],
  }),
  should('unreadable-named', ['R-018', 'R-020'], {
    source: 'RFC 7644 §3.12, table 9',
    description: 'The error for a malformed body has scimType invalidSyntax, or none.',
    rationale:
      'Clients use scimType to decide how to handle an error. The status alone isn’t specific enough.',
    remedy: 'Add "scimType": "invalidSyntax" to the body of the 400.',
    needs: ['write', 'users'],
    after: ['rfc/errors/unreadable'],
    ...over(unreadable, body => async context => {
      const response = await postUnreadable(context, body)
      const scimType = valueIn(response.body, 'scimType')
      if (response.status !== 400 || scimType === undefined)
        skip('The errors have no scimType, which is optional.')
      expectThat(
        ['invalidSyntax', 'invalidValue'].includes(String(scimType)),
        'scimType invalidSyntax (or invalidValue)',
        scimType,
        response,
      )
    }),
  }),
  should('unknown-id', ['R-021'], {
    source: 'RFC 7644 §3.12, table 8',
    description: 'GET of an unknown ID returns 404.',
    rationale: 'Clients read 404 as “create it again”, and anything else as a failure.',
    remedy: 'Return 404 for an unknown id, whatever its form.',
    needs: ['users'],
    after: ['rfc/delete/get'],
    request: ({ context }) => ({ get: `${context.users.endpoint}/${context.unique()}` }),
    expect: { status: [404] },
  }),
  should('unknown-endpoint', ['R-021'], {
    source: 'RFC 7644 §3.12, table 8',
    description: 'GET of an endpoint that doesn’t exist returns 404.',
    rationale: 'Clients request endpoints to find out which ones a server has.',
    remedy: 'Return 404 for unknown URLs. Don’t redirect to a sign-in page.',
    request: ({ context }) => ({ get: `/${context.unique('Nothing')}` }),
    expect: { status: [404] },
    blame: [{ on: '3xx', remedy: 'Return 404 for unknown URLs. Don’t redirect to a sign-in page.' }],
  }),
  should('methods', ['R-024'], {
    source: 'RFC 9110 §15.5.6, RFC 7644 §3.2',
    description: 'PUT or PATCH of a whole list and POST to a single resource return 405, 404 or 501.',
    rationale:
      'A client whose URL lacks the id by mistake must not change other resources, and needs an error.',
    remedy: 'Return 405 for methods that a URL doesn’t support.',
    needs: ['write', 'users'],
    ...over(methods, ([method, pathFor]) => async context => {
      const response = await context.send(method, pathFor(context), { body: '{}' })
      context.removeAfterwards(context.users, response)
      expectStatus(response, 405, 404, 501)
    }),
  }),
  should('allow', ['R-024'], {
    source: 'RFC 9110 §15.5.6',
    description: 'A 405 has an Allow header with the supported methods.',
    rationale: 'HTTP requires it, and it tells developers which methods they can use.',
    remedy: 'Add Allow to every 405.',
    needs: ['write'],
    run: async context => {
      const response = await context.post('/ServiceProviderConfig', {})
      if (response.status !== 405) skip(`The request returns ${response.status}.`)
      const { allow } = response.headers
      expectThat(/\bGET\b/.test(allow ?? ''), 'an Allow header with GET', allow, response)
    },
    blame: [{ on: 405, remedy: 'Add Allow to every 405.' }],
  }),
  should('no-5xx', ['R-023'], {
    source: 'RFC 7644 §3.12, table 8',
    description: 'Nonsensical requests return a 4xx, not a 5xx.',
    rationale: 'Clients retry requests that fail with 5xx, and Entra quarantines the whole job if many do.',
    remedy: 'Validate input before you use it. 500 is for faults of the server.',
    needs: ['write', 'users'],
    run: async context => {
      for (const [method, path, body] of oddities(context)) {
        const response = await context.send(method, path, body === undefined ? {} : { body })
        if (method === 'POST') context.removeAfterwards(context.users, response)
        expectThat(
          response.status < 500 || response.status === 501,
          `${method} ${path.slice(0, 60)} to return a 4xx`,
          response.status,
          response,
        )
      }
    },
    blame: [{ on: '5xx', remedy: 'Validate input before you use it. 500 is for faults of the server.' }],
  }),
]

const notOffered: readonly CheckDefinition[] = [
  should('patch-not-offered', ['R-022'], {
    source: 'RFC 7644 §3.12, table 8',
    description: 'If PATCH isn’t supported, it returns 501.',
    rationale: 'Clients fall back to PUT if they know that PATCH isn’t supported.',
    remedy: 'Return 501 for PATCH if the configuration says that it isn’t supported.',
    run: async context => {
      if (context.service.offers.patch) skip('PATCH is supported.')
      const { path } = await context.create(context.users)
      expectStatus(await context.patch(path, { op: 'replace', value: {} }), 501)
    },
    blame: [{ on: '4xx', remedy: 'Return 501 for PATCH if the configuration says that it isn’t supported.' }],
  }),
  should('bulk-not-offered', ['R-022'], {
    source: 'RFC 7644 §3.7, §3.12, table 8',
    description: 'If /Bulk isn’t supported, it returns 501 or 404.',
    rationale: 'Clients send single requests if they know that /Bulk isn’t supported.',
    remedy: 'Return 501 for /Bulk if the configuration says that it isn’t supported.',
    run: async context => {
      const { config, offers } = context.service
      if (config === undefined) skip('/ServiceProviderConfig can’t be read.')
      if (offers.bulk !== undefined) skip('Bulk requests are supported.')
      const path = `${context.users.endpoint}/${context.unique()}`
      const response = await sendBulk(context, [{ method: 'DELETE', path }])
      if (response.status === 403) skip('The token doesn’t permit bulk requests.')
      expectStatus(response, 404, 501)
    },
    blame: [{ on: '4xx', remedy: 'Return 501 for /Bulk if the configuration says that it isn’t supported.' }],
  }),
]

export const errorStatusChecks: readonly Check[] = [
  ...defineChecks(errorsArea, statuses),
  ...defineChecks({ ...errorsArea, needs: ['write', 'users'] }, notOffered),
]
