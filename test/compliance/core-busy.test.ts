import t from 'tap'
import { delayAfter } from '../../scim-compliance/client/pacing.ts'
import { expectStatus } from '../../scim-compliance/expect.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
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

t.test('by default a 429 is retried, but not a 503', async t => {
  for (const [status, times] of [
    [429, 4],
    [503, 1],
  ] as const) {
    const { url, requests } = await smallServer(t, ({ path }) =>
      path === '/x' ? { status, headers: atOnce } : { body: {} },
    )
    await runChecks(runOptions(url, [reads], { retries: undefined }))
    t.equal(requests.filter(({ path }) => path === '/x').length, times)
  }
})

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
