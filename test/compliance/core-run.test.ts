import fc from 'fast-check'
import t from 'tap'
import { createRateLimiter } from '../../scim-compliance/client/pacing.ts'
import { Unreachable } from '../../scim-compliance/client/reachability.ts'
import { createBody } from '../../scim-compliance/data/sample-bodies.ts'
import { expectStatus, skip } from '../../scim-compliance/expect.ts'
import { formatGrade } from '../../scim-compliance/grade/appraisal.ts'
import { readOptions } from '../../scim-compliance/options.ts'
import { createReport, formats } from '../../scim-compliance/reports/formats.ts'
import { supportedTypes } from '../../scim-compliance/run/discovery.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { assertProperty } from '../support/property.ts'
import { anyDeclaration } from '../support/random-declarations.ts'
import { buildTestApp, type TestApp } from '../support/scim.ts'
import { createServer } from '../support/test-server.ts'
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
  t.equal(formatGrade(appraised(result)), 'not graded')
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

/** The types of a tenant as a client discovers them. */
async function typesOf({ client }: Pick<TestApp, 'client'>) {
  const resources = async (path: string) => (await client.get(path)).body.Resources
  return supportedTypes(
    'http://x.example/scim/v2',
    await resources('/ResourceTypes'),
    await resources('/Schemas'),
  )
}

let made = 0
const unique = () => `scim-check-test-${++made}`

async function refusedOf(tenant: Pick<TestApp, 'client'>) {
  const refused: unknown[] = []
  for (const type of await typesOf(tenant)) {
    for (const full of [false, true, true]) {
      const body = createBody(type, { full, unique })
      const response = await tenant.client.send('POST', type.endpoint, body)
      if (response.status !== 201) refused.push({ type: type.name, full, body, response: response.body })
    }
  }
  return refused
}

for (const profile of ['rfc', 'entra'] as const) {
  t.test(`profile ${profile} accepts all bodies generated from its schemas`, async t => {
    t.same(await refusedOf(await buildTestApp(t, profile)), [])
  })
}

t.test('the server accepts bodies generated from any declared types', async t => {
  const server = await buildTestApp(t, 'rfc')
  await assertProperty(
    fc.asyncProperty(anyDeclaration, async declared => {
      const { tenant, client } = await server.another('rfc')
      await server.deps.tenants.setDeclarations(tenant.id, declared)
      const refused = await refusedOf({ client })
      if (refused.length > 0) throw new Error(JSON.stringify(refused[0]))
    }),
    { numRuns: 25 },
  )
})

t.test('requests to a server on this machine have no pace limit unless --rate is given', async t => {
  const rates = (...args: string[]) => {
    const read = readOptions(args, {})
    return 'options' in read ? { rate: read.options.rate, strictRate: read.options.strictRate } : read
  }
  for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'scim.localhost']) {
    t.same(rates(`http://${host}/scim`), { rate: 0, strictRate: false }, host)
    t.same(rates(`http://${host}/scim`, '--rate', '5'), { rate: 5, strictRate: true }, `${host}, paced`)
  }
  for (const host of ['scim.example.com', 'localhost.example.com', '128.0.0.1'])
    t.same(rates(`https://${host}/scim`), { rate: 20, strictRate: false }, host)
})

t.test('all errors in a command line are reported together', async t => {
  const args =
    '--wat --rate x --as mars --load --report wat,json= --token --read-only --fail-on never --fail-on any --min-score 101'
  t.same(readOptions([...args.split(' '), '--with', 'not-there.json', '--timeout'], {}), {
    problems: [
      'Unknown option --wat.',
      '--token requires TOKEN.',
      '--fail-on is given more than once.',
      '--timeout requires SECONDS.',
      'The URL of the server is missing: https://scim.example.com/scim/v2.',
      '--min-score must be a number from 0 to 100, not 101.',
      '--as accepts rfc, aws, entra, okta, interop, ipsie and all, not mars.',
      '--load requires --as ipsie.',
      "--with not-there.json can’t be read: ENOENT: no such file or directory, open 'not-there.json'.",
      '--rate must be a number from 0 to 10000, not x.',
      '--report accepts terminal, tap, junit, json, sarif, html, markdown, badge, har, not wat.',
      '--report json= requires a file after the =.',
    ],
  })
})

t.test('commas separate reports, and may be part of file names', async t => {
  t.match(
    readOptions(['https://x.example', '--report', 'terminal,html=out dir/my, report.html,json=a,b.json'], {}),
    {
      options: {
        reports: [
          { format: 'terminal' },
          { format: 'html', file: 'out dir/my, report.html' },
          { format: 'json', file: 'a,b.json' },
        ],
      },
    },
  )
})

t.test('a token is read from the environment; the option overrides it', async t => {
  const read = (...args: readonly string[]) =>
    readOptions(['https://x.example/scim/', ...args], { SCIM_TOKEN: 'kept' })
  t.match(read(), {
    options: { url: 'https://x.example/scim', token: 'kept', as: ['rfc', 'entra'], rate: 20 },
  })
  t.match(read('--token=given', '--as', 'all', '--only', 'rfc/a,rfc/b'), {
    options: { token: 'given', as: ['rfc', 'aws', 'entra'], only: ['rfc/a', 'rfc/b'] },
  })
})

t.test('client suites count only on request', async t => {
  const read = (...args: readonly string[]) => readOptions(['https://x.example', ...args], {})
  t.match(read(), { options: { as: ['rfc', 'entra'], threshold: { suites: ['rfc'] } } })
  t.match(read('--as', 'rfc,entra'), { options: { threshold: { suites: ['rfc', 'entra'] } } })
})

t.test('a URL must not contain a password, and no error repeats a token', async t => {
  const read = readOptions(['https://me:a-secret@x.example', 'another-secret'], {})
  t.match(read, { problems: ['Only one URL can be graded, not 2.', /^The URL must not contain/] })
  t.notMatch(JSON.stringify(read), /a-secret|another-secret/)
})

t.test('requests are evenly spaced, and unused turns expire', async t => {
  let now = 0
  const waits: number[] = []
  const turn = createRateLimiter(10, { now: () => now, pause: async wait => void waits.push(wait) })
  await turn()
  await turn()
  await turn()
  now = 1000
  await turn()
  await turn()
  t.same(waits, [100, 200, 100])
})
