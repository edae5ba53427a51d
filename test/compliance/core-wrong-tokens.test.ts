import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { peerOf } from './peers/index.ts'
import { peerServer } from './peers/peer.ts'
import { type ReceivedRequest, type Respond, runOptions, smallServer } from './small-server.ts'

const only = [
  'rfc/authentication',
  'rfc/errors',
  'entra/probe',
  'aws/service/wrong-token',
  'aws/service/basic-token',
]
const as = ['rfc', 'entra', 'aws'] as const
const wrong = checks.filter(({ wrongCredentials }) => wrongCredentials).map(({ id }) => id)

t.test('a server that slows down invalid tokens fails no check, and a note reports it', async t => {
  const { url, token } = await peerServer(t, peerOf('slows-wrong-tokens'), 'rfc')
  const { result } = await runChecks(runOptions(url, checks, { token, as, only, timeoutSeconds: 1 }))
  const skipped = result.outcomes.filter(
    ({ check, verdict }) => wrong.includes(check.id) && verdict !== 'passed',
  )
  t.same(
    skipped.map(({ verdict, reason }) => [verdict, reason]),
    skipped.map(() => [
      'skipped',
      'The server slows down invalid tokens: 3 earlier ones got responses, and the next one had no complete response within 1 s.',
    ]),
  )
  t.ok(skipped.length > 0)
  t.equal(result.exchanges.filter(({ response }) => response === undefined).length, 1)
})

const isWrong = ({ headers: { authorization } }: ReceivedRequest) =>
  authorization !== undefined && authorization !== 'Bearer the-secret-token'

const gate: Respond = one =>
  one.headers.authorization === 'Bearer the-secret-token' ? { body: {} } : { status: 401, body: {} }

t.test('each kind of invalid credentials is sent once', async t => {
  const { url, requests } = await smallServer(t, gate)
  await runChecks(runOptions(url, checks, { as, only }))
  const sent = requests.filter(isWrong).map(({ headers }) => headers.authorization)
  t.equal(sent.length, 5)
  t.equal(new Set(sent).size, sent.length)
})

t.test('only the checks that run last send invalid credentials', async t => {
  const { url, requests } = await smallServer(t, gate)
  await runChecks(runOptions(url, checks, { as, skip: ['entra/load', ...wrong] }))
  t.same(requests.filter(isWrong), [])
})

t.test('if no invalid token gets a response, one check fails', async t => {
  const { url } = await smallServer(t, ({ headers: { authorization } }) =>
    authorization === undefined || authorization === 'Bearer the-secret-token'
      ? { body: {} }
      : new Promise<undefined>(() => {}),
  )
  const { result } = await runChecks(
    runOptions(url, checks, { as, only: ['rfc/authentication', 'entra/probe'], timeoutSeconds: 0.5 }),
  )
  const silent = result.outcomes.filter(({ got }) => /no complete response/.test(got ?? ''))
  t.equal(silent.length, 1)
})
