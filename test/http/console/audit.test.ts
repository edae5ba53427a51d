import t from 'tap'
import { createAuditTrail } from '../../../src/console/audit.ts'
import type { AuditEntry } from '../../../src/domain/contract/audit.ts'
import { operations } from '../../../src/domain/contract/index.ts'
import type { Operation } from '../../../src/domain/contract/operation.ts'
import { UnavailableError } from '../../../src/domain/ports/database.ts'
import { aUser } from '../../support/samples.ts'
import { buildTestConsole, problem, wholeList } from './console-app.ts'

type CallApi = Awaited<ReturnType<typeof buildTestConsole>>['callApi']

const listEntries = (callApi: CallApi, q = ''): Promise<readonly AuditEntry[]> =>
  wholeList(callApi, `/api/v1/audit?q=${encodeURIComponent(q)}`)

/** Entries without what differs from run to run. */
const settled = (entries: readonly AuditEntry[]) => entries.map(({ id: _id, at: _at, ...rest }) => rest)

const open = { kind: 'open' as const }
const address = '127.0.0.1'

t.test('TS-170 a change has an entry with its objects and status, newest first', async t => {
  const { callApi, tenant } = await buildTestConsole(t)
  const path = `/api/v1/tenants/${tenant.id}/tokens`
  const before = Date.now()
  const { body: token } = await callApi('POST', path)
  const { body: rotated } = await callApi('POST', `${path}/nobody/rotate`)
  await callApi('DELETE', `${path}/${token.id}`)
  await callApi('GET', path)
  const entries = await listEntries(callApi)
  t.same(settled(entries), [
    {
      ...{ caller: open, operation: 'deleteToken', tenant: tenant.id },
      ...{ objects: [token.id], objectCount: 1, status: 204, address },
    },
    {
      ...{ caller: open, operation: 'rotateToken', tenant: tenant.id },
      ...{ objects: ['nobody'], objectCount: 1, status: 404, problem: 'not-found', address },
    },
    {
      ...{ caller: open, operation: 'createToken', tenant: tenant.id },
      ...{ objects: [token.id], objectCount: 1, status: 201, address },
    },
  ])
  t.equal(rotated.status, 404)
  for (const { at } of entries) t.ok(Date.parse(at) >= before && Date.parse(at) <= Date.now())
})

t.test('TS-170 a purge has the purged IDs, at most 20 of them, and a preview has no entry', async t => {
  const { callApi, tenant, client } = await buildTestConsole(t, 'rfc')
  for (let number = 0; number < 25; number++) {
    const { id } = await client.create('Users', aUser(`user${number}`))
    await client.delete(`/Users/${id}`)
  }
  const path = `/api/v1/tenants/${tenant.id}/stale/purge`
  await callApi('POST', path, { all: true, preview: true })
  t.same(await listEntries(callApi), [])
  const { body } = await callApi('POST', path, { all: true })
  t.equal(body.purged.length, 25)
  t.same(settled(await listEntries(callApi)), [
    {
      ...{ caller: open, operation: 'purgeStale', tenant: tenant.id },
      ...{ objects: body.purged.slice(0, 20), objectCount: 25, status: 200, address },
    },
  ])
})

/** A finding that is muted has to exist. */
const pathOf = ({ path }: Operation, tenant: string): string =>
  `/api/v1${path
    .replace(':tenant', tenant)
    .replace(':finding', encodeURIComponent('client/user-name-is-not-email'))
    .replaceAll(/:\w+/g, 'nobody')}`

t.test('TS-170 each operation that changes something has an entry, and no other one', async t => {
  const { callApi, tenant } = await buildTestConsole(t)
  const all: readonly (readonly [string, Operation])[] = Object.entries(operations)
  const recorded: string[] = []
  for (const [id, operation] of all) {
    const { method, response } = operation
    // A stream does not end.
    if ('content' in response) continue
    const earlier = (await listEntries(callApi)).length
    const { status } = await callApi(
      method,
      pathOf(operation, id === 'deleteTenant' ? 'nobody' : tenant.id),
      operation.body ? (bodies[id] ?? {}) : undefined,
    )
    const entries = await listEntries(callApi)
    if (!isChange(operation)) {
      t.equal(entries.length, earlier, `${id} has no entry`)
      continue
    }
    recorded.push(id)
    t.equal(entries.length, earlier + 1, `${id} has an entry`)
    t.match(entries[0], { operation: id, status }, id)
  }
  t.same(
    recorded,
    all.filter(([, operation]) => isChange(operation)).map(([id]) => id),
  )
})

/** The list of sessions needs the role of a writer, and changes nothing. */
const isChange = ({ method, needs }: Operation): boolean =>
  method !== 'GET' && (needs === 'write' || needs === 'destroy')

/** Valid bodies of operations that require one. */
const bodies: Readonly<Record<string, object>> = {
  createFault: { preset: 'server-error' },
  createIssuer: { kind: 'oauth', issuer: 'https://idp.example', audiences: ['https://scim.example'] },
  setClock: { advance: '1h' },
  declareTypes: { schemas: [], resourceTypes: [] },
  purgeStale: { all: true },
  createConsoleToken: { name: 'ci' },
  muteFinding: { reason: 'It is known.' },
}

t.test('TS-170 a request that is not valid changes nothing, and has no entry', async t => {
  const { callApi } = await buildTestConsole(t)
  t.match(await callApi('POST', '/api/v1/console-tokens', { scope: 'all' }), { status: 400 })
  t.same(await listEntries(callApi), [])
})

t.test('TS-170 without its entry, an operation does not run', async t => {
  const error = new UnavailableError('The database cannot be reached at present.')
  const { callApi, tenant, deps } = await buildTestConsole(t, 'rfc', {
    audit: createAuditTrail(
      { add: () => Promise.reject(error), complete: async () => {} },
      { clock: Date.now, onError: error => t.fail(String(error)) },
    ),
  })
  const before = deps.tenants.tokens(tenant)
  const { status, body } = await callApi('POST', `/api/v1/tenants/${tenant.id}/tokens`)
  t.same([status, body], [503, problem('not-ready', 'Not ready yet', 503, error.message)])
  t.same(deps.tenants.tokens(tenant), before)
})

t.test('TS-170 if the outcome cannot be stored, the response is still that of the operation', async t => {
  const errors: unknown[] = []
  const failure = new Error('disk full')
  const { callApi, deps } = await buildTestConsole(t)
  const trail = createAuditTrail(
    { add: deps.audit.add, complete: () => Promise.reject(failure) },
    { clock: Date.now, onError: error => errors.push(error) },
  )
  const other = await buildTestConsole(t, 'rfc', { audit: trail, auditLog: deps.audit })
  const { status } = await other.callApi('POST', `/api/v1/tenants/${other.tenant.id}/tokens`)
  t.equal(status, 201)
  t.same(errors, [failure])
  t.same(settled(await listEntries(callApi, 'status:none')), [
    {
      ...{ caller: open, operation: 'createToken', tenant: other.tenant.id },
      ...{ objects: [], objectCount: 0, address },
    },
  ])
})

t.test('TS-171 resets, restored snapshots and deleted tenants leave the log and console tokens', async t => {
  const { callApi, tenant } = await buildTestConsole(t)
  const { body: snapshot } = await callApi('POST', '/api/v1/snapshots')
  const { body: token } = await callApi('POST', '/api/v1/console-tokens', { name: 'ci' })
  await callApi('POST', '/api/v1/reset')
  await callApi('POST', '/api/v1/reset', { tenant: tenant.id })
  await callApi('POST', `/api/v1/snapshots/${snapshot.id}/restore`)
  await callApi('DELETE', `/api/v1/tenants/${tenant.id}`)
  t.same(
    (await listEntries(callApi)).map(({ operation, tenant, objects, status }) => [
      operation,
      tenant,
      objects,
      status,
    ]),
    [
      ['deleteTenant', tenant.id, [], 204],
      ['restoreSnapshot', undefined, [snapshot.id, tenant.id], 200],
      ['reset', tenant.id, [tenant.id], 200],
      ['reset', undefined, [tenant.id], 200],
      ['createConsoleToken', undefined, [token.id], 201],
      ['createSnapshot', undefined, [snapshot.id], 201],
    ],
  )
  t.match((await callApi('GET', '/api/v1/console-tokens')).body.items, [{ id: token.id }])
})

t.test('TS-171 the log is searched and read in pages, and cannot be changed', async t => {
  const { callApi } = await buildTestConsole(t)
  for (const fault of ['one', 'two', 'three']) await callApi('DELETE', `/api/v1/faults/${fault}`)
  await callApi('POST', '/api/v1/snapshots')
  const objectsOf = async (path: string) => (await wholeList(callApi, path)).map(({ objects }) => objects[0])
  t.same(await objectsOf('/api/v1/audit?limit=1&q=operation:fault'), ['three', 'two', 'one'])
  t.same(await objectsOf('/api/v1/audit?q=object:two'), ['two'])
  t.same(await objectsOf('/api/v1/audit?q=status:4xx%20-two'), ['three', 'one'])
  t.same(await objectsOf('/api/v1/audit?q=before:1h'), [])
  const { status, body } = await callApi('GET', '/api/v1/audit?q=what:ever')
  t.same(status, 400)
  t.match(body, {
    type: 'urn:scimulator:problem:invalid-query',
    errors: [{ path: 'query.q', at: 0, length: 4, message: /^Unknown filter "what": / }],
  })
  t.match(await callApi('GET', '/api/v1/audit?cursor=x'), {
    status: 400,
    body: { type: 'urn:scimulator:problem:invalid-cursor' },
  })
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    t.equal((await callApi(method, '/api/v1/audit')).status, 405, method)
  }
})

t.test('TS-171 the log is exported as JSON lines and as CSV that executes nothing', async t => {
  const { callApi, console } = await buildTestConsole(t)
  await callApi('DELETE', `/api/v1/faults/${encodeURIComponent('=1+1,"x"')}`)
  await callApi('POST', '/api/v1/snapshots')
  const entries = await listEntries(callApi)
  const json = await console.inject('/api/v1/audit/export?format=ndjson')
  t.match(json.headers, {
    'content-type': 'application/x-ndjson',
    'content-disposition': 'attachment; filename="audit.ndjson"',
  })
  const lines = json.body.trimEnd().split('\n')
  t.same(
    lines.map(line => JSON.parse(line)),
    entries,
  )
  const csv = await callApi('GET', '/api/v1/audit/export?format=csv&q=operation:fault')
  t.match(csv.headers, {
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': 'attachment; filename="audit.csv"',
  })
  const [, entry] = entries
  t.equal(
    csv.body,
    [
      'id,at,caller,name,subject,issuer,authenticationAge,acr,operation,tenant,objects,objectCount,status,problem,address',
      `${entry?.id},${entry?.at},open,,,,,,deleteFault,,"'=1+1,""x""",1,404,not-found,127.0.0.1`,
      '',
    ].join('\r\n'),
  )
  const none = await callApi('GET', '/api/v1/audit/export?format=csv&q=nothing')
  t.match(none.body, /^id,at,[^\n]*\r\n$/)
  t.equal((await callApi('GET', '/api/v1/audit/export?format=xml')).status, 400)
})
