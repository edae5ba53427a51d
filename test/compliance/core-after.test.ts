import t from 'tap'
import type { Check } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { expectStatus, skip } from '../../scim-compliance/expect.ts'
import { createLanes } from '../../scim-compliance/run/lanes.ts'
import { inOrder, preconditionsOf } from '../../scim-compliance/run/order.ts'
import { isProbe, probeNames } from '../../scim-compliance/run/probes.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { type RunOptions, runChecks } from '../../scim-compliance/run/run-checks.ts'
import { check, type Respond, runOptions, smallServer } from './small-server.ts'

const passes = async () => {}
const after = (one: Check, ...names: readonly string[]): Check => ({ ...one, after: names })
const idsOf = (some: readonly Check[]) => some.map(({ id }) => id)

t.test('a check comes after those it names, and otherwise keeps its place', async t => {
  const [a, b, c] = ['rfc/a', 'rfc/b', 'rfc/c'].map(id => check(id, passes)) as [Check, Check, Check]
  t.same(idsOf(inOrder([after(a, 'rfc/c'), b, c])), ['rfc/c', 'rfc/a', 'rfc/b'])
  t.throws(() => inOrder([after(a, 'rfc/b'), after(b, 'rfc/a')]), {
    message: 'Checks follow from each other: rfc/a, rfc/b, rfc/a.',
  })
})

t.test('preconditions that aren’t selected run unreported, unless they are skipped', async t => {
  const all = [check('rfc/a', passes), after(check('rfc/b', passes), 'rfc/a')]
  const selected = after(check('rfc/c', passes), 'rfc/b')
  const hidden = (skipped: readonly string[]) =>
    idsOf(preconditionsOf([selected], [...all, selected], id => skipped.includes(id)))
  t.same(hidden([]), ['rfc/b', 'rfc/a'])
  t.same(hidden(['rfc/b']), [])
})

const phases = ({ load, wrongCredentials, summary }: Check) =>
  summary ? 3 : wrongCredentials ? 2 : load ? 1 : 0

t.test('each check follows probes, or checks of its suite that run no later', async t => {
  const byId = new Map(checks.map(one => [one.id, one]))
  const unknown = checks.flatMap(one =>
    (one.after ?? [])
      .filter(name => {
        if (isProbe(name)) return !probeNames.includes(name)
        const before = byId.get(name)
        return before?.suite !== one.suite || phases(before) > phases(one)
      })
      .map(name => `${one.id} after ${name}`),
  )
  t.same(unknown, [])
  t.equal(inOrder(checks).length, checks.length)
})

t.test('a task by itself waits for the others, and they for it', async t => {
  const lanes = createLanes()
  const log: string[] = []
  const first = Promise.withResolvers<void>()
  const running = [
    lanes.beside(() => first.promise.then(() => log.push('beside'))),
    lanes.byItself(async () => log.push('alone')),
    lanes.byItself(async () => log.push('alone again')),
    lanes.beside(async () => log.push('later')),
  ]
  first.resolve()
  await Promise.all(running)
  t.same(log, ['beside', 'alone', 'alone again', 'later'])
})

const empty: Respond = () => ({ body: {} })

async function outcomesOn(
  t: Parameters<typeof smallServer>[0],
  respond: Respond,
  some: readonly Check[],
  more: Partial<RunOptions> = {},
) {
  const { url, requests } = await smallServer(t, respond)
  const { result } = await runChecks(runOptions(url, some, more))
  return { outcomes: result.outcomes.map(shown), result, requests }
}

const shown = ({ check, verdict, reason, follows, exchange }: Outcome) => ({
  id: check.id,
  verdict,
  ...(reason !== undefined && { reason }),
  ...(follows !== undefined && { follows }),
  ...(exchange !== undefined && { exchange }),
})

const fails = check('rfc/fails', async context => expectStatus(await context.get('/x'), 201))

t.test('a check follows from the first failure that it names, and shows its exchange', async t => {
  const { outcomes } = await outcomesOn(t, empty, [
    after(check('rfc/follows-too', passes), 'rfc/follows'),
    after(check('rfc/follows', passes), 'rfc/passes', 'rfc/fails'),
    check('rfc/passes', passes),
    fails,
  ])
  const exchange = outcomes.find(({ id }) => id === 'rfc/fails')?.exchange
  t.type(exchange, 'number')
  const reason = 'Follows from rfc/fails: expected status 201, got 200.'
  const follower = { verdict: 'skipped', reason, follows: 'rfc/fails', exchange }
  t.same(outcomes, [
    { id: 'rfc/follows-too', ...follower },
    { id: 'rfc/follows', ...follower },
    { id: 'rfc/passes', verdict: 'passed' },
    { id: 'rfc/fails', verdict: 'failed', exchange },
  ])
})

t.test('a check runs after one that was skipped for a missing feature, not after one that broke', async t => {
  const { outcomes } = await outcomesOn(t, empty, [
    check('rfc/without', async () => skip('The server has no groups.')),
    after(check('rfc/runs', passes), 'rfc/without'),
    check('rfc/breaks', async () => {
      throw new Error('A fault.')
    }),
    after(check('rfc/waits', passes), 'rfc/breaks'),
  ])
  t.match(outcomes, [
    { verdict: 'skipped' },
    { id: 'rfc/runs', verdict: 'passed' },
    { verdict: 'broken' },
    { id: 'rfc/waits', verdict: 'skipped', reason: /^rfc\/breaks wasn’t run: Error: A fault\./ },
  ])
  t.notOk(outcomes.some(({ follows }) => follows !== undefined))
})

t.test('a check may name another that reports why it can’t prove anything', async t => {
  const follows = (id: string) =>
    check(`rfc/after-${id}`, async () => skip('PUT has no effect.', `rfc/${id}`))
  const { outcomes } = await outcomesOn(t, empty, [
    fails,
    check('rfc/passes', passes),
    follows('fails'),
    follows('passes'),
  ])
  t.match(outcomes.slice(2), [{ verdict: 'skipped', follows: 'rfc/fails' }, { verdict: 'skipped' }])
  t.equal(outcomes[3]?.follows, undefined, 'of one that passed, nothing follows')
})

t.test('a probe is asked once, and the check that reports its finding still runs', async t => {
  const filters: Respond = ({ path }) => ({
    // Filters are assumed.
    status: path === '/ServiceProviderConfig' ? 404 : 200,
    body: path.startsWith('/Users') ? { Resources: [] } : {},
  })
  const probe = 'probe/rejected-filter'
  const some = [
    after(fails, probe),
    { ...after(fails, probe), id: 'rfc/fails-too' },
    { ...after(fails, probe), id: 'rfc/filter/not-ignored' },
    { ...after(fails, 'probe/unknown'), id: 'rfc/runs' },
  ]
  const { outcomes, result, requests } = await outcomesOn(t, filters, some)
  const reason =
    'Follows from rfc/filter/not-ignored: a malformed filter isn’t rejected (the server returns 200).'
  const follower = { verdict: 'skipped', reason, follows: 'rfc/filter/not-ignored' }
  t.match(outcomes, [follower, follower, { verdict: 'failed' }, { verdict: 'failed' }])
  t.equal(requests.filter(({ path }) => path.includes('filter=')).length, 1)
  t.match(result.probes, [{ name: probe, holds: false, kind: 'no' }, { name: 'probe/unknown' }])
})

t.test('preconditions are left out on request', async t => {
  const some = [after(check('rfc/follows', passes), 'rfc/fails', 'probe/rejected-filter'), fails]
  const only = ['rfc/follows']
  const ran = await outcomesOn(t, empty, some, { only })
  t.match(ran.outcomes, [{ id: 'rfc/follows', verdict: 'skipped', follows: 'rfc/fails' }])
  t.equal(ran.outcomes.length, 1)
  const left = await outcomesOn(t, empty, some, { only, runsPreconditions: false })
  t.same(left.outcomes, [{ id: 'rfc/follows', verdict: 'passed' }])
})

t.test('a check that would wait for a later one is an error of this tool', async t => {
  const last: Check = { ...fails, id: 'rfc/last', wrongCredentials: true }
  await t.rejects(outcomesOn(t, empty, [after(fails, 'rfc/last'), last]), {
    message: 'rfc/fails follows rfc/last, which runs later.',
  })
})

const summary = check('rfc/occasional', async context => {
  const { exchanges } = context.occasional5xx()
  expectStatus({ status: exchanges.length } as Parameters<typeof expectStatus>[0], 0)
})

/** A server that returns these statuses for a path, and then 200. */
const onceEach = (statuses: readonly number[]): Respond => {
  const queue = [...statuses]
  return ({ path }) => ({ status: path === '/x' ? (queue.shift() ?? 200) : 200, body: {} })
}

t.test('after a 5xx a check is repeated until it passes, or fails in the same way three times', async t => {
  const reads = check('rfc/reads', async context => expectStatus(await context.get('/x'), 200))
  const some = [
    after(check('rfc/follows', passes), 'rfc/reads'),
    reads,
    { ...summary, summary: true as const },
  ]
  const verdicts = async (statuses: readonly number[]) => {
    const { outcomes, result } = await outcomesOn(t, onceEach(statuses), some)
    return [...outcomes.map(({ verdict }) => verdict), result.occasional?.length]
  }
  t.same(await verdicts([]), ['passed', 'passed', 'passed', 0])
  t.same(await verdicts([500]), ['passed', 'passed', 'failed', 1])
  t.same(await verdicts([500, 500]), ['passed', 'passed', 'failed', 2])
  t.same(await verdicts([500, 500, 500]), ['skipped', 'failed', 'passed', 0])
  t.same(await verdicts([500, 502, 503]), ['passed', 'passed', 'failed', 3])
  t.same(await verdicts([501, 501]), ['skipped', 'failed', 'passed', 0])
})
