import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectThat, formatValue, jsonObject, skip } from '../../expect.ts'
import { errorUrn } from '../../scim.ts'
import { postForCleanup, postText } from '../steps/create-and-read.ts'
import { errorsArea } from './areas.ts'
import { defineChecks, may, must, should } from './define-checks.ts'

async function clash(context: CheckContext): Promise<ScimResponse> {
  const { sent } = await context.create(context.users)
  const response = await postForCleanup(context, context.users, sent)
  return response
}

/** Invalid requests that different layers of a server reject. */
const mistakes = [
  {
    id: 'unauthenticated',
    words: 'invalid credentials',
    send: (context: CheckContext) =>
      context.get(context.users.endpoint, { authorization: 'Bearer scim-check-not-a-token' }),
  },
  {
    id: 'unknown-id',
    words: 'an unknown id',
    send: (context: CheckContext) => context.get(`${context.users.endpoint}/${context.unique()}`),
  },
  {
    id: 'unknown-endpoint',
    words: 'an endpoint that doesn’t exist',
    send: (context: CheckContext) => context.get(`/${context.unique('Nothing')}`),
  },
  {
    id: 'wrong-method',
    words: 'a method that the endpoint doesn’t support',
    send: (context: CheckContext) => context.post('/ServiceProviderConfig', {}),
    writes: true,
  },
  {
    id: 'not-json',
    words: 'a body that isn’t JSON',
    send: (context: CheckContext) => postText(context, '{"schemas": ['),
    writes: true,
  },
  {
    id: 'media-type',
    words: 'an unsupported media type',
    send: (context: CheckContext) => postText(context, '<user/>', { 'content-type': 'application/xml' }),
    writes: true,
  },
  {
    id: 'invalid',
    words: 'a user without a userName',
    send: (context: CheckContext) => postText(context, JSON.stringify({ schemas: [context.users.schema] })),
    writes: true,
  },
  { id: 'conflict', words: 'an existing user', send: clash, writes: true },
  {
    id: 'filter',
    words: 'a malformed filter',
    send: (context: CheckContext) =>
      context.get(`${context.users.endpoint}?filter=${encodeURIComponent('userName eq')}`),
  },
] as const

const needsOf = (mistake: (typeof mistakes)[number]) =>
  'writes' in mistake ? (['users', 'write'] as const) : (['users'] as const)

async function errors(context: CheckContext): Promise<readonly ScimResponse[]> {
  const answers: ScimResponse[] = []
  for (const { send, id } of mistakes) if (id !== 'conflict') answers.push(await send(context))
  const found = answers.filter(({ status, text, body }) => status >= 400 && text !== '' && body !== undefined)
  return found.length > 0 ? found : skip('No error has a JSON body.')
}

const bodies = mistakes.map(mistake =>
  must(`body-${mistake.id}`, ['R-016'], {
    description: `The response to ${mistake.words} has a SCIM error body.`,
    rationale:
      'Entra shows the error’s detail in its provisioning log. With HTML or an empty body, it has nothing to show.',
    remedy: `Return every error as a JSON body whose schemas is ["${errorUrn}"], including errors of the framework.`,
    needs: needsOf(mistake),
    ...(mistake.id === 'unauthenticated' && { wrongCredentials: true as const }),
    run: async (context: CheckContext) => {
      const response = await mistake.send(context)
      if (response.status < 400) skip(`The request isn’t rejected but returns ${response.status}.`)
      const { schemas } = jsonObject(response)
      expectThat(
        Array.isArray(schemas) && schemas.includes(errorUrn),
        `schemas with ${errorUrn}`,
        schemas,
        response,
      )
    },
  }),
)

const trace = /\n\s+at .+[(:]|Traceback \(most recent|\.(java|py|rb|cs|go|php):\d+/

export const errorBodyChecks: readonly Check[] = [
  ...defineChecks(errorsArea, bodies),
  ...defineChecks(errorsArea, [
    must('status-is-text', ['R-017'], {
      description: 'The body of an error contains status as a string, equal to the HTTP status.',
      rationale: 'Typed clients fail to parse an error whose status is a number, and lose its message.',
      remedy: 'Return "status": "404", with quotes.',
      needs: ['write', 'users'],
      wrongCredentials: true,
      run: async context => {
        for (const response of await errors(context))
          expectEqual(jsonObject(response).status, String(response.status), 'status', response)
      },
    }),
    may('detail', ['R-019'], {
      description: 'Errors have a detail that explains them.',
      rationale: 'The detail is all that an administrator sees of a failure in Entra’s, Okta’s or AWS’s log.',
      remedy: 'Return a sentence in detail that names the attribute or the operation.',
      needs: ['write', 'users'],
      wrongCredentials: true,
      run: async context => {
        for (const response of await errors(context)) {
          const { detail } = jsonObject(response)
          expectThat(typeof detail === 'string' && detail !== '', 'a detail', detail, response)
        }
      },
    }),
    should('media-type', ['R-002', 'R-016'], {
      source: 'RFC 7644 §3.8, §3.12',
      description: 'Errors have the media type application/scim+json or application/json.',
      rationale: 'Clients decode by media type. They never read an error sent as text/html.',
      remedy: 'Set the Content-Type where you create the error’s body.',
      needs: ['write', 'users'],
      wrongCredentials: true,
      run: async context => {
        for (const response of await errors(context)) {
          const type = response.headers['content-type']
          expectThat(/^application\/(scim\+)?json\b/i.test(type ?? ''), 'a JSON media type', type, response)
        }
      },
    }),
    should('no-stack-trace', ['R-023'], {
      source: 'RFC 7644 §3.12, §7',
      description: 'Errors don’t expose implementation details such as a stack trace.',
      rationale:
        'It is stored in the identity provider’s logs, and reveals details of the server’s code to attackers.',
      remedy: 'Create error messages in one place, and write stack traces only to your own log.',
      needs: ['write', 'users'],
      wrongCredentials: true,
      run: async context => {
        for (const { send, id } of mistakes) {
          if (id === 'conflict') continue
          const response = await send(context)
          if (response.status < 400) continue
          const said = JSON.stringify(response.body) ?? response.text
          expectThat(
            !trace.test(said.replaceAll('\\n', '\n')),
            'no stack trace',
            formatValue(response.text),
            response,
          )
        }
      },
    }),
  ]),
]
