import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectThat, fail, formatValue, noBody, skip } from '../../expect.ts'
import { errorUrn, isObject, type JsonObject } from '../../scim.ts'
import { over } from '../forms.ts'
import { postForCleanup, postText } from '../steps/create-and-read.ts'
import { requestList } from '../steps/lists.ts'
import { errorsArea } from './areas.ts'
import { type CheckDefinition, defineChecks, may, must, should } from './define-checks.ts'

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

const mistakes: readonly Mistake[] = [unauthenticated, ...Object.values(reads), ...Object.values(writes)]

/** The rejections of all mistakes but a conflict. */
async function rejections(context: CheckContext): Promise<readonly ScimResponse[]> {
  const responses: ScimResponse[] = []
  for (const send of mistakes) responses.push(await send(context))
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

const expectErrorBody =
  (send: Mistake) =>
  async (context: CheckContext): Promise<void> => {
    const response = await send(context)
    const { status } = response
    if (status < 400) skip(`The request isn’t rejected but returns ${status}.`)
    // A crash on this request is what other checks report.
    if (status >= 500 && status !== 501) skip(`The request returns ${status} instead of a 4xx.`)
    const { body, text } = response
    if (!isObject(body))
      return fail('a JSON object', text === '' ? noBody : formatValue(text), response, 'other')
    const { schemas } = body
    expectThat(
      Array.isArray(schemas) && schemas.includes(errorUrn),
      `schemas with ${errorUrn}`,
      schemas,
      response,
      'other',
    )
  }

const unlessReadOnly =
  (send: Mistake): Mistake =>
  async context => {
    const reason = context.lacks('write')
    return reason === undefined ? send(context) : skip(reason)
  }

const shown = {
  rationale:
    'Entra shows the error’s detail in its provisioning log. With HTML or an empty body, it has nothing to show.',
  remedy: `Return every error as a JSON body whose schemas is ["${errorUrn}"], including errors of the framework.`,
}

const trace = /\n\s+at .+[(:]|Traceback \(most recent|\.(java|py|rb|cs|go|php):\d+/

const bodies: readonly CheckDefinition[] = [
  must('body', ['R-016'], {
    ...shown,
    description: 'Each error has a SCIM error body.',
    needs: ['users'],
    ...over({ ...reads, ...writes, 'an existing user': conflict }, (send, label) =>
      expectErrorBody(label in reads ? send : unlessReadOnly(send)),
    ),
  }),
  must('body-unauthenticated', ['R-016'], {
    ...shown,
    description: 'The response to invalid credentials has a SCIM error body.',
    needs: ['users'],
    after: ['rfc/authentication/wrong', 'rfc/errors/body'],
    wrongCredentials: true,
    run: expectErrorBody(unauthenticated),
  }),
]

/** All of these send invalid credentials, too. */
const contents: readonly CheckDefinition[] = [
  must('status-is-text', ['R-017'], {
    description: 'The body of an error contains status as a string, equal to the HTTP status.',
    rationale: 'Typed clients fail to parse an error whose status is a number, and lose its message.',
    remedy: 'Return "status": "404", with quotes.',
    after: ['rfc/errors/body'],
    wrongCredentials: true,
    run: eachError((response, { status }) =>
      expectThat(status === `${response.status}`, `status "${response.status}"`, status, response, 'other'),
    ),
  }),
  may('detail', ['R-019'], {
    description: 'Errors have a detail that explains them.',
    rationale: 'The detail is all that an administrator sees of a failure in Entra’s, Okta’s or AWS’s log.',
    remedy: 'Return a sentence in detail that names the attribute or the operation.',
    after: ['rfc/errors/body'],
    wrongCredentials: true,
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
    wrongCredentials: true,
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
    wrongCredentials: true,
    run: async context => {
      for (const response of await rejections(context)) {
        const said = JSON.stringify(response.body) ?? response.text
        expectThat(
          !trace.test(said.replaceAll('\\n', '\n')),
          'no stack trace',
          response.text,
          response,
          'other',
        )
      }
    },
  }),
]

export const errorBodyChecks: readonly Check[] = [
  ...defineChecks(errorsArea, bodies),
  ...defineChecks({ ...errorsArea, needs: ['write', 'users'] }, contents),
]
