import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import t from 'tap'
import { toScimulatorFormat } from '../../src/provisioning/kit/directory/write-directory.ts'
import { readConfig } from '../../src/server/config.ts'
import { startServer } from '../../src/server/server.ts'
import { springfield } from '../http/cli/entra.ts'
import { linesOf, start } from '../http/cli/run.ts'
import { serverFor, userSchema } from '../http/cli/server.ts'
import { bulkRequest, post } from '../support/bulk.ts'
import { flagsOf, storedTexts, testDatabase } from '../support/database.ts'
import { aUser } from '../support/samples.ts'
import { patchOp } from '../support/scim.ts'
import { decompress } from '../support/session-file.ts'

const tokens = {
  token: 'scim-token-Kx7',
  stranger: 'strange-token-Qp2',
  console: 'console-token-Zr5',
}
const passwords = [
  'pass-Create-1',
  'pass-Patch-2',
  'pass-Bulk-3',
  'pass-Broken-4',
  'pass-Filter-5',
  'pass-Refused-6',
  'pass-Put-7',
  'pass-Pathless-8',
  'pass-Search-9',
]
const [created, patched, bulked, broken, filtered, rejected, put, pathless, searched] = passwords
const hidden = [...Object.values(tokens), ...passwords]

/** The addresses that return data, of all tenants and of one. */
const views = [
  ...[
    '/tenants',
    '/tenants/acme',
    '/tenants/acme/tokens',
    '/tenants/acme/users',
    '/tenants/acme/groups',
    '/tenants/acme/types',
  ],
  ...[
    '/tenants/acme/stale',
    '/tenants/acme/setup',
    '/exchanges?limit=200',
    '/cycles',
    '/findings',
    '/faults',
    '/settings',
  ],
  ...[
    '/snapshots',
    '/webhooks',
    '/exchanges/export?format=jsonl',
    '/exchanges/export?format=har',
    '/exchanges/export?format=csv',
  ],
  ...['/exchanges/export?format=ndjson', '/tenants/acme/users?status=retained'],
  ...['/tenants/acme/session'],
  ...['/console-tokens', '/audit', '/audit/export?format=ndjson', '/audit/export?format=csv'],
]

t.test('after many requests, no log, response, export, metric, event or file has a secret', async t => {
  const said: string[] = []
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      said.push(String(chunk))
      done()
    },
  })
  const database = await testDatabase(t, `${t.testdir()}/scimulator.db`)
  const flags = [
    ...flagsOf(database),
    '--port=0',
    '--console-port=0',
    '--aws-port=0',
    '--tenant=acme',
    '--profile=rfc',
    '--log-level=trace',
  ]
  const secretFlags = [`--token=${tokens.token}`, `--console-token=${tokens.console}`]
  const config = readConfig({ args: [...flags, ...secretFlags], environment: {}, isTerminal: false })
  const server = await startServer(config, pino({ level: 'trace' }, sink))
  t.teardown(server.close)
  const received: string[] = []
  const send = async (url: string, init: RequestInit): Promise<{ status: number; text: string }> => {
    const response = await fetch(url, init)
    const text = await response.text()
    received.push(`${JSON.stringify([...response.headers])} ${decompress(text)}`)
    return { status: response.status, text }
  }
  const scim = (method: string, path: string, body?: unknown, token = tokens.token) =>
    send(server.endpoint + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const api = (path: string, method = 'GET') =>
    send(server.console + path, { method, headers: { authorization: `Bearer ${tokens.console}` } })

  const events = new AbortController()
  const stream = await fetch(`${server.console}/api/v1/events`, {
    headers: { authorization: `Bearer ${tokens.console}` },
    signal: events.signal,
  })
  let reported = ''
  const reading = (async () => {
    for await (const chunk of stream.body ?? []) reported += Buffer.from(chunk).toString()
  })().catch(() => undefined)

  const creation = await scim('POST', '/Users', aUser('marge', { password: created }))
  t.equal(creation.status, 201)
  const at = `/Users/${JSON.parse(creation.text).id}`
  await scim('PATCH', at, patchOp({ op: 'replace', path: 'password', value: patched }))
  await scim('PATCH', at, patchOp({ op: 'add', value: { password: pathless } }))
  await scim('PUT', at, aUser('marge', { password: put }))
  await scim('POST', '/Bulk', bulkRequest([post('/Users', 'b', aUser('lisa', { password: bulked }))]))
  await scim('POST', '/Users', `{"userName": "bart", "password": "${broken}", `)
  await scim('POST', '/Users', { password: rejected, active: 'maybe' })
  await scim('GET', `/Users?filter=${encodeURIComponent(`password eq "${filtered}"`)}`)
  await scim('POST', '/.search', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
    filter: `password sw "${searched}"`,
  })
  await scim('GET', '/Users', undefined, tokens.stranger)
  await scim('GET', `/Users?access_token=${tokens.stranger}`)
  await send(server.endpoint, { headers: { authorization: tokens.stranger } })
  await send(`${server.endpoint}/Users`, {
    headers: { authorization: `Basic ${btoa(`x:${tokens.stranger}`)}` },
  })
  await send(`${server.endpoint}/Users`, { headers: { authorization: `Token ${tokens.token}` } })
  await send(`${server.endpoint}/Users`, {
    headers: { 'x-api-key': tokens.token, cookie: `t=${tokens.token}` },
  })
  await send(`${server.console}/api/v1/tenants`, { headers: { authorization: `Bearer ${tokens.stranger}` } })
  await scim('DELETE', at)
  await api('/api/v1/snapshots', 'POST')

  const requested = await Promise.all(views.map(view => api(`/api/v1${view}`)))
  t.ok(
    requested.filter(({ status }) => status === 200).length > views.length - 3,
    'most addresses return data',
  )
  await api('/metrics')
  const list = JSON.parse((await api('/api/v1/exchanges?limit=200')).text) as {
    items: readonly { id: string }[]
  }
  t.ok(list.items.length >= 16)
  for (const { id } of list.items) {
    for (const view of [
      '',
      '/explanation',
      '/export?format=curl',
      '/export?format=fixture',
      '/export?format=har',
    ])
      await api(`/api/v1/exchanges/${id}${view}`)
    await api(`/api/v1/exchanges/${id}/replay`, 'POST')
  }
  events.abort()
  await reading
  await server.close()
  const stored = await storedTexts(database)
  t.ok(stored.length >= 2, 'a database and a snapshot')
  t.ok(reported.length > 0 && said.length > 0 && received.length > 100)

  const places = {
    answers: received.join('\n'),
    events: reported,
    logs: said.join(''),
    database: stored.join(''),
  }
  for (const place of ['answers', 'events', 'database'] as const)
    t.match(places[place], /marge/, `other data is in the ${place}`)
  for (const [place, text] of Object.entries(places))
    t.same(
      hidden.filter(secret => text.includes(secret) || text.includes(btoa(secret))),
      [],
      `no secret is in the ${place}`,
    )
})

// A title set by C1 controls, DEL, line separators and bidirectional controls.
const hostile = 'x\u009b2J\u009d0;title\u009c\u007f\u0085\u2028\u2029\u202e\u2066\u200f\u061cy'
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/u

t.test('JSON output has no control characters and keeps its meaning', async t => {
  const { cli, scim, console: address, url } = await serverFor(t, { profile: 'entra' })
  const { id } = await scim('POST', '/Users', {
    schemas: [userSchema],
    userName: 'marge',
    displayName: hostile,
  })
  await scim('PATCH', `/Users/${id}`, { [hostile]: hostile })
  const shows = async (...args: readonly string[]) => {
    const { code, out } = await cli(...args, '--json')
    t.equal(code, 0, args.join(' '))
    t.notMatch(out, controls, args.join(' '))
    return out
  }
  const user = await shows('users', 'show', id)
  t.match(JSON.parse(user), { document: { displayName: hostile } })
  const { items } = JSON.parse(await shows('journal', 'list'))
  const shown = JSON.parse(await shows('journal', 'show', items[0].id))
  t.same(JSON.parse(shown.request.body), { [hostile]: hostile })

  const tail = start(['journal', 'tail', '--limit', '1', '--json', '--console', address])
  t.teardown(() => tail.kill('SIGKILL'))
  await scim('GET', `/Users/${encodeURIComponent(hostile)}`)
  for await (const line of linesOf(tail.stdout)) {
    t.notMatch(line, controls)
    if (JSON.parse(line).target?.id === hostile) break
  }
  tail.kill('SIGINT')

  const folder = mkdtempSync(join(tmpdir(), 'terminal-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const state = join(folder, 'state.json')
  const directory = springfield()
  const [first] = directory.users
  const users = first ? [{ ...first, attributes: { ...first.attributes, displayName: hostile } }] : []
  writeFileSync(
    join(folder, 'directory.json'),
    JSON.stringify(toScimulatorFormat({ ...directory, users, groups: [] })),
  )
  const job = ['--url', url, '--token', 'token-of-acme', '--mapping', 'non-gallery', '--scope', 'all']
  await shows('entra', 'sync', ...job, '--directory', join(folder, 'directory.json'), '--state', state)
  const entry = JSON.parse(await shows('entra', 'log', '--state', state))
  t.ok(JSON.stringify(entry).includes(JSON.stringify(hostile).slice(1, -1)), 'as sent')
})
