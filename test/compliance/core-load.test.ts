import t from 'tap'
import type { Check, CheckContext } from '../../scim-compliance/check.ts'
import { expectEqual } from '../../scim-compliance/expect.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { check, runOptions, smallServer } from './small-server.ts'

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
