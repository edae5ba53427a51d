import type { Check, CheckContext, HttpMethod, ScimResponse } from '../../check.ts'
import { expectStatus, expectThat, fail, formatValue, noBody, skip } from '../../expect.ts'
import { errorUrn, isObject, type JsonObject } from '../../scim.ts'
import { over } from '../forms.ts'
import { valueIn } from '../steps/attributes.ts'
import { sendBulk } from '../steps/bulk.ts'
import { postForCleanup, postText } from '../steps/create-and-read.ts'
import { requestList } from '../steps/lists.ts'
import { area, userNeeds } from './areas.ts'
import { defineChecks, may, must, remedyEvenFor, should } from './define-checks.ts'

type Mistake = (context: CheckContext) => Promise<ScimResponse>

const unauthenticated: Mistake = context =>
  context.get(context.users.endpoint, { authorization: 'Bearer scim-check-not-a-token' })

/** Invalid requests that only read; different layers of a server reject these and the writes. */
const reads: Readonly<Record<string, Mistake>> = {
  'an unknown id': context => context.get(`${context.users.endpoint}/${context.unique()}`),
  'an endpoint that doesn’t exist': context => context.get(`/${context.unique('Nothing')}`),
  'a malformed filter': context => requestList(context, context.users, { filter: 'userName eq' }),
}

const writes: Readonly<Record<string, Mistake>> = {
  'a method that the endpoint doesn’t support': context => context.post('/ServiceProviderConfig', {}),
  'a body that isn’t JSON': context => postText(context, '{"schemas": ['),
  'an unsupported media type': context => postText(context, '<user/>', { 'content-type': 'application/xml' }),
  'a user without a userName': context =>
    postText(context, JSON.stringify({ schemas: [context.users.schema] })),
}

const conflict: Mistake = async context => {
  const { sent } = await context.create(context.users)
  return postForCleanup(context, context.users, sent)
}

/** The rejections of all mistakes but a conflict. */
async function rejections(context: CheckContext): Promise<readonly ScimResponse[]> {
  const responses: ScimResponse[] = []
  for (const send of [unauthenticated, ...Object.values(reads), ...Object.values(writes)])
    responses.push(await send(context))
  return responses.filter(({ status }) => status >= 400)
}

/** Expects each error that is JSON to fulfill a claim. What is wrong has nothing to do with its status: `came` is `other`. */
const eachError =
  (expectOf: (response: ScimResponse, body: JsonObject) => void) =>
  async (context: CheckContext): Promise<void> => {
    const errors = (await rejections(context)).filter(({ body }) => body !== undefined)
    if (errors.length === 0) skip('No error has a JSON body.')
    for (const response of errors) expectOf(response, isObject(response.body) ? response.body : {})
  }

async function expectErrorBody(context: CheckContext, send: Mistake): Promise<void> {
  const response = await send(context)
  const { status, body, text } = response
  if (status < 400) skip(`The request isn’t rejected but returns ${status}.`)
  // A crash on this request is what other checks report.
  if (status >= 500 && status !== 501) skip(`The request returns ${status} instead of a 4xx.`)
  if (!isObject(body))
    return fail('a JSON object', text === '' ? noBody : formatValue(text), response, 'other')
  const { schemas } = body
  const isListed = Array.isArray(schemas) && schemas.includes(errorUrn)
  expectThat(isListed, `schemas with ${errorUrn}`, schemas, response, 'other')
}

const shown = {
  rationale:
    'Entra shows the error’s detail in its provisioning log. With HTML or an empty body, it has nothing to show.',
  remedy: `Return every error as a JSON body whose schemas is ["${errorUrn}"], including errors of the framework.`,
}

const trace = /\n\s+at .+[(:]|Traceback \(most recent|\.(java|py|rb|cs|go|php):\d+/

const errorsArea = area('errors', 'Errors', 'RFC 7644 §3.12')

const bodyChecks = defineChecks({ ...errorsArea, needs: ['users'] }, [
  must('body', ['R-016'], {
    ...shown,
    description: 'Each error has a SCIM error body.',
    ...over({ ...reads, ...writes, 'an existing user': conflict }, (send, label) => async context => {
      const lack = label in reads ? undefined : context.lacks('write')
      if (lack !== undefined) skip(lack)
      await expectErrorBody(context, send)
    }),
  }),
  must('body-unauthenticated', ['R-016'], {
    ...shown,
    description: 'The response to invalid credentials has a SCIM error body.',
    after: ['rfc/authentication/wrong', 'rfc/errors/body'],
    wrongCredentials: true,
    run: context => expectErrorBody(context, unauthenticated),
  }),
])

/** All of these send invalid credentials, too. */
const contentChecks = defineChecks({ ...errorsArea, needs: userNeeds, wrongCredentials: true }, [
  must('status-is-text', ['R-017'], {
    description: 'The body of an error contains status as a string, equal to the HTTP status.',
    rationale: 'Typed clients fail to parse an error whose status is a number, and lose its message.',
    remedy: 'Return "status": "404", with quotes.',
    after: ['rfc/errors/body'],
    run: eachError((response, { status }) =>
      expectThat(status === `${response.status}`, `status "${response.status}"`, status, response, 'other'),
    ),
  }),
  may('detail', ['R-019'], {
    description: 'Errors have a detail that explains them.',
    rationale: 'The detail is all that an administrator sees of a failure in Entra’s, Okta’s or AWS’s log.',
    remedy: 'Return a sentence in detail that names the attribute or the operation.',
    after: ['rfc/errors/body'],
    run: eachError((response, { detail }) =>
      expectThat(typeof detail === 'string' && detail !== '', 'a detail', detail, response, 'other'),
    ),
  }),
  should('media-type', ['R-002', 'R-016'], {
    source: 'RFC 7644 §3.8, §3.12',
    description: 'Errors have the media type application/scim+json or application/json.',
    rationale: 'Clients decode by media type. They never read an error sent as text/html.',
    remedy: 'Set the Content-Type where you create the error’s body.',
    after: ['rfc/transport/accept-scim-json'],
    run: eachError(response => {
      const type = response.headers['content-type']
      const isJson = /^application\/(scim\+)?json\b/i.test(type ?? '')
      expectThat(isJson, 'a JSON media type', type, response, 'other')
    }),
  }),
  should('no-stack-trace', ['R-023'], {
    source: 'RFC 7644 §3.12, §7',
    description: 'Errors don’t expose implementation details such as a stack trace.',
    rationale:
      'It is stored in the identity provider’s logs, and reveals details of the server’s code to attackers.',
    remedy: 'Create error messages in one place, and write stack traces only to your own log.',
    run: async context => {
      for (const response of await rejections(context)) {
        const said = (JSON.stringify(response.body) ?? response.text).replaceAll('\\n', '\n')
        expectThat(!trace.test(said), 'no stack trace', response.text, response, 'other')
      }
    },
  }),
])

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

const statusChecks = defineChecks({ ...errorsArea, source: 'RFC 7644 §3.12, table 8' }, [
  should('unreadable', ['R-020'], {
    source: 'RFC 7644 §3.12, tables 8 and 9',
    description: 'A POST with a body that isn’t a JSON object returns 400.',
    rationale: 'A 400 tells a client that its request is wrong. A 5xx looks like an outage, so it retries.',
    ...remedyEvenFor(
      '5xx',
      'Catch errors of the JSON parser, check that the body is an object, and return 400 otherwise.',
    ),
    needs: userNeeds,
    ...over(unreadable, body => async context => {
      const allowed = body === '' ? [400, 411, 415] : [400]
      expectStatus(await postUnreadable(context, body), ...allowed)
    }),
  }),
  should('unreadable-named', ['R-018', 'R-020'], {
    source: 'RFC 7644 §3.12, table 9',
    description: 'The error for a malformed body has scimType invalidSyntax, or none.',
    rationale:
      'Clients use scimType to decide how to handle an error. The status alone isn’t specific enough.',
    remedy: 'Add "scimType": "invalidSyntax" to the body of the 400.',
    needs: userNeeds,
    after: ['rfc/errors/unreadable'],
    ...over(unreadable, body => async context => {
      const response = await postUnreadable(context, body)
      const scimType = valueIn(response.body, 'scimType')
      if (response.status !== 400 || scimType === undefined)
        skip('The errors have no scimType, which is optional.')
      const isNamed = ['invalidSyntax', 'invalidValue'].includes(String(scimType))
      expectThat(isNamed, 'scimType invalidSyntax (or invalidValue)', scimType, response)
    }),
  }),
  should('unknown-id', ['R-021'], {
    description: 'GET of an unknown ID returns 404.',
    rationale: 'Clients read 404 as “create it again”, and anything else as a failure.',
    remedy: 'Return 404 for an unknown id, whatever its form.',
    needs: ['users'],
    after: ['rfc/delete/get'],
    request: ({ context }) => ({ get: `${context.users.endpoint}/${context.unique()}` }),
    expect: { status: [404] },
  }),
  should('unknown-endpoint', ['R-021'], {
    description: 'GET of an endpoint that doesn’t exist returns 404.',
    rationale: 'Clients request endpoints to find out which ones a server has.',
    ...remedyEvenFor('3xx', 'Return 404 for unknown URLs. Don’t redirect to a sign-in page.'),
    request: ({ context }) => ({ get: `/${context.unique('Nothing')}` }),
    expect: { status: [404] },
  }),
  should('methods', ['R-024'], {
    source: 'RFC 9110 §15.5.6, RFC 7644 §3.2',
    description: 'PUT or PATCH of a whole list and POST to a single resource return 405, 404 or 501.',
    rationale:
      'A client whose URL lacks the id by mistake must not change other resources, and needs an error.',
    remedy: 'Return 405 for methods that a URL doesn’t support.',
    needs: userNeeds,
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
    ...remedyEvenFor(405, 'Add Allow to every 405.'),
    needs: ['write'],
    run: async context => {
      const response = await context.post('/ServiceProviderConfig', {})
      if (response.status !== 405) skip(`The request returns ${response.status}.`)
      const { allow } = response.headers
      expectThat(/\bGET\b/.test(allow ?? ''), 'an Allow header with GET', allow, response)
    },
  }),
  should('no-5xx', ['R-023'], {
    description: 'Nonsensical requests return a 4xx, not a 5xx.',
    rationale: 'Clients retry requests that fail with 5xx, and Entra quarantines the whole job if many do.',
    ...remedyEvenFor('5xx', 'Validate input before you use it. 500 is for faults of the server.'),
    needs: userNeeds,
    run: async context => {
      for (const [method, path, body] of oddities(context)) {
        const response = await context.send(method, path, body === undefined ? {} : { body })
        if (method === 'POST') context.removeAfterwards(context.users, response)
        const { status } = response
        const what = `${method} ${path.slice(0, 60)} to return a 4xx`
        expectThat(status < 500 || status === 501, what, status, response)
      }
    },
  }),
  should('not-offered', ['R-022'], {
    source: 'RFC 7644 §3.7, §3.12, table 8',
    description: 'If PATCH isn’t supported, it returns 501, and /Bulk returns 501 or 404.',
    rationale: 'Clients use PUT or single requests instead if they know what isn’t supported.',
    ...remedyEvenFor(
      '4xx',
      'Return 501 for PATCH and /Bulk if the configuration says that they aren’t supported.',
    ),
    needs: userNeeds,
    each: {
      PATCH: async context => {
        if (context.service.offers.patch) skip('PATCH is supported.')
        const { path } = await context.create(context.users)
        expectStatus(await context.patch(path, { op: 'replace', value: {} }), 501)
      },
      '/Bulk': async context => {
        const { config, offers } = context.service
        if (config === undefined) skip('/ServiceProviderConfig can’t be read.')
        if (offers.bulk !== undefined) skip('Bulk requests are supported.')
        const path = `${context.users.endpoint}/${context.unique()}`
        const response = await sendBulk(context, [{ method: 'DELETE', path }])
        if (response.status === 403) skip('The token doesn’t permit bulk requests.')
        expectStatus(response, 404, 501)
      },
    },
  }),
])

export const errorChecks: readonly Check[] = [...bodyChecks, ...contentChecks, ...statusChecks]
