import t from 'tap'
import { main } from '../../scim-compliance/main.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { check, runOptions, smallServer } from './small-server.ts'

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
  t.equal(result.outcomes.filter(({ unfinished }) => !unfinished).length, 9)
})

t.test('a server that drops many requests but responds to others is graded completely', async t => {
  const { url } = await smallServer(t, ({ path }) => (path === '/x' ? undefined : { body: {} }))
  const { result, unreachable } = await runChecks(runOptions(url, many, { concurrency: 1 }))
  t.equal(unreachable, undefined)
  t.same(new Set(result.outcomes.map(({ verdict }) => verdict)), new Set(['failed']))
})
