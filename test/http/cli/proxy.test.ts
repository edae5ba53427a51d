import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Reality } from '../../../src/domain/contract/reality.ts'
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
    /^Forwarding GET requests from http:\/\/127\.0\.0\.1:\d+\/scim\/v2 to 127\.0\.0\.1:\d+ until .*Z\.\n/,
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

t.test('a killed proxy to an upstream over https leaves a recording without the token', async t => {
  const token = randomBytes(32).toString('hex')
  const upstream = createServer(selfSigned, ({ headers }, response) => {
    response.end(JSON.stringify({ detail: `You sent ${headers.authorization}.` }))
  })
  await new Promise<void>(resolve => upstream.listen(0, 'localhost', resolve))
  t.teardown(() => {
    upstream.closeAllConnections()
    upstream.close()
  })
  const url = `https://localhost:${(upstream.address() as AddressInfo).port}/scim/v2`
  const folder = t.testdir({ 'authority.pem': selfSigned.cert })
  const file = join(folder, 'killed.jsonl')
  const args = ['--save', file, '--allow-insecure-upstream', url]
  t.match(await run(['proxy', ...args]), {
    code: 2,
    err: /^scimulator: Cannot start the proxy: self-signed certificate/,
  })
  const { child, facts } = await startProxy(t, args, { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') })
  t.match(facts, { upstream: /^localhost:\d+$/, save: file, until: /Z$/ })
  const headers = { authorization: `Bearer ${token}` }
  for (const path of ['/Users', '/Groups', '/Schemas'])
    t.match(await (await fetch(`${facts.url}${path}`, { headers })).json(), {
      detail: `You sent Bearer ${token}.`,
    })
  await until(() => readFileSync(`${file}.part`, 'utf8').includes('/Schemas'))
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.strictSame(readdirSync(folder), ['authority.pem', 'killed.jsonl.part'])
  t.notMatch(readFileSync(`${file}.part`, 'utf8'), token)
  const create = ['recording', 'create', `${file}.part`, '-o', file, '--replace-personal-data']
  t.match(await run(create), { code: 0, out: /^Saved 3 requests/ })
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

type Line = {
  readonly method: string
  readonly path: string
  readonly body?: object
  readonly saveIdAs?: string
}

/** The recorded requests of Entra ID, in their order: its reads to the proxy, its changes to the upstream. */
async function playEntra(upstream: string, proxied: string): Promise<void> {
  const lines: readonly Line[] = readFileSync('test/idp/entra-wire.jsonl', 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const ids = new Map<string, string>()
  const fill = (text: string) => text.replace(/\{\{(\w+)\}\}/g, (_, name) => ids.get(name) ?? name)
  for (const { method, path, body, saveIdAs } of lines) {
    const response = await fetch((method === 'GET' ? proxied : upstream) + fill(path), {
      method,
      headers: { authorization: 'Bearer token-of-acme', 'content-type': 'application/scim+json' },
      ...(body && { body: fill(JSON.stringify(body)) }),
    })
    const text = await response.text()
    if (saveIdAs !== undefined && response.ok) ids.set(saveIdAs, JSON.parse(text).id)
  }
}

t.test('reads of Entra ID name the switches in which an upstream differs', async t => {
  const switches = { unsupportedParameters: 'refuse', letterCase: 'sensitive', detail: 'generic' }
  const { url } = await serverFor(t, { profile: 'aws', switches })
  const folder = t.testdir()
  const findings = join(folder, 'reality.json')
  const play = async (name: string, ...flags: readonly string[]) => {
    const args = [
      '--save',
      join(folder, name),
      '--findings',
      findings,
      '--fail',
      '--allow-insecure-upstream',
      url,
    ]
    const { child, facts } = await startProxy(t, [...flags, ...args])
    await playEntra(url, facts.url)
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    return { code, reality: JSON.parse(readFileSync(findings, 'utf8')) as Reality }
  }
  const { code, reality } = await play('defaults.jsonl')
  t.equal(code, 1)
  t.match(reality, { reality: 1, upstream: /^127\.0\.0\.1:\d+$/, requests: 40 })
  type States = Reality['switches']
  const exercised = (states: States) =>
    Object.fromEntries(
      states.flatMap(({ id, state, seen }) => (state === 'not-exercised' ? [] : [[id, seen ?? state]])),
    )
  t.strictSame(exercised(reality.switches), { ...switches, membersOnRead: 'confirmed' })
  t.strictSame(
    reality.findings.map(({ kind, operation, explainedBy }) => [kind, operation, explainedBy]),
    [
      [
        'status',
        'GET /Groups?excludedAttributes=…&filter=displayName eq "…"',
        [{ detail: 'generic', unsupportedParameters: 'refuse' }],
      ],
      ...Array(3).fill(['paging', 'GET /Users?filter=userName eq "…"', [{ letterCase: 'sensitive' }]]),
      ['detail', 'GET /Users?filter=emails[type eq "…"].value eq "…"', [{ detail: 'generic' }]],
    ],
  )
  t.notMatch(readFileSync(findings, 'utf8'), /springfield|marge|token-of-acme|acme/i)
  const given = Object.entries(switches).flatMap(([id, value]) => ['--switch', `${id}=${value}`])
  const equal = await play('equal.jsonl', ...given)
  t.strictSame([equal.code, equal.reality.findings], [0, []])
  t.notMatch(
    readdirSync(folder)
      .map(name => readFileSync(join(folder, name), 'utf8'))
      .join(''),
    /token-of-acme|homer@springfield/,
  )
})
