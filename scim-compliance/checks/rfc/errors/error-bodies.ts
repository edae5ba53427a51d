import type { Check } from '../../../check.ts'
import { expectEqual, expectThat, objectIn, shown, skip } from '../../../expect.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { errorUrn } from '../../../urns.ts'
import { posted, postedText } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { errorsArea } from './areas.ts'

async function clash(stage: Stage): Promise<Answer> {
  const { sent } = await stage.create(stage.users)
  const answer = await posted(stage, stage.users, sent)
  return answer
}

/** Requests that a server refuses, each in another of its layers. */
const mistakes = [
  {
    id: 'unauthenticated',
    words: 'invalid credentials',
    send: (stage: Stage) =>
      stage.get(stage.users.endpoint, { authorization: 'Bearer scim-check-not-a-token' }),
  },
  {
    id: 'unknown-id',
    words: 'an unknown id',
    send: (stage: Stage) => stage.get(`${stage.users.endpoint}/${stage.unique()}`),
  },
  {
    id: 'unknown-endpoint',
    words: 'an endpoint that doesn’t exist',
    send: (stage: Stage) => stage.get(`/${stage.unique('Nothing')}`),
  },
  {
    id: 'wrong-method',
    words: 'a method that the address doesn’t take',
    send: (stage: Stage) => stage.post('/ServiceProviderConfig', {}),
    writes: true,
  },
  {
    id: 'not-json',
    words: 'a body that isn’t JSON',
    send: (stage: Stage) => postedText(stage, '{"schemas": ['),
    writes: true,
  },
  {
    id: 'media-type',
    words: 'a body of another media type',
    send: (stage: Stage) => postedText(stage, '<user/>', { 'content-type': 'application/xml' }),
    writes: true,
  },
  {
    id: 'invalid',
    words: 'a user without a userName',
    send: (stage: Stage) => postedText(stage, JSON.stringify({ schemas: [stage.users.schema] })),
    writes: true,
  },
  { id: 'conflict', words: 'a user that is already there', send: clash, writes: true },
  {
    id: 'filter',
    words: 'a filter that can’t be read',
    send: (stage: Stage) => stage.get(`${stage.users.endpoint}?filter=${encodeURIComponent('userName eq')}`),
  },
] as const

const needsOf = (mistake: (typeof mistakes)[number]) =>
  'writes' in mistake ? (['users', 'write'] as const) : (['users'] as const)

/** The answers to all of them that are errors, with a SCIM error for a body. */
async function errors(stage: Stage): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (const { send, id } of mistakes) if (id !== 'conflict') answers.push(await send(stage))
  const found = answers.filter(({ status, text, body }) => status >= 400 && text !== '' && body !== undefined)
  return found.length > 0 ? found : skip('No error has a body in JSON.')
}

const bodies = mistakes.map(mistake => ({
  id: `body-${mistake.id}`,
  level: 'MUST' as const,
  says: `The error for ${mistake.words} has a SCIM error for a body.`,
  requirements: ['R-016'],
  matters:
    'Entra shows the detail of the error in its provisioning log; from HTML or nothing it can show nothing.',
  mend: `Answer every error with a JSON body whose schemas is ["${errorUrn}"], also those of the framework.`,
  needs: needsOf(mistake),
  ...(mistake.id === 'unauthenticated' && { wrongCredentials: true as const }),
  run: async (stage: Stage) => {
    const answer = await mistake.send(stage)
    if (answer.status < 400) skip(`It isn’t refused but answered with ${answer.status}.`)
    const { schemas } = objectIn(answer)
    expectThat(
      Array.isArray(schemas) && schemas.includes(errorUrn),
      `schemas with ${errorUrn}`,
      schemas,
      answer,
    )
  },
}))

const trace = /\n\s+at .+[(:]|Traceback \(most recent|\.(java|py|rb|cs|go|php):\d+/

export const checks: readonly Check[] = [
  ...checksOf(errorsArea, bodies),
  ...checksOf(errorsArea, [
    {
      id: 'status-is-text',
      level: 'MUST',
      says: 'The body of an error has the status as a string, the same as the HTTP status.',
      requirements: ['R-017'],
      matters: 'Typed clients fail to read an error whose status is a number, and lose what it says.',
      mend: 'Write "status": "404", with quotes.',
      needs: ['write', 'users'],
      wrongCredentials: true,
      run: async stage => {
        for (const answer of await errors(stage))
          expectEqual(objectIn(answer).status, String(answer.status), 'status', answer)
      },
    },
    {
      id: 'detail',
      level: 'MAY',
      says: 'Errors have a detail that explains them.',
      requirements: ['R-019'],
      matters: 'It is all that an administrator sees of a failure in Entra’s, Okta’s or AWS’s log.',
      mend: 'Put a sentence into detail that names the attribute or the operation.',
      needs: ['write', 'users'],
      wrongCredentials: true,
      run: async stage => {
        for (const answer of await errors(stage)) {
          const { detail } = objectIn(answer)
          expectThat(typeof detail === 'string' && detail !== '', 'a detail', detail, answer)
        }
      },
    },
    {
      id: 'media-type',
      level: 'SHOULD',
      source: 'RFC 7644 §3.8, §3.12',
      says: 'Errors are sent as application/scim+json, or as application/json.',
      requirements: ['R-002', 'R-016'],
      matters: 'Clients decode by the type; an error sent as text/html is never read.',
      mend: 'Set the Content-Type of errors where they are worded.',
      needs: ['write', 'users'],
      wrongCredentials: true,
      run: async stage => {
        for (const answer of await errors(stage)) {
          const type = answer.headers['content-type']
          expectThat(/^application\/(scim\+)?json\b/i.test(type ?? ''), 'a JSON media type', type, answer)
        }
      },
    },
    {
      id: 'no-stack-trace',
      level: 'SHOULD',
      source: 'RFC 7644 §3.12, §7',
      says: 'Errors show nothing of the server’s inside, such as a stack trace.',
      requirements: ['R-023'],
      matters: 'It ends in the identity provider’s logs, and tells attackers where to start.',
      mend: 'Word errors in one place, and keep traces in your own log.',
      needs: ['write', 'users'],
      wrongCredentials: true,
      run: async stage => {
        for (const { send, id } of mistakes) {
          if (id === 'conflict') continue
          const answer = await send(stage)
          if (answer.status < 400) continue
          const said = JSON.stringify(answer.body) ?? answer.text
          expectThat(!trace.test(said.replaceAll('\\n', '\n')), 'no stack trace', shown(answer.text), answer)
        }
      },
    },
  ]),
]
