import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { entraFor, springfield } from './entra.ts'
import { linesOf, run, silentAddress, start } from './run.ts'
import { serverFor, userSchema } from './server.ts'

t.test('the journal from a shell', async t => {
  const { cli, console, scim, send } = await serverFor(t)
  const created = await scim('POST', '/Users', { schemas: [userSchema], userName: 'Barney Gumble' })
  await scim('PATCH', `/Users/${created.id}`, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'active', value: false }],
  })
  await scim('GET', '/Users/nobody')
  const api = async (q: string) => {
    const result = await fetch(`${console}/api/v1/exchanges?q=${encodeURIComponent(q)}`)
    return ((await result.json()) as { readonly items: readonly { readonly id: string }[] }).items
  }
  const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id)

  t.test('a query returns the same requests in list and export as in the API', async t => {
    const counts: number[] = []
    for (const q of ['', '-method:GET user:"barney gumble"', 'after:1h status:4xx']) {
      const expected = await api(q)
      counts.push(expected.length)
      const words = q === '' ? [] : [q]
      const listed = await cli('--json', 'journal', 'list', '--', ...words)
      t.same(ids(JSON.parse(listed.out).items), ids(expected), `list ${q}`)
      const exported = await cli('journal', 'export', '--', ...words)
      const lines = exported.out.split('\n').filter(Boolean)
      t.same(ids(lines.map(line => JSON.parse(line))), ids(expected), `export ${q}`)
    }
    t.same(counts, [3, 2, 1])
  })

  t.test('several words are one query, together with options', async t => {
    const listed = await cli('--json', 'journal', 'list', 'status:2xx', 'barney', '--method', 'PATCH')
    t.same(ids(JSON.parse(listed.out).items), ids(await api('method:PATCH')))
  })

  t.test('an invalid query is reported', async t => {
    for (const command of ['list', 'export']) {
      t.match(
        await cli('journal', command, 'statsu:404'),
        {
          code: 1,
          out: '',
          err: /^scimulator: Invalid search: .*"statsu".* did you mean "status"\?\n$/,
        },
        command,
      )
    }
    t.match(await cli('journal', 'list', '--from', 'yesterday'), {
      code: 1,
      out: '',
      err: /^scimulator: Invalid --from: .*2026-03-01T09:30:00Z\.\n$/,
    })
    t.same(await cli('journal', 'lits'), {
      code: 2,
      out: '',
      err: 'scimulator: Unknown command "journal lits". Commands of journal: list, count, show, tail, export, explain, replay.\n',
    })
  })

  t.test('the results are saved to a file', async t => {
    const file = `${t.testdir({})}/journal.har`
    t.same(await cli('journal', 'export', '--format', 'har', '--output', file, 'status:404'), {
      code: 0,
      out: `Saved to ${file}.\n`,
      err: '',
    })
    t.match(JSON.parse(readFileSync(file, 'utf8')), {
      log: { version: '1.2', entries: [{ request: { method: 'GET' }, response: { status: 404 } }] },
    })
    t.same(await cli('journal', 'export', '--output', `${file}/x`), {
      code: 1,
      out: '',
      err: `scimulator: Cannot write ${file}/x (ENOTDIR).\n`,
    })
  })

  t.test('a request is shown in other formats', async t => {
    const [exchange] = await api('method:POST')
    const shown = (format: string) => cli('journal', 'show', exchange?.id ?? '', '--as', format)
    t.match(await shown('curl'), { code: 0, out: /^# create user; the status was 201\.\ncurl /, err: '' })
    t.match(JSON.parse((await shown('fixture')).out), { expect: { status: 201 } })
    t.match(JSON.parse((await shown('har')).out), { log: { entries: [{ _exchange: exchange?.id }] } })
    t.match(await cli('journal', 'show', 'nothing', '--as', 'curl'), {
      code: 1,
      out: '',
      err: /^scimulator: Not found: The journal has no request "nothing"/,
    })
  })

  t.test('the client is shown with the evidence', async t => {
    await send({ 'user-agent': 'Okta SCIM Client 1.0.0' })('GET', '/Users')
    // Cycles wait for the analysis.
    t.match((await cli('cycles')).out, /^\S+ .* Okta /m)
    const [exchange] = await api('client:okta')
    t.match(
      (await cli('journal', 'show', exchange?.id ?? '')).out,
      /^client +Okta, named by its User-Agent$/m,
    )
    t.match((await cli('tokens')).out, /^token .+ client .+\n.+ Okta /)
  })

  t.test('a request is sent again', async t => {
    const [exchange] = await api('method:POST')
    const replayed = await cli('journal', 'replay', exchange?.id ?? '')
    const [replay] = await api('is:replay')
    t.same(replayed, {
      code: 0,
      out: `Replayed with status 409: request ${replay?.id}.\n`,
      err: '',
    })
    t.match((await cli('journal', 'show', replay?.id ?? '')).out, `replay of  ${exchange?.id}\n`)
  })

  t.test('a request with a rejected token is sent again with the rights of the console only', async t => {
    await send({ authorization: 'Bearer a-token-of-nobody' })('GET', '/Users?count=1')
    const [exchange] = await api('rejected:unknown')
    t.same(await cli('journal', 'replay', exchange?.id ?? ''), {
      code: 1,
      out: '',
      err: 'scimulator: Caller no longer valid: The caller’s credentials were rejected (unknown token). Nothing was sent. To send the request with full rights, replay it as console.\n',
    })
    t.match(await cli('journal', 'replay', exchange?.id ?? '', '--as', 'console'), {
      code: 0,
      out: /^Replayed with status 200: request /,
    })
    t.match(await cli('journal', 'replay', exchange?.id ?? '', '--as', 'root'), { code: 2 })
  })
})

t.test('help explains the query', async t => {
  t.match((await run(['journal', 'list', '--help'])).out, 'A query consists of filters')
})

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

const chunk = Buffer.alloc(1024 * 1024, ' ')

/** A server whose responses never end. */
async function endless(t: { teardown(stop: () => void): void }): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/scim+json' })
    const send = () => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', send)
    send()
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('a console response that never ends is rejected', async t => {
  const url = await endless(t)
  t.same(await run(['tenants', 'list', '--console', url]), {
    code: 1,
    out: '',
    err: `scimulator: The response of ${url} is larger than 16 MiB. If this is a Scimulator console, use a smaller --limit.\n`,
  })
})

t.test('a target response that never ends quarantines the job', async t => {
  const { entra, job } = await entraFor(t, springfield(), {}, `${await endless(t)}/scim`)
  t.match(await entra('sync', ...job), {
    code: 1,
    out: /ended in quarantine: [\s\S]*The response exceeds 16 MiB; reading stopped\./,
  })
})
