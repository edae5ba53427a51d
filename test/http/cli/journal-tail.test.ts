import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
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

t.test('tail filters new requests by its options and its query', async t => {
  const { console: address, scim } = await serverFor(t)
  await scim('GET', '/Users/nobody-at-first-a%20%22b%22')
  const options = ['--method', 'get', '--status', '4xx', '--text', 'a "b"', '--console', address]
  const tail = start(['journal', 'tail', '--json', ...options, 'nobody'])
  t.teardown(() => tail.kill('SIGKILL'))
  const lines = linesOf(tail.stdout)
  const next = async () => JSON.parse(String((await lines.next()).value)).target.id
  t.equal(await next(), 'nobody-at-first-a "b"')
  await scim('DELETE', '/Users/nobody-a%20%22b%22')
  await scim('GET', '/Users/nobody')
  await scim('GET', '/Users/somebody-a%20%22b%22')
  await scim('GET', '/Users/nobody-a%20%22b%22')
  t.equal(await next(), 'nobody-a "b"')
})

t.test('tail resumes a lost stream after the last request, and reads the journal after a gap', async t => {
  let inJournal = ['one']
  const opened: { readonly last: unknown; readonly stream: ServerResponse }[] = []
  const waiting: (() => void)[] = []
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/api/v1/events') !== true) {
      response.setHeader('content-type', 'application/json')
      return void response.end(JSON.stringify({ items: inJournal.map(id => ({ id })) }))
    }
    response.setHeader('content-type', 'text/event-stream')
    response.write('event: hello\ndata: {}\n\n')
    opened.push({ last: request.headers['last-event-id'], stream: response })
    waiting.shift()?.()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const nextStream = async () => {
    if (opened.length === 0) await new Promise<void>(resolve => waiting.push(resolve))
    const one = opened.shift()
    if (one === undefined) throw new Error('No stream was opened.')
    const { last, stream } = one
    return {
      last,
      stream,
      send: (id: string) => stream.write(`event: exchange\nid: ${id}\ndata: {"id":"${id}"}\n\n`),
    }
  }

  const tail = start(['journal', 'tail', '--json', '--console', `http://127.0.0.1:${port}`])
  t.teardown(() => tail.kill('SIGKILL'))
  const lines = linesOf(tail.stdout)
  const next = async () => JSON.parse(String((await lines.next()).value)).id

  const first = await nextStream()
  t.equal(first.last, undefined)
  t.equal(await next(), 'one')
  first.send('one')
  first.send('two')
  t.equal(await next(), 'two', 'a request that was shown is not shown again')
  first.stream.destroy()

  const second = await nextStream()
  t.equal(second.last, 'two')
  second.send('three')
  t.equal(await next(), 'three')
  inJournal = ['five', 'four', 'three', 'two', 'one']
  second.stream.write('event: gap\ndata: {}\n\n')
  t.same([await next(), await next()], ['four', 'five'])
  tail.kill('SIGINT')
  t.same(await lines.next(), { done: true, value: undefined })
})
