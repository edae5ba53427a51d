import t from 'tap'
import { linesOf, run, silentAddress, start } from './run.ts'
import { serverFor } from './server.ts'

t.test('tail shows the last requests and each new one, newest last, until Ctrl-C', async t => {
  const { console: address, scim } = await serverFor(t)
  await scim('GET', '/Users/first')
  await scim('GET', '/Users/second')
  await scim('GET', '/Users/third')

  const tail = start(['journal', 'tail', '--limit', '2', '--json', '--console', address])
  t.teardown(() => tail.kill('SIGKILL'))
  const closed = new Promise(resolve => tail.once('close', resolve))
  const lines = linesOf(tail.stdout)
  const next = async () =>
    JSON.parse(String((await lines.next()).value))
      .url.split('/')
      .at(-1)

  t.same([await next(), await next()], ['second', 'third'])
  await scim('GET', '/Users/fourth')
  await scim('GET', '/Users/fifth')
  t.same([await next(), await next()], ['fourth', 'fifth'])
  tail.kill('SIGINT')
  t.same(await lines.next(), { done: true, value: undefined })
  t.equal(await closed, 0)
})

t.test('tail prints one request per line', async t => {
  const { console: address, scim } = await serverFor(t)
  await scim('GET', '/Users/nobody')

  const tail = start(['journal', 'tail', '--console', address])
  t.teardown(() => tail.kill('SIGKILL'))
  const lines = linesOf(tail.stdout)
  t.match((await lines.next()).value, /^\S+Z {2}404 {2}GET {5}acme {2}.*nobody {2}[0-9a-f-]{36}$/)
})

t.test('tail ends at once if no server is running', async t => {
  t.match(await run(['journal', 'tail', '--console', await silentAddress()]), { code: 1, out: '' })
})
