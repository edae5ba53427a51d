import t from 'tap'
import { expectStatus } from '../../scim-compliance/expect.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { peerOf } from './peers/index.ts'
import { peerServer } from './peers/peer.ts'
import { check, runOptions, smallServer } from './small-server.ts'

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

t.test('a POST dropped on a new connection fails, and is not retried', async t => {
  const { url, requests } = await smallServer(t, ({ path }) => (path === '/x' ? undefined : { body: {} }))
  const posts = check('rfc/posts', async context => {
    expectStatus(await context.get('/Users'), 200)
    await context.post('/x', {})
  })
  const { result } = await runChecks(runOptions(url, [posts], { concurrency: 1 }))
  t.match(result.outcomes, [{ verdict: 'failed', expected: 'a response to POST /x' }])
  t.equal(requests.filter(({ path }) => path === '/x').length, 1)
})
