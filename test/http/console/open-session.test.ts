import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import pino from 'pino'
import t from 'tap'
import { exportSession } from '../../../src/console/export/session.ts'
import { createSampleRuns } from '../../../src/console/sample-runs.ts'
import type { FindingGroup } from '../../../src/domain/contract/findings.ts'
import { newSessionPrefix } from '../../../src/domain/tenants/tenant.ts'
import { noDeclarations } from '../../../src/scim/declare/declarations.ts'
import { openServices } from '../../../src/server/compose.ts'
import { readBlocks } from '../../../src/traffic/session-file.ts'
import { readSessionInThread } from '../../../src/traffic/session-import/in-thread.ts'
import { testDatabase } from '../../support/database.ts'
import { aGroup, aUser } from '../../support/samples.ts'
import { createScimClient, type TestApp } from '../../support/scim.ts'
import { itemsOf, sessionFile } from '../../support/session-file.ts'
import { buildTestConsole, pruneAll, type TestConsole, wholeList } from './console-app.ts'

const exportOf = async (
  { console }: Pick<TestConsole, 'console'>,
  tenant: string,
  query = '',
): Promise<string> => (await console.inject(`/api/v1/tenants/${tenant}/session${query}`)).body

const open = async ({ console }: Pick<TestConsole, 'console'>, html: string | Buffer, query = '') => {
  const response = await console.inject({
    method: 'POST',
    url: `/api/v1/tenants/open-session${query}`,
    headers: { 'content-type': 'text/html' },
    payload: html,
  })
  return { status: response.statusCode, body: response.json() }
}

/** Users and groups with histories of every kind. Returns the ids of a user and a group. */
async function provision({ asEntra, client, advance, tenant, deps }: TestApp) {
  const anna = await asEntra.create('Users', aUser('anna@example.com', { externalId: 'a' }))
  const ben = await client.create('Users', aUser('ben@example.com'))
  const sales = await asEntra.create('Groups', aGroup('Sales', [anna.id]))
  const all = await asEntra.create('Groups', aGroup('All', [sales.id]))
  const member = (op: string, ...ids: string[]) => ({
    op,
    path: 'members',
    value: ids.map(value => ({ value })),
  })
  await asEntra.patch(`/Groups/${sales.id}`, member('add', ben.id))
  await asEntra.patch(`/Groups/${sales.id}`, member('remove', anna.id))
  await asEntra.patch(`/Groups/${sales.id}`, member('add', anna.id))
  await advance(60_000)
  await asEntra.patch(`/Users/${anna.id}`, { op: 'replace', path: 'active', value: false })
  await client.delete(`/Users/${ben.id}`)
  await client.create('Users', aUser('ben@example.com', { displayName: 'Ben "\u2028</script>' }))
  await client.post('/Users', aUser('anna@example.com'))
  await asEntra.post('/Users', aUser('carl@example.com', { displayName: '' }))
  await client.get(`/Users?filter=${encodeURIComponent(`userName eq "anna@example.com"`)}`)
  await asEntra.delete(`/Groups/${all.id}`)
  const purged = await deps.directory.purge(tenant.key, Date.now() + 120_000, [all.id])
  t.same(purged, [all.id])
  return { anna, sales }
}

t.test('a session is opened on another server', async t => {
  const source = await buildTestConsole(t, 'entra')
  const { tenant } = source
  const { anna, sales } = await provision(source)
  const html = await exportOf(source, tenant.id)
  const original = itemsOf(html)
  const target = await buildTestConsole(t)
  const { callApi, deps, app } = target
  const opened = await open(target, html)
  const id = `${tenant.id}-session`
  t.match(opened, {
    status: 201,
    body: {
      id,
      profile: 'entra',
      tokens: 0,
      session: { tenant: tenant.id, exported: original.session[0]?.exported, version: '1.2.3' },
      clock: { now: original.session[0]?.tenantTime, machine: original.session[0]?.exported },
    },
  })
  const get = async (path: string) => (await callApi('GET', `/api/v1${path}`)).body
  const inSource = async (path: string) => (await source.callApi('GET', `/api/v1${path}`)).body

  t.test('its export equals the file', async t => {
    t.same(itemsOf(await exportOf(target, id)), original)
  })

  t.test('its pages show what the exporting server showed', async t => {
    const past = original.requests.find(({ action }) => action.startsWith('disable'))?.tenantTime ?? ''
    const before = new Date(Date.parse(past) - 1000).toISOString()
    for (const path of [
      `/tenants/{}/users`,
      `/tenants/{}/users?status=disabled`,
      `/tenants/{}/users?at=${before}`,
      `/tenants/{}/groups?text=sal`,
      `/tenants/{}/groups/${sales.id}/members`,
      `/tenants/{}/groups/${sales.id}/members?at=${before}`,
      `/tenants/{}/users/${anna.id}?at=${before}`,
      `/tenants/{}/users/${anna.id}/attributes`,
      `/tenants/{}/users/${anna.id}/why`,
      `/tenants/{}/stale`,
      `/tenants/{}/overview`,
      `/cycles?tenant={}`,
      `/findings?tenant={}`,
      `/exchanges?tenant={}&q=status%3A4xx`,
      `/tenants/{}/setup`,
    ]) {
      const [here, there] = [await get(path.replace('{}', id)), await inSource(path.replace('{}', tenant.id))]
      t.same(simplified(here, id, tenant.id), simplified(there, tenant.id), path)
    }
    const verdict = async (call: typeof get, of: string) => {
      const [cycle] = (await call(`/cycles?tenant=${of}`)).items
      return call(`/cycles/${cycle.id}/interoperability`)
    }
    t.same(
      simplified(await verdict(get, id), id, tenant.id),
      simplified(await verdict(inSource, tenant.id), tenant.id),
    )
  })

  t.test('its requests are explained as on the exporting server', async t => {
    const ids = original.requests
      .filter(({ status, operation }) => status >= 400 || operation === 'disable')
      .map(request => request.id)
    t.equal(ids.length, 2)
    const [{ id: last }] = (await get(`/exchanges?tenant=${id}&limit=1`)).items
    const prefix = last.slice(0, last.indexOf('-') + 1)
    for (const one of ids) {
      const [here, there] = [
        await get(`/exchanges/${prefix}${one}/explanation`),
        await inSource(`/exchanges/${one}/explanation`),
      ]
      t.same(simplified(here, id, tenant.id), simplified(there, tenant.id), one)
    }
  })

  t.test('nothing changes it', async t => {
    const refusal = { status: 409, body: { type: 'urn:scimulator:problem:read-only', detail: /session of/ } }
    const path = `/api/v1/tenants/${id}`
    const [request] = (await get(`/exchanges?tenant=${id}`)).items
    for (const [method, at, body] of [
      ['PATCH', path, { profile: 'rfc' }],
      ['POST', `${path}/tokens`, {}],
      ['PUT', `${path}/clock`, { advance: '1d' }],
      ['POST', `${path}/stale/purge`, { all: true }],
      ['POST', '/api/v1/reset', { tenant: id }],
      ['POST', `/api/v1/exchanges/${request.id}/replay`, undefined],
    ] as const) {
      const response = await callApi(method, at, body)
      t.match(response, refusal, `${method} ${at}`)
    }
    const client = createScimClient(app, `/${id}/scim/v2`, 'any token')
    for (const response of [await client.get('/Users'), await client.post('/Users', aUser('dora'))]) {
      t.match(response, { status: 403, body: { detail: /session of/ } })
    }
    t.same(itemsOf(await exportOf(target, id)), original, 'rejected requests are not recorded in it')
    const { items } = await get('/exchanges?limit=200')
    t.equal(items.length, original.requests.length + 2)
    t.match(items.slice(0, 2), [{ status: 403 }, { status: 403 }], 'lists of all tenants end with sessions')
    t.same(await wholeList(callApi, '/api/v1/exchanges?limit=5'), items)
  })

  t.test('retention leaves it unchanged', async t => {
    await pruneAll(deps.journal)
    t.equal((await get('/exchanges?limit=200')).items.length, original.requests.length)
    t.same(itemsOf(await exportOf(target, id)), original)
  })

  t.test('the same file is opened again, also on the server that exported it', async t => {
    t.match(await open(target, html), { status: 201, body: { id: `${id}-2` } })
    t.match(await open(source, html, '?id=copy'), { status: 201, body: { id: 'copy' } })
    t.match(await open(source, html, '?id=copy'), { status: 409 })
    t.same(itemsOf(await exportOf(source, 'copy')), original)
    t.same(itemsOf(await exportOf(source, tenant.id)).requests, original.requests)
  })

  t.test('deleting the tenant deletes all of it', async t => {
    t.equal((await callApi('DELETE', `/api/v1/tenants/${id}`)).status, 204)
    t.match(await get(`/exchanges?tenant=${id}`), { items: [] })
    t.match(await get(`/cycles?tenant=${id}`), { items: [] })
    t.match(await open(target, html), { status: 201, body: { id } })
    await callApi('POST', '/api/v1/reset', {})
    t.equal((await callApi('GET', `/api/v1/tenants/${id}`)).status, 404, 'so does a reset of all data')
  })

  t.test('a file with a part of the requests keeps all findings', async t => {
    const part = await exportOf(source, tenant.id, '?q=method%3ADELETE')
    t.match(await open(target, part, '?id=part'), { status: 201 })
    // A step of the setup does not name a request that the journal does not have.
    const { session: _facts, ...again } = itemsOf(await exportOf(target, 'part'))
    const { session: _otherFacts, ...first } = itemsOf(part)
    t.same(again, first)
  })

  t.test('the name of a failed test is in the next export, too', async t => {
    const failed = await exportOf(source, tenant.id, '?test=creates%20a%20user&headline=One%20user%20failed.')
    t.match(itemsOf(failed).session, [{ test: 'creates a user', headline: 'One user failed.' }])
    t.match(await open(target, failed, '?id=failed'), {
      status: 201,
      body: { session: { test: 'creates a user' } },
    })
    t.match(itemsOf(await exportOf(target, 'failed')).session, [{ test: 'creates a user' }])
  })

  t.test('it is stored in a file with threads, and a restart has it', async t => {
    const logger = pino({ level: 'silent' })
    const database = await testDatabase(t, `${t.testdir({})}/scimulator.db`)
    const destination = { tenant: 'stored', taken: [], prefix: newSessionPrefix(randomUUID()) }
    const { signal } = new AbortController()
    const read = (services: Awaited<ReturnType<typeof openServices>>, text: string) =>
      readSessionInThread(new Uint8Array(Buffer.from(text)), destination, signal, services.sessions.open)
    const first = await openServices({ profile: 'rfc', ...database }, logger)
    // The rows stop in the middle.
    const broken = readSessionInThread(
      new Uint8Array(Buffer.from(html)),
      destination,
      signal,
      ({ rows, ...session }) =>
        first.sessions.open({
          ...session,
          async *rows() {
            for await (const batch of rows()) {
              yield batch
              if (batch.table === 'exchanges' || batch.table === 'resources')
                throw new Error('The disk is full.')
            }
          },
        }),
    )
    await t.rejects(broken, { message: 'The disk is full.' })
    t.same(first.tenants.list(), [])
    await read(first, html)
    await first.close()

    const second = await openServices({ profile: 'rfc', ...database }, logger)
    t.teardown(() => second.close())
    const tenant = second.tenants.find('stored')
    if (!tenant) throw new Error('The tenant is missing.')
    let text = ''
    const types = tenant.profile.schema.resourceTypes
    const scope = {
      tenant,
      types,
      search: [{ key: 'tenant' as const, value: 'stored' }],
      q: undefined,
      headline: original.session[0]?.headline ?? '',
      test: undefined,
      signal,
    }
    for await (const part of exportSession(
      scope,
      { script: '', style: '' },
      { ...second, version: '1.2.3', sampleRuns: createSampleRuns(Date.now) },
    )) {
      text += part
    }
    t.same(itemsOf(text), original)
    t.same(tenant.declared, noDeclarations)
  })
})

t.test(
  'a file of the first format, which is not compressed, is opened and exported in the current one',
  async t => {
    const target = await buildTestConsole(t)
    const html = readFileSync('test/http/console/session-format-1.html', 'utf8')
    t.match(await open(target, html), { status: 201, body: { id: 'acme-session', profile: 'entra' } })
    const original = itemsOf(html)
    const exported = itemsOf(await exportOf(target, 'acme-session'))
    t.match(exported.session, [{ headline: /\.$/ }], 'the file had no sentence')
    t.same(
      {
        ...exported,
        session: exported.session.map(withoutHeadline),
        findings: exported.findings.map(withoutOwnTexts),
      },
      {
        ...original,
        session: original.session.map(facts => ({ ...facts, format: 2 })),
        findings: original.findings.map(withoutOwnTexts),
      },
    )
  },
)

const withoutHeadline = <Facts extends { readonly headline?: unknown }>({
  headline: _headline,
  ...facts
}: Facts) => facts

/** The texts of this version, which may differ from those of the version that wrote the file. */
const withoutOwnTexts = ({ headline: _headline, remedy: _remedy, ...finding }: FindingGroup) => finding

/** Without what differs between servers: ids of requests, the name of the tenant, and the clock. */
function simplified(body: unknown, ...tenants: readonly string[]): unknown {
  const withoutPrefixes = JSON.stringify(body).replaceAll(/"s[0-9a-f]{8}-(?=[0-9a-f]{8}-)/g, '"')
  const text = tenants.reduce((changed, tenant) => changed.replaceAll(tenant, 'TENANT'), withoutPrefixes)
  return JSON.parse(text, (name, value) => (volatile.has(name) ? undefined : value))
}

// PostgreSQL stores the times of look-ups a moment later.
const volatile = new Set([
  'clock',
  // It says how long ago the cycle was.
  'headline',
  'lastSeen',
  'now',
  'running',
  'next',
  'endpoint',
  'tokens',
  'waiting',
  'analysis',
  'failed',
  'session',
  'steps',
])

t.test('a file that cannot be opened leaves nothing', async t => {
  const source = await buildTestConsole(t)
  await source.client.create('Users', aUser('anna@example.com'))
  const html = await exportOf(source, source.tenant.id)
  const invalid = (detail: RegExp) => ({ status: 400, body: { type: /invalid-session/, detail } })
  t.match(await open(source, ''), invalid(/not a session file/))
  t.match(await open(source, html.replace('"format":2,', '"format":3,')), invalid(/1\.2\.3 has format 3/))
  t.match(await open(source, html, '?id=scim'), { status: 400 }, 'an ID that no tenant can have')
  t.match(await open(source, html, `?id=${source.tenant.id}`), { status: 409 }, 'an ID that is taken')
  const inBlock = (text: string) =>
    `<!doctype html><script type="application/json" data-block="session">${text}</script></html>`
  t.match(
    await open(source, inBlock('['.repeat(1_000_000))),
    invalid(/a block of session has more than 68 levels/),
  )
  t.match(
    await open(source, inBlock(`[${'{},'.repeat(6_000_000)}{}]`)),
    invalid(/too many objects and values/),
  )
  t.throws(() => [...readBlocks(Buffer.from(inBlock(' '.repeat(65 * 1024 * 1024))))], {
    message: /a data block is larger than 64 MiB/,
  })
  const withRequests = (data: Buffer) =>
    html.replace(/(data-block="requests">)[^<]*/, `$1${data.toString('base64')}`)
  const requests = gzipSync(JSON.stringify(itemsOf(html).requests))
  t.match(await open(source, withRequests(requests.subarray(0, -10))), invalid(/cannot be decompressed/))
  t.match(
    await open(source, withRequests(gzipSync(Buffer.alloc(64 * 1024 * 1024, ' ')))),
    invalid(/a data block decompresses to more than 200 times its size/),
  )
  const json = await source.callApi('POST', '/api/v1/tenants/open-session', { file: html })
  t.match(json, { status: 415 }, 'another media type')

  const stopped = new AbortController()
  const file = () => new Uint8Array(Buffer.from(html))
  const aborted = readSessionInThread(
    file(),
    { taken: [], prefix: 's0-' },
    stopped.signal,
    async ({ rows }) => {
      stopped.abort(new Error('The client left.'))
      for await (const _ of rows());
    },
  )
  await t.rejects(aborted, { message: 'The client left.' })
  const large = () => new Uint8Array(Buffer.from(sessionFile({ users: 5000, revisions: 2 })))
  for (const limits of [{ maxMilliseconds: 50 }, { maxMilliseconds: 60_000, maxOldGenerationSizeMb: 8 }]) {
    const read = readSessionInThread(
      large(),
      { taken: [], prefix: 's0-' },
      new AbortController().signal,
      async ({ rows }) => {
        for await (const _ of rows());
      },
      limits,
    )
    await t.rejects(read, { name: 'SessionFileError', message: /too large for the memory or the time/ })
  }
  t.equal(source.deps.tenants.list().length, 1)
  t.match(await source.callApi('GET', '/api/v1/exchanges?limit=200'), { body: { items: [{}] } })
})
