import { setImmediate as nextTurn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { awsExport, type ExportedDirectory, exported, groupId, userId } from '../../support/aws-export.ts'
import { tarOf } from '../../support/imports.ts'
import { itemsOf } from '../../support/session-file.ts'
import { buildTestConsole, type TestConsole } from './console-app.ts'

const springfield: ExportedDirectory = {
  users: [
    { userName: 'marge.simpson@springfield.example', externalId: '00u1' },
    { userName: 'ned.flanders@springfield.example', active: false },
    { userName: 'moe szyslak', more: { Emails: null } },
  ],
  groups: ['Operators', { displayName: 'Auditors', externalId: 'g2' }],
  members: { Operators: ['marge.simpson@springfield.example', 'ned.flanders@springfield.example'] },
  assignments: [{ to: 'Operators' }, { to: 'moe szyslak', permissionSet: 'Admin' }],
  accounts: { 111111111111: 'Reactor' },
}
const { store } = exported

const send = async (
  { console }: Pick<TestConsole, 'console'>,
  payload: Buffer,
  query = '',
  type = 'application/octet-stream',
) => {
  const response = await console.inject({
    method: 'POST',
    url: `/api/v1/tenants/import${query}`,
    headers: { 'content-type': type },
    payload,
  })
  return { status: response.statusCode, location: response.headers.location, body: response.json() }
}

const get = async ({ callApi }: TestConsole, path: string) => (await callApi('GET', `/api/v1${path}`)).body

t.test('an export becomes a read-only tenant with everything that AWS had', async t => {
  const server = await buildTestConsole(t)
  const { callApi } = server
  const imported = await send(server, gzipSync(tarOf(awsExport(springfield))), '?name=export.tgz')
  t.match(imported, {
    status: 201,
    location: `/api/v1/tenants/${store}`,
    body: {
      tenant: {
        ...{ id: store, profile: 'aws', tokens: 0, counts: { User: { active: 2, disabled: 1 } } },
        session: { kind: 'import', tenant: store, exported: '2026-11-30T07:05:00.000Z' },
        clock: { now: '2026-11-30T07:05:00.000Z' },
        aws: { identityStoreId: store, instanceArn: exported.instance, account: exported.account },
      },
      result: {
        ...{ import: 1, store, source: 'archive', name: 'export.tgz', complete: true },
        counts: { users: 3, disabledUsers: 1, groups: 2, memberships: 2, assignments: 2 },
        evidence: [{ ids: [userId('moe szyslak')] }, { ids: [userId('moe szyslak')] }],
      },
    },
  })
  t.same(await get(server, `/tenants/${store}/import`), imported.body.result)
  const of = `/tenants/${store}`
  t.match(await get(server, `${of}/users/${userId('marge.simpson@springfield.example')}/history`), {
    items: [
      { kind: 'membership', event: 'added', via: { api: 'import', file: 'export.tgz' } },
      { kind: 'revision', action: 'created', at: '2026-11-30T06:00:51.314Z', via: { created: 'SCIM' } },
    ],
  })
  t.match(await get(server, `${of}/groups/${groupId('Operators')}/members`), {
    items: [
      { id: userId('ned.flanders@springfield.example') },
      { id: userId('marge.simpson@springfield.example') },
    ],
  })
  t.match(await get(server, `${of}/access`), {
    items: [
      { account: '111111111111', permissionSet: { name: 'Admin' }, user: { name: 'moe szyslak' } },
      { permissionSet: { name: 'ReadOnly' }, user: { name: /^ned/, status: 'disabled' } },
      { permissionSet: { name: 'ReadOnly' }, user: { name: /^marge/ }, principal: { name: 'Operators' } },
    ],
  })

  t.test('nothing but keys that read it can change', async t => {
    for (const [method, path, body] of [
      ['POST', '/tokens', {}],
      ['PATCH', '', { throttle: 'aws' }],
      ['POST', '/access-keys', { access: 'full' }],
      ['POST', '/access-keys', {}],
    ] as const) {
      const refused = await callApi(method, `/api/v1${of}${path}`, body)
      t.match([refused.status, refused.body.detail], [409, /is read-only: it is the AWS directory d-9067/])
    }
    const key = (await callApi('POST', `/api/v1${of}/access-keys`, { access: 'read' })).body
    t.match(key, { access: 'read', secret: String })
    t.equal((await callApi('DELETE', `/api/v1${of}/access-keys/${key.id}`)).status, 204)
  })

  t.test('a session file keeps its names', async t => {
    const html = (await server.console.inject(`/api/v1${of}/session`)).body
    const [facts] = itemsOf(html).session
    t.match(facts, { tenant: store, imported: { instance: { store, issuer: exported.issuer } } })
    const response = await server.console.inject({
      ...{ method: 'POST', url: '/api/v1/tenants/open-session', headers: { 'content-type': 'text/html' } },
      payload: html,
    })
    t.match(response.json(), {
      id: `${store}-session`,
      session: { tenant: store, kind: undefined },
      aws: { identityStoreId: store },
    })
    t.same(await get(server, `/tenants/${store}-session/import`), imported.body.result)
    const again = (await server.console.inject(`/api/v1/tenants/${store}-session/session`)).body
    t.same(itemsOf(again), itemsOf(html))
  })
})

t.test('options of an import', async t => {
  const server = await buildTestConsole(t)
  const archive = tarOf(awsExport(springfield))
  t.match(await send(server, archive, '?id=copy&working=true&fitSwitches=true'), {
    status: 201,
    body: {
      tenant: { id: 'copy', session: undefined },
    },
  })
  const { settings } = server.deps.tenants.find('copy') ?? server.tenant
  t.same(settings.switches, { email: 'optional', spaceInUserName: 'allow' })
  t.equal((await server.callApi('POST', '/api/v1/tenants/copy/tokens', {})).status, 201)
  t.match(await send(server, archive), { body: { tenant: { id: store } } })
  t.match(await send(server, archive), { body: { tenant: { id: `${store}-2` } } }, 'of the next day')
  t.match(await send(server, archive, '?id=copy'), { status: 409, body: { detail: /"copy" already exists/ } })
  t.match(await send(server, archive, '?id=a/b'), { status: 400 })
  t.match(await get(server, '/tenants'), { items: { length: 4 } })
})

t.test('an export with mistakes changes nothing, and each mistake has its place', async t => {
  const server = await buildTestConsole(t)
  const { 'groups.json': _, ...files } = awsExport(springfield)
  const broken = { ...files, 'users.json': '{"Users": [\n{"UserId": 1}' }
  const before = server.deps.tenants.list()
  const refused = await send(server, tarOf(broken))
  t.match(refused, {
    status: 400,
    body: { type: 'urn:scimulator:problem:invalid-import', errors: [{ path: String, message: String }] },
  })
  t.ok(refused.body.errors.some(({ path }: { path: string }) => path === 'users.json'))
  t.match(await send(server, Buffer.from('%PDF-1.7')), {
    status: 400,
    body: { detail: /no zip, tar or tar.gz/ },
  })
  t.match(await send(server, Buffer.from('{}'), '', 'application/json'), { status: 415 })
  t.same(server.deps.tenants.list(), before)
  t.match(await server.callApi('GET', `/api/v1/tenants/${server.tenant.id}/import`), {
    status: 404,
    body: { detail: /was not imported from AWS/ },
  })
})

t.test('requests of others are answered while a large export is imported', async t => {
  const server = await buildTestConsole(t)
  const users = Array.from({ length: 1000 }, (_, nth) => `user.n${nth}@springfield.example`)
  const archive = tarOf(awsExport({ users, groups: ['All'], members: { All: users } }))
  let isDone = false
  const done = send(server, archive).finally(() => {
    isDone = true
  })
  let answered = 0
  while (!isDone) {
    await nextTurn()
    await server.client.get('/Users?count=1')
    answered++
  }
  t.match(await done, { status: 201, body: { result: { counts: { users: 1000, memberships: 1000 } } } })
  t.ok(answered > 50, `${answered} requests`)
})
