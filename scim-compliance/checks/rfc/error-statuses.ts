import type { Check, CheckContext, HttpMethod, ScimResponse } from '../../check.ts'
import { expectStatus, expectThat, jsonObject, skip } from '../../expect.ts'
import { valueIn } from '../steps/attributes.ts'
import { sendBulk } from '../steps/bulk.ts'
import { postText } from '../steps/create-and-read.ts'
import { errorsArea } from './areas.ts'
import { defineChecks, should } from './define-checks.ts'

const unreadable = [
  { id: 'truncated', words: 'truncated JSON', body: '{"schemas": ["urn:ietf:params' },
  { id: 'trailing', words: 'JSON followed by other characters', body: '{} {}' },
  { id: 'array', words: 'an array', body: '[]' },
  { id: 'text', words: 'a JSON string', body: '"user"' },
  { id: 'null', words: 'null', body: 'null' },
  { id: 'empty', words: 'no content', body: '' },
] as const

/** Also for an empty body: without a media type, 415 would be correct. */
const scimJson = { 'content-type': 'application/scim+json' } as const

const methods: readonly {
  readonly id: string
  readonly method: HttpMethod
  readonly path: (context: CheckContext) => string
}[] = [
  { id: 'put-list', method: 'PUT', path: ({ users }) => users.endpoint },
  { id: 'patch-list', method: 'PATCH', path: ({ users }) => users.endpoint },
  { id: 'post-resource', method: 'POST', path: context => `${context.users.endpoint}/${context.unique()}` },
]

const oddities = (context: CheckContext): readonly (readonly [HttpMethod, string, string?])[] => [
  ['GET', `${context.users.endpoint}/%00`],
  ['GET', `${context.users.endpoint}/${'x'.repeat(1000)}`],
  ['GET', `${context.users.endpoint}?startIndex=x&count=y`],
  ['GET', `${context.users.endpoint}?filter=%00`],
  ['GET', `${context.users.endpoint}?filter=${'('.repeat(500)}`],
  ['GET', `${context.users.endpoint}?attributes=,,,`],
  ['POST', context.users.endpoint, '{"userName":{"a":[]},"emails":"x","name":[1]}'],
  ['POST', context.users.endpoint, '{"schemas":7}'],
  ['POST', context.users.endpoint, `${'['.repeat(2000)}${']'.repeat(2000)}`],
]

export const errorStatusChecks: readonly Check[] = [
  ...defineChecks(
    { ...errorsArea, source: 'RFC 7644 §3.12, tables 8 and 9', needs: ['write', 'users'] },
    unreadable.map(({ id, words, body }) =>
      should(`unreadable-${id}`, ['R-020'], {
        description: `A POST with ${words} as its body returns 400.`,
        rationale:
          'A 400 tells a client that its request is wrong. A 5xx looks like an outage, so it retries.',
        remedy:
          'Catch errors of the JSON parser, check that the body is an object, and return 400 otherwise.',
        run: async context =>
          expectStatus(await postText(context, body, scimJson), ...(body === '' ? [400, 411, 415] : [400])),
      }),
    ),
  ),
  ...defineChecks(errorsArea, [
    should('unreadable-named', ['R-018', 'R-020'], {
      source: 'RFC 7644 §3.12, table 9',
      description: 'The error for a malformed body has scimType invalidSyntax, or none.',
      rationale:
        'Clients use scimType to decide how to handle an error. The status alone isn’t specific enough.',
      remedy: 'Add "scimType": "invalidSyntax" to the body of the 400.',
      needs: ['write', 'users'],
      run: async context => {
        const answers: ScimResponse[] = []
        for (const { body } of unreadable) answers.push(await postText(context, body, scimJson))
        const named = answers.filter(
          ({ status, body }) => status === 400 && valueIn(body, 'scimType') !== undefined,
        )
        if (named.length === 0) skip('The errors have no scimType, which is optional.')
        for (const response of named)
          expectThat(
            ['invalidSyntax', 'invalidValue'].includes(String(jsonObject(response).scimType)),
            'scimType invalidSyntax (or invalidValue)',
            jsonObject(response).scimType,
            response,
          )
      },
    }),
    should('unknown-id', ['R-021'], {
      source: 'RFC 7644 §3.12, table 8',
      description: 'GET of an unknown ID returns 404.',
      rationale: 'Clients read 404 as “create it again”, and anything else as a failure.',
      remedy: 'Return 404 for an unknown id, whatever its form.',
      needs: ['users'],
      run: async context =>
        expectStatus(await context.get(`${context.users.endpoint}/${context.unique()}`), 404),
    }),
    should('unknown-endpoint', ['R-021'], {
      source: 'RFC 7644 §3.12, table 8',
      description: 'GET of an endpoint that doesn’t exist returns 404.',
      rationale: 'Clients request endpoints to find out which ones a server has.',
      remedy: 'Return 404 for unknown URLs. Don’t redirect to a sign-in page.',
      run: async context => expectStatus(await context.get(`/${context.unique('Nothing')}`), 404),
    }),
    ...methods.map(({ id, method, path }) =>
      should(`method-${id}`, ['R-024'], {
        source: 'RFC 9110 §15.5.6, RFC 7644 §3.2',
        description: `${method} on a ${id.endsWith('list') ? 'whole list' : 'single resource'} returns 405, 404 or 501.`,
        rationale:
          'A client whose URL lacks the id by mistake must not change other resources, and needs an error.',
        remedy: 'Return 405 for methods that a URL doesn’t support.',
        needs: ['write', 'users'] as const,
        run: async (context: CheckContext) => {
          const response = await context.send(method, path(context), { body: '{}' })
          context.removeAfterwards(context.users, response)
          expectStatus(response, 405, 404, 501)
        },
      }),
    ),
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
    }),
  ]),
]

export const notOfferedChecks: readonly Check[] = defineChecks(errorsArea, [
  should('patch-not-offered', ['R-022'], {
    source: 'RFC 7644 §3.12, table 8',
    description: 'If PATCH isn’t supported, it returns 501.',
    rationale: 'Clients fall back to PUT if they know that PATCH isn’t supported.',
    remedy: 'Return 501 for PATCH if the configuration says that it isn’t supported.',
    needs: ['write', 'users'],
    run: async context => {
      if (context.service.offers.patch) skip('PATCH is supported.')
      const { path } = await context.create(context.users)
      expectStatus(await context.patch(path, { op: 'replace', value: {} }), 501)
    },
  }),
  should('bulk-not-offered', ['R-022'], {
    source: 'RFC 7644 §3.7, §3.12, table 8',
    description: 'If /Bulk isn’t supported, it returns 501.',
    rationale: 'Clients send single requests if they know that /Bulk isn’t supported.',
    remedy: 'Return 501 for /Bulk if the configuration says that it isn’t supported.',
    needs: ['write', 'users'],
    run: async context => {
      const { config, offers } = context.service
      if (config === undefined) skip('/ServiceProviderConfig can’t be read.')
      if (offers.bulk !== undefined) skip('Bulk requests are supported.')
      const path = `${context.users.endpoint}/${context.unique()}`
      const response = await sendBulk(context, [{ method: 'DELETE', path }])
      if (response.status === 403) skip('The token doesn’t permit bulk requests.')
      expectStatus(response, 501)
    },
  }),
])
