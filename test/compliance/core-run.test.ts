import t from 'tap'
import { Unreachable } from '../../scim-compliance/client/reachability.ts'
import { expectStatus, skip } from '../../scim-compliance/expect.ts'
import { createReport, formats } from '../../scim-compliance/reports/formats.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { createServer } from '../../src/index.ts'
import { appraised } from './a-result.ts'
import { check, runOptions, smallServer } from './small-server.ts'

const brief = ({
  verdict,
  reason,
  expected,
  got,
}: {
  verdict: string
  reason?: string
  expected?: string
  got?: string
}) => [
  verdict,
  ...(reason === undefined ? [] : [reason.split('\n')[0]]),
  ...(expected === undefined ? [] : [expected, got]),
]

const creates = check('rfc/made', async context => void (await context.create(context.users)), [
  'write',
  'users',
])

t.test('each check has its own outcome, whatever the others do', async t => {
  const { url } = await smallServer(t, ({ path }) =>
    path === '/lost' ? undefined : { status: path === '/ServiceProviderConfig' ? 200 : 404, body: {} },
  )
  const { result } = await runChecks(
    runOptions(url, [
      check('rfc/passes', async () => {}),
      check('rfc/fails', async context => expectStatus(await context.get('/x'), 200)),
      check('rfc/skips', async () => skip('Not found.')),
      check('rfc/breaks', async () => {
        throw new TypeError('a fault of the tool')
      }),
      check('rfc/no-answer', async context => void (await context.get('/lost'))),
      check('rfc/needs-bulk', async () => {}, ['bulk']),
    ]),
  )
  t.same(result.outcomes.map(brief), [
    ['passed'],
    ['failed', 'status 200', '404'],
    ['skipped', 'Not found.'],
    ['broken', 'TypeError: a fault of the tool'],
    ['failed', 'a response to GET /lost', 'none: socket hang up'],
    ['skipped', 'The server doesn’t advertise bulk requests.'],
  ])
  t.same(
    result.exchanges.map(({ number }) => number),
    result.exchanges.map((_, index) => index + 1),
  )
  const { exchange = 0, exchanges } = result.outcomes[1] ?? { exchanges: [] }
  t.same(exchanges, [exchange])
  t.match(result.exchanges[exchange - 1], { url: `${url}/x`, response: { status: 404 } })
  t.equal(result.interrupted, false)
})

t.test('resources are removed even if their check fails, breaks, or does not register them', async t => {
  const server = await createServer({ profile: 'rfc' })
  t.teardown(() => server.close())
  const { result } = await runChecks(
    runOptions(
      server.url,
      [
        check('rfc/group', async context => {
          const { id } = await context.create(context.users)
          await context.create(context.groups, { members: [{ value: id }] })
        }),
        check('rfc/fails', async context => {
          await context.create(context.users)
          expectStatus(await context.get('/Users'), 500)
        }),
        check('rfc/breaks', async context => {
          await context.post('/Users', context.fullSample(context.users))
          throw new TypeError('a fault of the tool')
        }),
      ],
      { token: server.token },
    ),
  )
  t.same(
    result.outcomes.map(({ verdict }) => verdict),
    ['passed', 'failed', 'broken'],
  )
  t.same(result.leftBehind, [])
  t.same(
    result.exchanges
      .filter(({ method }) => method !== 'GET')
      .map(({ method }) => method)
      .sort(),
    ['DELETE', 'DELETE', 'DELETE', 'DELETE', 'POST', 'POST', 'POST', 'POST'],
  )
  const response = await fetch(`${server.url}/Users`, {
    headers: { authorization: `Bearer ${server.token}` },
  })
  t.match(await response.json(), { totalResults: 0 })
})

t.test('a failed removal is reported', async t => {
  const { url } = await smallServer(t, ({ method }) =>
    method === 'POST'
      ? { status: 201, body: { id: 'a b' } }
      : { status: method === 'DELETE' ? 405 : 200, body: {} },
  )
  const { result } = await runChecks(runOptions(url, [check('rfc/made', creates.run)]))
  const name = `${result.mark}-1`
  t.same(result.leftBehind, [{ path: '/Users/a%20b', name, reason: 'DELETE returned 405' }])
})

t.test('with --read-only no writes are sent', async t => {
  const { url, requests } = await smallServer(t, () => ({ body: {} }))
  const { result } = await runChecks(
    runOptions(
      url,
      [
        creates,
        check('rfc/sly', creates.run),
        check('rfc/search', async s => void (await s.post('/.search', {}))),
      ],
      { readOnly: true },
    ),
  )
  t.same(result.outcomes.map(brief), [
    ['skipped', 'The check writes, which --read-only excludes.'],
    ['skipped', 'The check requires a write, which --read-only excludes.'],
    ['passed'],
  ])
  t.same(
    requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`),
    ['POST /.search'],
  )
  t.same(result.leftBehind, [])
})

t.test('missing permissions are detected once, and checks that need them are skipped', async t => {
  const { url, requests } = await smallServer(t, ({ method }) => ({
    status: method === 'POST' ? 403 : 200,
    body: {},
  }))
  const reason = 'The token lacks the permission to create at /Users: the server returned 403.'
  const { result } = await runChecks(runOptions(url, [creates, check('rfc/sly', creates.run), creates]))
  t.same(result.outcomes.map(brief), [
    ['skipped', reason],
    ['skipped', reason],
    ['skipped', reason],
  ])
  t.equal(requests.filter(({ method, path }) => method === 'POST' && path === '/Users').length, 1)
  t.ok(result.notes.includes(reason))
})

t.test('attributes required beyond the schemas are detected, or can be given', async t => {
  const server = await createServer({ profile: 'aws' })
  t.teardown(() => server.close())
  const options = runOptions(server.url, [creates], { token: server.token })
  const found = await runChecks(options)
  t.same(found.result.outcomes.map(brief), [['passed']])
  t.match(found.result.notes.join('\n'), /All test data therefore contains name, displayName\./)
  const body = { name: { givenName: 'A', familyName: 'B' }, displayName: '{unique}' }
  const given = await runChecks({ ...options, extras: [{ type: 'user', body }] })
  t.same(given.result.outcomes.map(brief), [['passed']])
  t.same(given.result.notes, [])
})

t.test('neither results nor reports contain secrets, even if the server returns them', async t => {
  const token = 't0ken/with+"odd'
  const { url } = await smallServer(t, ({ headers, path }) => ({
    body: {
      said: headers.authorization?.replace(/^Basic .*/, 'Basic'),
      [String(headers['x-key'])]: path,
      at: 'https://me:pass@x.example/1',
    },
    headers: {
      'x-echo': String(headers['x-key']),
      'set-cookie': 'session=abc',
      location: `https://me:pass@x.example/?t=${encodeURIComponent(token)}`,
    },
  }))
  const echo = check('rfc/echo', async context => {
    const basic = { Authorization: 'Basic bWU6cGFzcw==', Cookie: 'session=abc' }
    await context.get('/Users', basic)
    const { text } = await context.get('/Users?q={token}', { Authorization: 'bearer {token}' })
    throw new Error(text)
  })
  const { result } = await runChecks(
    runOptions(url, [echo], { token, headers: { 'X-Key': 'another-secret' } }),
  )
  const secrets = /t0ken|another-secret|session=abc|me:pass|bWU6/
  t.notMatch(JSON.stringify(result), secrets)
  for (const format of formats) t.notMatch(createReport(format, appraised(result)), secrets, format)
  t.match(result.outcomes[0]?.reason, /bearer \*\*\*.*https:\/\/\*\*\*@x\.example\/1/)
})

t.test('an unreachable server cannot be graded; one that becomes unreachable ends the run', async t => {
  await t.rejects(runChecks(runOptions('http://127.0.0.1:1', [])), Unreachable)
  const { url } = await smallServer(t, () => ({ body: {} }))
  const gone = check('rfc/gone', async () => {
    throw new Unreachable('It can’t be reached.')
  })
  const { result, unreachable } = await runChecks(runOptions(url, [gone, creates], { concurrency: 1 }))
  t.same(result.outcomes.map(brief), [
    ['skipped', 'It can’t be reached.'],
    ['skipped', 'It can’t be reached.'],
  ])
  t.equal(unreachable?.message, 'It can’t be reached.')
  t.equal(result.interrupted, true)
})
