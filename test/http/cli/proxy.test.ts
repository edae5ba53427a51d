import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { until } from '../../support/cluster.ts'
import { selfSigned } from '../../support/self-signed.ts'
import { ended, linesOf, run, start } from './run.ts'
import { serverFor, userSchema } from './server.ts'

/** The program as a proxy, once it listens. */
async function startProxy(t: Test, args: readonly string[], environment = {}) {
  const child = start(['proxy', '--json', '--port', '0', ...args], environment)
  t.teardown(() => child.kill('SIGKILL'))
  const { value } = await linesOf(child.stdout).next()
  return { child, facts: JSON.parse(value ?? '{}') }
}

t.test('reads through the proxy are recorded, and the recording is replayed', async t => {
  const { scim, url } = await serverFor(t)
  const { id } = await scim('POST', '/Users', { schemas: [userSchema], userName: 'nell@harbor.internal' })
  const file = join(t.testdir(), 'reads.jsonl')
  const proxied = start([
    'proxy',
    '--port',
    '0',
    '--save',
    file,
    '--keep-personal-data',
    '--allow-insecure-upstream',
    url,
  ])
  t.teardown(() => proxied.kill('SIGKILL'))
  const closed = ended(proxied)
  let banner = ''
  proxied.stdout.on('data', part => {
    banner += part
  })
  await until(() => banner.includes('Ctrl-C'))
  t.match(
    banner,
    /^Forwarding GET requests to http:\/\/127\.0\.0\.1:\d+\/scim\/v2 to 127\.0\.0\.1:\d+ until .*Z\.\n/,
  )
  const [, own] = / (http:\S+) to /.exec(banner) ?? []
  const authorization = 'Bearer token-of-acme'
  const ask = (path: string, method = 'GET') => fetch(`${own}${path}`, { method, headers: { authorization } })
  for (const path of [
    `/Users/${id}`,
    '/Users?filter=userName%20eq%20%22nell%40harbor.internal%22',
    '/Schemas',
    '/Users/none',
  ])
    t.strictSame(
      await (await ask(path)).json(),
      await (await fetch(`${url}${path}`, { headers: { authorization } })).json(),
    )
  t.equal((await ask(`/Users/${id}`, 'DELETE')).status, 501)
  proxied.kill('SIGINT')
  const { code, out, err } = await closed
  t.equal(code, 0)
  t.match(out, `Saved 4 requests to ${file}.\n`)
  t.match(err, /^scimulator: A DELETE request was not forwarded\.\n\nscimulator: stopping/)
  t.notMatch(readFileSync(file, 'utf8'), /token-of-acme/)
  t.notOk(existsSync(`${file}.part`))
  t.match(await run(['recording', 'check', file]), {
    code: 1,
    out: /client\.product is missing.*capture\.server is missing/s,
  })
  t.match(await run(['replay', file, url], { SCIM_TOKEN: 'token-of-acme' }), {
    out: '4 requests: 4 equal, 0 different.\n',
  })
})

t.test('a killed proxy leaves a recording without the token', async t => {
  const { url } = await serverFor(t)
  const folder = t.testdir()
  const file = join(folder, 'killed.jsonl')
  const { child, facts } = await startProxy(t, ['--save', file, '--allow-insecure-upstream', url])
  for (const path of ['/Users', '/Groups', '/Schemas'])
    await (await fetch(`${facts.url}${path}`, { headers: { authorization: 'Bearer token-of-acme' } })).text()
  await until(() => readFileSync(`${file}.part`, 'utf8').includes('/Schemas'))
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.strictSame(readdirSync(folder), ['killed.jsonl.part'])
  t.notMatch(readFileSync(`${file}.part`, 'utf8'), /token-of-acme/)
  const create = ['recording', 'create', `${file}.part`, '-o', file, '--replace-personal-data']
  t.match(await run(create), { code: 0, out: /^Saved 3 requests/ })
})

t.test('an upstream over https is verified with the authorities of Node.js', async t => {
  const upstream = createServer(selfSigned, (_, response) => response.end('{}'))
  await new Promise<void>(resolve => upstream.listen(0, 'localhost', resolve))
  t.teardown(() => {
    upstream.closeAllConnections()
    upstream.close()
  })
  const url = `https://localhost:${(upstream.address() as AddressInfo).port}/scim/v2`
  const folder = t.testdir()
  const save = ['--save', join(folder, 'none.jsonl'), '--allow-insecure-upstream']
  t.match(await run(['proxy', ...save, url]), {
    code: 2,
    err: /^scimulator: Cannot start the proxy: self-signed certificate/,
  })
  const authority = join(folder, 'authority.pem')
  writeFileSync(authority, selfSigned.cert)
  const { child, facts } = await startProxy(t, [...save, url], { NODE_EXTRA_CA_CERTS: authority })
  t.match(facts, { upstream: /^localhost:\d+$/, save: /none\.jsonl$/, until: /Z$/ })
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  t.strictSame(await exited, [0, null])
  t.strictSame(readdirSync(folder), ['authority.pem'])
})

t.test('wrong use is explained before anything listens', async t => {
  const { url } = await serverFor(t)
  const folder = t.testdir({ 'old.jsonl': 'old' })
  const errorOf = async (...args: readonly string[]) => (await run(['proxy', ...args])).err
  t.equal(
    await errorOf(url),
    'scimulator: Cannot start the proxy: it would send tokens over http; --allow-insecure-upstream allows it, for tests.\n',
  )
  t.match(
    await errorOf('https://scim.example.com/scim/v2?a=b'),
    /not a base URL such as https:\/\/scim\.us-east-1/,
  )
  t.equal(
    await errorOf('https://scim.example.com/scim/v2', '--for', '25h'),
    'scimulator: Invalid --for: at most 24h.\n',
  )
  t.match(await errorOf('https://scim.example.com', '--token-sha256', 'x'), /64 hexadecimal digits/)
  t.match(
    await errorOf(url, '--allow-insecure-upstream', '--save', join(folder, 'old.jsonl')),
    /old\.jsonl exists\.\n$/,
  )
  t.match(
    await errorOf(
      url,
      '--allow-insecure-upstream',
      '--save',
      join(folder, 'new.jsonl'),
      '--port',
      new URL(url).port,
    ),
    /EADDRINUSE/,
  )
  t.strictSame(readdirSync(folder), ['old.jsonl'])
})
