import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { run } from './run.ts'
import { serverFor, userSchema } from './server.ts'

t.test('a session file is opened in a server, and replayed', async t => {
  const { cli, scim, console, url } = await serverFor(t)
  const { id } = await scim('POST', '/Users', { schemas: [userSchema], userName: 'nell@harbor.internal' })
  await scim('GET', `/Users/${id}`)
  await scim('POST', '/Users', {
    schemas: [userSchema],
    userName: 'olga@harbor.internal',
    displayName: 'Olga',
  })
  const file = `${t.testdir()}/session.html`
  t.match(await cli('session', 'export', file), { code: 0 })

  t.match(await cli('session', 'open', file), {
    code: 0,
    out: new RegExp(
      `^Opened the session of acme from \\S+ as tenant acme-session, read-only\\.\n${console}/activity\\?q=tenant:acme-session\n$`,
    ),
    err: '',
  })
  const opened = await cli('session', 'open', file, '--id', 'copy', '--json')
  t.match(JSON.parse(opened.out), { id: 'copy', session: { tenant: 'acme' }, tokens: 0 })
  t.match(await cli('tokens', 'create', '-t', 'copy'), {
    code: 1,
    err: /read-only: it is the session of "acme"/,
  })
  t.match(await cli('session', 'open', `${file}.missing`), { code: 2, err: /Cannot read .*ENOENT/ })

  t.test('against another profile', async t => {
    t.same(await run(['session', 'replay', file, '--profile', 'rfc']), {
      code: 0,
      out: '3 requests: 3 equal, 0 different.\n',
      err: '',
    })
    const replayed = await run(['session', 'replay', file, '--profile', 'aws'])
    t.match(replayed, {
      code: 1,
      out: /^1 {2}POST \/Users .*\n {3}status: 201 recorded, 400 now\n/,
    })
    t.match(await run(['session', 'replay', file]), { code: 2, err: /--url.*--profile/ })
  })

  t.test('against the server that recorded it', async t => {
    const args = ['session', 'replay', file, '--url', url, '--token', 'token-of-acme', '--json']
    const replayed = await run(args)
    t.equal(replayed.code, 1)
    t.match(JSON.parse(replayed.out), { requests: 3, equal: 1, different: 2 })
  })

  t.test('without a running server, a temporary one is started', async t => {
    const args = ['bin/scimulator.js', 'session', 'open', file, '--temporary']
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    for await (const part of server.stdout) {
      out += part
      if (!out.includes('until Ctrl-C')) continue
      const [, address = ''] = /(http:\S+)\/activity/.exec(out) ?? []
      const response = await fetch(`${address}/api/v1/tenants`)
      const { items } = (await response.json()) as { items: { id: string }[] }
      t.match(items, [{ id: 'acme-session' }])
      t.equal(items.length, 1)
      break
    }
    const ended = once(server, 'exit')
    server.kill('SIGINT')
    t.same(await ended, [0, null])
  })
})
