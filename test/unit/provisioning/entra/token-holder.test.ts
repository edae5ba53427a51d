import t from 'tap'
import {
  type AccessToken,
  holdToken,
  type IssuedToken,
  type RequestToken,
  secretToken,
  withCredentials,
} from '../../../../src/provisioning/entra/credentials/credentials.ts'
import type { TargetResponse } from '../../../../src/provisioning/kit/target.ts'

const second = 1000
const minute = 60 * second

const issued = (text: string, expiresIn: number | undefined = 3600): IssuedToken => ({
  kind: 'issued',
  text,
  expiresIn,
})
const refusal = { kind: 'none', reason: 'credentials refused', text: 'Not you.' } as const

/** A token endpoint that issues `token 1`, `token 2` and so on, and a clock. */
function endpoint({ expiresIn = 3600, refreshOn401 = true } = {}) {
  let now = 0
  let count = 0
  const request: RequestToken = async () => issued(`token ${++count}`, expiresIn)
  return {
    credentials: holdToken(request, { clock: () => now, refreshOn401 }),
    pass: (milliseconds: number) => {
      now += milliseconds
    },
    count: () => count,
  }
}

const textOf = (result: AccessToken | { readonly kind: 'none' } | undefined) =>
  result?.kind === 'token' ? result.text : result?.kind

t.test('TS-081 a token is held until it is good for less than five minutes by the job’s clock', async t => {
  const { credentials, pass } = endpoint()
  t.same(await credentials.current(), {
    kind: 'token',
    text: 'token 1',
    obtainedAt: 0,
    expiresAt: 60 * minute,
  })
  pass(55 * minute)
  t.equal(textOf(await credentials.current()), 'token 1')
  pass(1)
  t.equal(textOf(await credentials.current()), 'token 2')
})

t.test('TS-081 all that need a token at the same time share one request', async t => {
  let finish: (token: IssuedToken) => void = () => {}
  let count = 0
  const request: RequestToken = () => {
    count++
    return new Promise(resolve => {
      finish = resolve
    })
  }
  const credentials = holdToken(request, { clock: () => 0, refreshOn401: true })
  const waiting = Array.from({ length: 50 }, () => credentials.current())
  finish(issued('the one'))
  t.same(
    (await Promise.all(waiting)).map(textOf),
    Array.from({ length: 50 }, () => 'the one'),
  )
  t.equal(count, 1)
})

t.test('TS-081 a token without a lifetime is good for an hour, a shorter one for each request', async t => {
  const open = holdToken(async () => ({ ...issued('open'), expiresIn: undefined }), {
    clock: () => 7,
    refreshOn401: true,
  })
  t.match(await open.current(), { expiresAt: 7 + 60 * minute })
  const short = endpoint({ expiresIn: 299 })
  t.same(
    [textOf(await short.credentials.current()), textOf(await short.credentials.current())],
    ['token 1', 'token 2'],
  )
})

t.test('TS-081 a refused token is replaced once it is older than a minute', async t => {
  const { credentials, pass, count } = endpoint()
  const first = (await credentials.current()) as AccessToken
  pass(minute)
  t.equal(await credentials.replace(first), undefined)
  t.equal(textOf(await credentials.current()), 'token 1', 'it stays in use')
  pass(1)
  const [one, other] = await Promise.all([credentials.replace(first), credentials.replace(first)])
  t.same([textOf(one), textOf(other), count()], ['token 2', 'token 2', 2], 'with one request')
  t.equal(textOf(await credentials.replace(first)), 'token 2', 'a late 401 of the old token gets the new one')
})

t.test('TS-081 --no-refresh-on-401 never replaces a refused token', async t => {
  const { credentials, pass } = endpoint({ refreshOn401: false })
  const first = (await credentials.current()) as AccessToken
  pass(2 * minute)
  t.equal(await credentials.replace(first), undefined)
})

t.test('TS-082 after a failed request the next one is sent anew', async t => {
  const results = [issued('first'), refusal, issued('second')]
  const credentials = holdToken(async () => results.shift() ?? refusal, {
    clock: () => now,
    refreshOn401: true,
  })
  let now = 0
  const first = (await credentials.current()) as AccessToken
  now = 2 * minute
  t.same(await credentials.replace(first), refusal)
  t.equal(textOf(await credentials.current()), 'second', 'the refused token is not used again')
})

const response = (status: number): TargetResponse => ({
  kind: 'response',
  status,
  body: undefined,
  text: '',
  mediaType: '',
})

t.test('TS-081 a request is repeated once after a 401, with the new token', async t => {
  const { credentials, pass } = endpoint()
  const sent: string[] = []
  const target = withCredentials(async (request, token) => {
    sent.push(`${request.method} ${request.path} ${token}`)
    return response(401)
  }, credentials)
  t.match(await target({ method: 'GET', path: '/Users' }), { status: 401 })
  pass(2 * minute)
  t.match(await target({ method: 'GET', path: '/Groups' }), { status: 401 })
  t.same(sent, ['GET /Users token 1', 'GET /Groups token 1', 'GET /Groups token 2'])
})

t.test('TS-082 nothing is sent without a token', async t => {
  const credentials = holdToken(async () => refusal, { clock: () => 0, refreshOn401: true })
  const target = withCredentials(async () => t.fail('sent') as never, credentials)
  t.same(await target({ method: 'GET', path: '/Users' }), refusal)
})

t.test('TS-080 a secret token is always the same', async t => {
  const sent: string[] = []
  const target = withCredentials(async (_, token) => {
    sent.push(token)
    return response(401)
  }, secretToken('pasted'))
  t.match(await target({ method: 'GET', path: '/Users' }), { status: 401 })
  t.same(sent, ['pasted'])
})
