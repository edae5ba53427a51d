import type { Check } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, objectIn, shown, skip } from '../../expect.ts'
import type { Answer, Method, Stage } from '../../stage.ts'
import { checksOf, refusalsOf } from '../tools/checks-of.ts'

const common = { area: 'errors', section: 'Errors', source: 'RFC 7644 §3.12' } as const
const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'

const posted = async (stage: Stage, body: string, headers = {}): Promise<Answer> => {
  const answer = await stage.send('POST', stage.users.endpoint, { body, headers })
  stage.willRemove(stage.users, answer)
  return answer
}

async function clash(stage: Stage): Promise<Answer> {
  const { sent } = await stage.create(stage.users)
  const answer = await stage.post(stage.users.endpoint, sent)
  stage.willRemove(stage.users, answer)
  return answer
}

/** Requests that a server refuses, each in another of its layers. */
const mistakes = [
  {
    id: 'unauthenticated',
    words: 'credentials that nobody was given',
    send: (stage: Stage) =>
      stage.get(stage.users.endpoint, { authorization: 'Bearer scim-check-not-a-token' }),
  },
  {
    id: 'unknown-id',
    words: 'an id that nobody has',
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
    send: (stage: Stage) => posted(stage, '{"schemas": ['),
    writes: true,
  },
  {
    id: 'media-type',
    words: 'a body of another media type',
    send: (stage: Stage) => posted(stage, '<user/>', { 'content-type': 'application/xml' }),
    writes: true,
  },
  {
    id: 'invalid',
    words: 'a user without a userName',
    send: (stage: Stage) => posted(stage, JSON.stringify({ schemas: [stage.users.schema] })),
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

const unreadable = [
  { id: 'truncated', words: 'JSON that ends too early', body: '{"schemas": ["urn:ietf:params' },
  { id: 'trailing', words: 'JSON with something behind it', body: '{} {}' },
  { id: 'array', words: 'an array', body: '[]' },
  { id: 'text', words: 'a JSON string', body: '"user"' },
  { id: 'null', words: 'null', body: 'null' },
  { id: 'empty', words: 'nothing', body: '' },
] as const

const methods: readonly {
  readonly id: string
  readonly method: Method
  readonly path: (stage: Stage) => string
}[] = [
  { id: 'put-list', method: 'PUT', path: ({ users }) => users.endpoint },
  { id: 'patch-list', method: 'PATCH', path: ({ users }) => users.endpoint },
  { id: 'post-resource', method: 'POST', path: stage => `${stage.users.endpoint}/${stage.unique()}` },
]

/** What nobody sends on purpose; a server tells the client, and doesn't break. */
const oddities = (stage: Stage): readonly (readonly [Method, string, string?])[] => [
  ['GET', `${stage.users.endpoint}/%00`],
  ['GET', `${stage.users.endpoint}/${'x'.repeat(1000)}`],
  ['GET', `${stage.users.endpoint}?startIndex=x&count=y`],
  ['GET', `${stage.users.endpoint}?filter=%00`],
  ['GET', `${stage.users.endpoint}?filter=${'('.repeat(500)}`],
  ['GET', `${stage.users.endpoint}?attributes=,,,`],
  ['POST', stage.users.endpoint, '{"userName":{"a":[]},"emails":"x","name":[1]}'],
  ['POST', stage.users.endpoint, '{"schemas":7}'],
  ['POST', stage.users.endpoint, `${'['.repeat(2000)}${']'.repeat(2000)}`],
]

const trace = /\n\s+at .+[(:]|Traceback \(most recent|\.(java|py|rb|cs|go|php):\d+/

export const checks: readonly Check[] = [
  ...checksOf(common, bodies),
  ...refusalsOf(
    { ...common, source: 'RFC 7644 §3.12, table 9', needs: ['write', 'users'] },
    unreadable.map(({ id, words, body }) => ({
      id: `unreadable-${id}`,
      level: 'SHOULD' as const,
      says: `A body that is ${words} is refused with 400.`,
      requirements: ['R-020'],
      matters:
        'A client with a fault is told so; a 5xx would make it try again forever, and Entra count it as an outage.',
      mend: 'Catch what the JSON parser throws, look whether the body is an object, and answer 400 otherwise.',
      scimTypes: ['invalidSyntax'],
      send: (stage: Stage) => posted(stage, body),
    })),
  ),
  ...checksOf(common, [
    {
      id: 'status-is-text',
      level: 'MUST',
      says: 'The body of an error has the status as a string, the same as the HTTP status.',
      requirements: ['R-017'],
      matters: 'Typed clients fail to read an error whose status is a number, and lose what it says.',
      mend: 'Write "status": "404", with quotes.',
      needs: ['write', 'users'],
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
      run: async stage => {
        for (const answer of await errors(stage)) {
          const type = answer.headers['content-type']
          expectThat(/^application\/(scim\+)?json\b/i.test(type ?? ''), 'a JSON media type', type, answer)
        }
      },
    },
    {
      id: 'unknown-id',
      level: 'SHOULD',
      source: 'RFC 7644 §3.12, table 8',
      says: 'An id that nobody has is 404.',
      requirements: ['R-021'],
      matters: 'Clients take 404 for “make it again”, and anything else for a fault.',
      mend: 'Answer 404 when the id isn’t found, whatever it looks like.',
      needs: ['users'],
      run: async stage => expectStatus(await stage.get(`${stage.users.endpoint}/${stage.unique()}`), 404),
    },
    {
      id: 'unknown-endpoint',
      level: 'SHOULD',
      source: 'RFC 7644 §3.12, table 8',
      says: 'An endpoint that doesn’t exist is 404.',
      requirements: ['R-021'],
      matters: 'Clients find out what a server has by asking.',
      mend: 'Answer 404 to every address you don’t serve; don’t redirect to a sign-in page.',
      run: async stage => expectStatus(await stage.get(`/${stage.unique('Nothing')}`), 404),
    },
    {
      id: 'patch-not-offered',
      level: 'SHOULD',
      source: 'RFC 7644 §3.12, table 8',
      says: 'Where PATCH isn’t offered, it is answered with 501.',
      requirements: ['R-022'],
      matters: 'Clients fall back to PUT when they know that PATCH isn’t there.',
      mend: 'Answer 501 to PATCH while the configuration says that it isn’t supported.',
      needs: ['write', 'users'],
      run: async stage => {
        if (stage.service.offers.patch) skip('PATCH is offered.')
        const { path } = await stage.create(stage.users)
        expectStatus(await stage.patch(path, { op: 'replace', value: {} }), 501)
      },
    },
    ...methods.map(({ id, method, path }) => ({
      id: `method-${id}`,
      level: 'SHOULD' as const,
      source: 'RFC 9110 §15.5.6, RFC 7644 §3.2',
      says: `${method} on a ${id.endsWith('list') ? 'whole list' : 'single resource'} is refused with 405, 404 or 501.`,
      requirements: ['R-024'],
      matters: 'A client that loses an id on the way must not change others; it has to learn of its mistake.',
      mend: 'Answer 405 to methods that an address doesn’t take.',
      needs: ['write', 'users'] as const,
      run: async (stage: Stage) => {
        const answer = await stage.send(method, path(stage), { body: '{}' })
        stage.willRemove(stage.users, answer)
        expectStatus(answer, 405, 404, 501)
      },
    })),
    {
      id: 'allow',
      level: 'SHOULD',
      source: 'RFC 9110 §15.5.6',
      says: 'A 405 has an Allow header with the methods that the address takes.',
      requirements: ['R-024'],
      matters: 'HTTP requires it, and people find out with it what they may do.',
      mend: 'Add Allow to every 405.',
      needs: ['write'],
      run: async stage => {
        const answer = await stage.post('/ServiceProviderConfig', {})
        if (answer.status !== 405) skip(`The request is answered with ${answer.status}.`)
        const { allow } = answer.headers
        expectThat(/\bGET\b/.test(allow ?? ''), 'an Allow header with GET', allow, answer)
      },
    },
    {
      id: 'no-5xx',
      level: 'SHOULD',
      source: 'RFC 7644 §3.12, table 8',
      says: 'Requests that make no sense are refused, not answered with a 5xx.',
      requirements: ['R-023'],
      matters:
        'Clients repeat what failed with 5xx, and Entra puts the whole job into quarantine when many do.',
      mend: 'Check what comes in before using it; 500 is for faults of the server.',
      needs: ['write', 'users'],
      run: async stage => {
        for (const [method, path, body] of oddities(stage)) {
          const answer = await stage.send(method, path, body === undefined ? {} : { body })
          if (method === 'POST') stage.willRemove(stage.users, answer)
          expectThat(
            answer.status < 500 || answer.status === 501,
            `${method} ${path.slice(0, 60)} to be refused`,
            answer.status,
            answer,
          )
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
