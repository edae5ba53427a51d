import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import type { Check, CheckContext } from '../../scim-compliance/check.ts'
import { delayAfter, slowNotes } from '../../scim-compliance/client/pacing.ts'
import { expectEqual, expectStatus } from '../../scim-compliance/expect.ts'
import { formatGrade } from '../../scim-compliance/grade/appraisal.ts'
import { main } from '../../scim-compliance/main.ts'
import type { Progress } from '../../scim-compliance/run/result.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { anExchange, appraised } from './a-result.ts'
import { peerOf } from './peers/index.ts'
import { peerServer } from './peers/peer.ts'
import { check, runOptions, smallServer } from './small-server.ts'

const reads = check('rfc/asks', async context => expectStatus(await context.get('/x'), 200))
const atOnce = { 'retry-after': '0' }

t.test('a wait follows Retry-After, or grows with each retry, up to a limit', async t => {
  const now = Date.parse('2026-01-02T03:04:05Z')
  const waits = ['2', 'Fri, 02 Jan 2026 03:04:08 GMT', 'Thu, 01 Jan 2026 00:00:00 GMT', '3600', 'soon', '-1']
  t.same(
    waits.map(text => delayAfter({ status: 429, headers: { 'retry-after': text } }, 2, now)),
    [2000, 3000, 0, 30_000, 4000, 4000],
  )
  t.equal(delayAfter({ status: 429, headers: {} }, 9, now), 30_000)
})

t.test('requests rejected by a busy server are retried, recorded and reported', async t => {
  const refusals = [429, 503]
  const { url } = await smallServer(t, ({ path }) => {
    const status = path === '/x' ? refusals.shift() : undefined
    return status === undefined ? { body: {} } : { status, headers: atOnce }
  })
  const { result } = await runChecks(runOptions(url, [reads], { retries: 2 }))
  const [outcome] = result.outcomes
  t.equal(outcome?.verdict, 'passed')
  t.same(
    outcome?.exchanges.map(number => result.exchanges[number - 1]?.response?.status),
    [429, 503, 200],
  )
  t.same(result.notes.slice(-2), [
    '1 response was 429 (too many requests); retried after waiting.',
    '1 response was 503 (service unavailable); retried after waiting.',
  ])
})

t.test(
  'by default a request is retried after a 429, but not after a 503, which repeats its check',
  async t => {
    for (const [status, times] of [
      [429, 4],
      [503, 3],
    ] as const) {
      const { url, requests } = await smallServer(t, ({ path }) =>
        path === '/x' ? { status, headers: atOnce } : { body: {} },
      )
      await runChecks(runOptions(url, [reads], { retries: undefined }))
      t.equal(requests.filter(({ path }) => path === '/x').length, times)
    }
  },
)

t.test('rate limits fail only load checks', async t => {
  const { url, requests } = await smallServer(t, ({ path }) =>
    path === '/x' ? { status: 429, headers: atOnce } : { body: {} },
  )
  const { result } = await runChecks(
    runOptions(url, [reads, { ...reads, id: 'rfc/load', load: true }], { retries: 1 }),
  )
  t.match(result.outcomes, [
    { verdict: 'skipped', reason: 'The server returned 429 (too many requests).' },
    { verdict: 'failed', got: '429' },
  ])
  t.equal(requests.filter(({ path }) => path === '/x').length, 3)
})

t.test('a note reports slow responses if they are 1 % or more', async t => {
  const taking = (...seconds: readonly number[]) =>
    slowNotes(seconds.map((one, at) => anExchange(at + 1, { milliseconds: one * 1000 })))
  t.same(taking(1, 4, 3, 3.5), ['50 % of responses took more than 3 s (exchanges 2, 4).'])
  t.same(taking(4, ...Array.from({ length: 300 }, () => 1)), [])
  t.same(taking(), [])
})

t.test('the run ends soon if the server rejects everything', async t => {
  let isBusy = false
  const { url, requests } = await smallServer(t, () =>
    isBusy ? { status: 429, headers: atOnce } : { body: {} },
  )
  const begins = check('rfc/begins', async () => {
    isBusy = true
  })
  const many = Array.from({ length: 30 }, (_, at) => ({ ...reads, id: `rfc/asks-${at}` }))
  const { result, unreachable } = await runChecks(runOptions(url, [begins, ...many], { concurrency: 1 }))
  t.match(
    unreachable?.message,
    /no longer responds: 10 requests in a row failed, the last with 429 \(too many requests\)/,
  )
  t.ok(requests.length < 20)
  t.equal(result.interrupted, true)
})

t.test('a server that drops the first request or does not respond to it cannot be graded', async t => {
  const said: string[] = []
  t.intercept(process.stderr, 'write', { value: (text: string) => said.push(text) > 0 })
  for (const changesResponse of [async () => undefined, () => new Promise<undefined>(() => {})]) {
    const { url } = await smallServer(t, changesResponse)
    t.equal(await main([url, '--timeout', '0.1', '--quiet']), 2)
    t.match(said.splice(0), [
      /^scim-compliance: \S+ can’t be graded: the first request got no response \(.*\)\.\n$/,
    ])
  }
})

const creates = check(
  'rfc/makes',
  async context => void (await context.post('/Users', context.sample(context.users))),
)
const many = Array.from({ length: 40 }, (_, at) =>
  check(`rfc/asks-${at}`, async context => void (await context.get('/x'))),
)

t.test('the run ends if the server stops responding, and resources that may exist are reported', async t => {
  let isSilent = false
  const { url, requests } = await smallServer(t, ({ method }) => {
    isSilent ||= method === 'POST'
    return isSilent ? undefined : { body: {} }
  })
  const { result, unreachable } = await runChecks(runOptions(url, [creates, ...many], { concurrency: 1 }))
  t.match(unreachable?.message, /no longer responds: 10 requests in a row failed/)
  t.ok(requests.length < 25)
  t.match(result, {
    interrupted: true,
    leftBehind: [{ path: '/Users', name: `${result.mark}-1`, reason: /a search isn’t possible/ }],
  })
  t.equal(result.outcomes.filter(({ unfinished }) => !unfinished).length, 3)
})

t.test('a server that drops many requests but responds to others is graded completely', async t => {
  const { url } = await smallServer(t, ({ path }) => (path === '/x' ? undefined : { body: {} }))
  const { result, unreachable } = await runChecks(runOptions(url, many, { concurrency: 1 }))
  t.equal(unreachable, undefined)
  t.same(new Set(result.outcomes.map(({ verdict }) => verdict)), new Set(['failed']))
})

t.test('an interrupted run removes its resources, and counts as incomplete', async t => {
  const kept = new Set<string>()
  const counts = { made: 0 }
  let onMade = () => {}
  const { url } = await smallServer(t, ({ method, path }) => {
    if (method === 'DELETE') return kept.delete(path) ? { status: 204 } : { status: 404 }
    if (method !== 'POST' || path !== '/Users') return { body: {} }
    const id = String(++counts.made)
    kept.add(`/Users/${id}`)
    if (counts.made === 5) onMade()
    return { status: 201, body: { id } }
  })
  const child = spawn(
    process.execPath,
    ['scim-compliance/cli.ts', url, '--rate', '0', '--only', 'rfc', '--report', 'json', '--quiet'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  onMade = () => child.kill('SIGINT')
  const output = { out: '', err: '' }
  child.stdout.on('data', chunk => (output.out += chunk))
  child.stderr.on('data', chunk => (output.err += chunk))
  const [code] = await once(child, 'close')
  t.same([...kept], [])
  t.ok(counts.made >= 5)
  t.equal(code, 2)
  t.match(output.err, /Stopping; created resources are being removed/)
  const report = JSON.parse(output.out)
  t.match(JSON.stringify(report), /The run was stopped/)
})

t.test('an interrupted run reports its progress and the removals', async t => {
  const { url } = await smallServer(t, ({ method }) =>
    method === 'POST' ? { status: 201, body: { id: '1' } } : { body: {} },
  )
  const stopping = new AbortController()
  const stops = check('rfc/stops', async context => {
    await context.create(context.users)
    stopping.abort()
    await context.get('/x')
  })
  const reported: Progress[] = []
  const { result } = await runChecks(
    runOptions(url, [check('rfc/done', async () => {}), stops, check('rfc/never', async () => {})], {
      concurrency: 1,
      stop: stopping.signal,
      tell: progress => reported.push(progress),
    }),
  )
  t.same(
    reported.flatMap(one => (one.kind === 'done' ? [`${one.number} of ${one.of}`] : [])),
    ['1 of 3'],
  )
  t.match(reported.at(-1), { kind: 'cleaning', left: 1 })
  t.equal(formatGrade(appraised(result)), 'A, 100% (interrupted, 1 of 3 checks)')
})

t.test('a server that closes an idle connection fails no check', async t => {
  const { url, token } = await peerServer(t, peerOf('closes-idle-connections'), 'rfc')
  const writes = check('rfc/writes', async context => {
    const { path } = await context.create(context.users)
    expectStatus(await context.get(path), 200)
    expectStatus(await context.patch(path, { op: 'add', path: 'title', value: 'x' }), 200)
    expectStatus(await context.put(path, { ...context.sample(context.users) }), 200)
    expectStatus(await context.get(path), 200)
    await context.create(context.users)
    expectStatus(await context.delete(path), 204)
  })
  const { result } = await runChecks(runOptions(url, [writes], { token, concurrency: 1 }))
  t.same(
    result.outcomes.map(({ verdict, got, reason }) => [verdict, got, reason]),
    [['passed', undefined, undefined]],
  )
  t.same(result.leftBehind, [])
})

t.test('a check whose POST is dropped on a new connection runs three times, and fails', async t => {
  const { url, requests } = await smallServer(t, ({ path }) => (path === '/x' ? undefined : { body: {} }))
  const posts = check('rfc/posts', async context => {
    expectStatus(await context.get('/Users'), 200)
    await context.post('/x', {})
  })
  const { result } = await runChecks(runOptions(url, [posts], { concurrency: 1 }))
  t.match(result.outcomes, [{ verdict: 'failed', expected: 'a response to POST /x' }])
  t.equal(requests.filter(({ path }) => path === '/x').length, 3)
})

const five = (context: CheckContext) =>
  Promise.all(Array.from({ length: 5 }, () => context.patch('/Users/1', { op: 'add' })))

/** A server that responds once five requests are in progress, and counts them. */
async function gathering(t: Parameters<typeof smallServer>[0]) {
  let here = 0
  let all = () => {}
  const allHere = new Promise<void>(resolve => {
    all = resolve
  })
  return smallServer(t, async ({ method }) => {
    if (method !== 'PATCH') return { body: {} }
    if (++here === 5) all()
    await allHere
    return { body: {} }
  })
}

t.test('concurrent requests of a check stay concurrent, whatever the pace', async t => {
  const { url } = await gathering(t)
  const burst = check('rfc/burst', async context => void (await five(context)))
  // At this pace the fifth would be sent after the first has timed out.
  const { result } = await runChecks(runOptions(url, [burst], { rate: 20, timeoutSeconds: 0.15 }))
  t.match(result.outcomes, [{ verdict: 'passed' }])
})

t.test('at a lower rate requests are not concurrent, and checks of concurrency are skipped', async t => {
  const { url, requests } = await smallServer(t, () => ({ body: {} }))
  const burst = check('rfc/burst', async context => void (await five(context)))
  const { result } = await runChecks(
    runOptions(url, [burst, { ...burst, id: 'rfc/load', load: true }], { rate: 29, strictRate: true }),
  )
  const reason = 'The check sends requests concurrently: it needs --rate 30.'
  t.match(result.outcomes, [
    { verdict: 'skipped', reason },
    { verdict: 'skipped', reason },
  ])
  t.equal(requests.filter(({ method }) => method === 'PATCH').length, 1)
})

t.test('load checks run alone, after all others', async t => {
  const { url } = await smallServer(t, () => ({ body: {} }))
  const running = new Set<string>()
  const seen: string[] = []
  const one = (id: string, more: Partial<Check> = {}) => ({
    ...check(id, async context => {
      running.add(id)
      await context.get('/x')
      seen.push([...running].join(' '))
      expectEqual(running.size, more.load ? 1 : 2, 'running')
      await context.get('/x')
      running.delete(id)
    }),
    ...more,
  })
  const { result } = await runChecks(
    runOptions(
      url,
      [one('load-a', { load: true }), one('load-b', { load: true }), one('c'), one('d')].map(c => ({
        ...c,
        id: `rfc/${c.id}`,
      })),
    ),
  )
  t.same(
    result.outcomes.map(({ verdict }) => verdict),
    ['passed', 'passed', 'passed', 'passed'],
  )
  t.same(seen.slice(2), ['load-a', 'load-b'])
})
