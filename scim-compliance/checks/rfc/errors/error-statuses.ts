import type { Check } from '../../../check.ts'
import { expectStatus, expectThat, objectIn, skip } from '../../../expect.ts'
import type { Answer, Method, Stage } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { postedText } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { errorsArea } from './areas.ts'

const unreadable = [
  { id: 'truncated', words: 'JSON that ends too early', body: '{"schemas": ["urn:ietf:params' },
  { id: 'trailing', words: 'JSON with something behind it', body: '{} {}' },
  { id: 'array', words: 'an array', body: '[]' },
  { id: 'text', words: 'a JSON string', body: '"user"' },
  { id: 'null', words: 'null', body: 'null' },
  { id: 'empty', words: 'nothing', body: '' },
] as const

/** Also of an empty body: without it 415 would be right. */
const scimJson = { 'content-type': 'application/scim+json' } as const

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

export const checks: readonly Check[] = [
  ...checksOf(
    { ...errorsArea, source: 'RFC 7644 §3.12, tables 8 and 9', needs: ['write', 'users'] },
    unreadable.map(({ id, words, body }) => ({
      id: `unreadable-${id}`,
      level: 'SHOULD',
      says: `A body that is ${words} is refused with 400.`,
      requirements: ['R-020'],
      matters: 'A client with a fault is told so; a 5xx looks like an outage, and makes it try again.',
      mend: 'Catch what the JSON parser throws, look whether the body is an object, and answer 400 otherwise.',
      run: async stage =>
        expectStatus(await postedText(stage, body, scimJson), ...(body === '' ? [400, 411, 415] : [400])),
    })),
  ),
  ...checksOf(errorsArea, [
    {
      id: 'unreadable-named',
      level: 'SHOULD',
      source: 'RFC 7644 §3.12, table 9',
      says: 'The error for a body that can’t be parsed has no wrong scimType: invalidSyntax, or none.',
      requirements: ['R-018', 'R-020'],
      matters:
        'Clients decide by scimType what to do about a refusal; the status alone leaves them guessing.',
      mend: 'Put "scimType": "invalidSyntax" into the body of the 400.',
      needs: ['write', 'users'],
      run: async stage => {
        const answers: Answer[] = []
        for (const { body } of unreadable) answers.push(await postedText(stage, body, scimJson))
        const named = answers.filter(
          ({ status, body }) => status === 400 && at(body, 'scimType') !== undefined,
        )
        if (named.length === 0) skip('The errors have no scimType, which is optional.')
        for (const answer of named)
          expectThat(
            ['invalidSyntax', 'invalidValue'].includes(String(objectIn(answer).scimType)),
            'scimType invalidSyntax (or invalidValue)',
            objectIn(answer).scimType,
            answer,
          )
      },
    },
    {
      id: 'unknown-id',
      level: 'SHOULD',
      source: 'RFC 7644 §3.12, table 8',
      says: 'An unknown id returns 404.',
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
  ]),
]
