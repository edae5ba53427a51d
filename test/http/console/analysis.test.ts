import t from 'tap'
import { createJobHealthMonitor } from '../../../src/insight/analysis/job-health.ts'
import { aUser } from '../../support/samples.ts'
import { patchOp } from '../../support/scim.ts'
import { buildTestConsole, problem, wholeList } from './console-app.ts'

const minute = 60_000

t.test('the cycles of clients', async t => {
  const { callApi, client, tenant, token, another } = await buildTestConsole(t, 'aws')
  const asEntra = { 'user-agent': '' }
  await client.send(
    'GET',
    '/Users?filter=userName+eq+%2200000000-0000-4000-8000-000000000001%22',
    undefined,
    asEntra,
  )
  await client.send('POST', '/Users', aUser('anna'), asEntra)
  const other = await another('rfc')
  await other.client.send('GET', '/Users/nobody', undefined, { 'user-agent': 'curl/8.5.0' })

  t.test('cycles are listed with their counts and the next due time', async t => {
    const { status, body } = await callApi('GET', '/api/v1/cycles')
    t.equal(status, 200)
    const [curl, entra] = body.items
    t.match(entra, {
      tenant: tenant.id,
      token: { ending: token.slice(-4) },
      kind: 'cycle',
      running: true,
      requests: 2,
      created: 1,
      failed: 0,
      next: { overdue: false },
    })
    t.equal(Date.parse(entra.next.expected), Date.parse(entra.started) + 40 * minute)
    t.match(curl, { tenant: other.tenant.id, dialect: 'other', requests: 1, failed: 1 })
    t.equal(curl.next, undefined)
  })

  t.test('cycles are filtered by tenant, paged, and read by id', async t => {
    const whole = (await callApi('GET', '/api/v1/cycles')).body.items
    t.same(await wholeList(callApi, '/api/v1/cycles?limit=1'), whole)
    t.same((await callApi('GET', `/api/v1/cycles?tenant=${tenant.id}`)).body.items, [whole[1]])
    t.same((await callApi('GET', '/api/v1/cycles?tenant=nobody')).body, { items: [] })
    t.same((await callApi('GET', `/api/v1/cycles/${whole[1].id}`)).body, whole[1])
  })

  t.test('an unknown cycle and an invalid cursor are reported', async t => {
    t.same(
      (await callApi('GET', '/api/v1/cycles/nothing')).body,
      problem(
        'not-found',
        'Not found',
        404,
        'There is no cycle "nothing". Cycles are deleted with their last exchange in the journal. GET /api/v1/cycles lists all cycles.',
      ),
    )
    t.equal((await callApi('GET', '/api/v1/cycles?cursor=x')).status, 400)
  })

  t.test('a reset deletes all cycles', async t => {
    await callApi('POST', '/api/v1/reset', { tenant: tenant.id })
    t.match((await callApi('GET', '/api/v1/cycles')).body.items, [{ tenant: other.tenant.id }])
    await callApi('POST', '/api/v1/reset')
    t.same((await callApi('GET', '/api/v1/cycles')).body, { items: [] })
  })
})

t.test('only the newest cycle of a client has the next due time', async t => {
  const { callApi, client } = await buildTestConsole(t, 'rfc')
  const asEntra = { 'user-agent': '' }
  const probe = '/Users?filter=userName+eq+%2200000000-0000-4000-8000-000000000001%22'
  for (const names of [
    ['anna', 'bert'],
    ['carl', 'doug'],
  ]) {
    await client.send('GET', probe, undefined, asEntra)
    for (const name of names) await client.send('POST', '/Users', aUser(name), asEntra)
  }
  const { items } = (await callApi('GET', '/api/v1/cycles')).body
  t.same(
    items.map(({ next }: { next?: object }) => next !== undefined),
    [true, false],
  )
  t.equal((await callApi('GET', `/api/v1/cycles/${items[1].id}`)).body.next, undefined)
})

t.test('the findings of a client', async t => {
  const { callApi, asEntra: client, client: script, tenant, another } = await buildTestConsole(t, 'aws')
  const anna = await client.create('Users', aUser('anna'))
  const change = (title: string) =>
    client.send('PATCH', `/Users/${anna.id}`, patchOp({ op: 'Replace', path: 'title', value: title }))
  for (let number = 1; number <= 6; number++) await change(`Title ${number}`)
  const other = await another('rfc')

  const findCapitals = async (query = '') =>
    (await callApi('GET', `/api/v1/findings${query}`)).body.items.filter(
      ({ id }: { id: string }) => id === 'client/capitalised-operations',
    )

  t.test('a finding has reason, fix and evidence, and the response waits for the analysis', async t => {
    const { status, body } = await callApi('GET', '/api/v1/findings')
    t.equal(status, 200)
    t.equal(body.waiting, 0)
    const [group] = await findCapitals()
    t.match(group, {
      severity: 'note',
      title: 'Capitalized PATCH operations',
      reason: /\w/,
      remedy: /\w/,
      basis: 'documented',
      tenant: tenant.id,
      origin: 'provisioning',
      count: 6,
      subjects: 1,
    })
    t.equal(group.evidence.length, 5)
    const [newest] = (await callApi('GET', '/api/v1/exchanges?limit=1')).body.items
    const { id: exchange, at, tenantTime } = newest
    t.match(group.evidence[0], { exchange, at, tenantTime, subject: 'anna', detail: /Replace/ })
    t.match(group, { last: at, tenantLast: tenantTime })
  })

  t.test('findings of other clients are listed apart', async t => {
    await script.patch(`/Users/${anna.id}`, { op: 'Replace', path: 'title', value: 'By hand' })
    const check = { 'user-agent': 'scim-compliance' }
    const marked = patchOp({ op: 'Replace', path: 'title', value: 'scim-check-k3f9a-1' })
    await script.send('PATCH', `/Users/${anna.id}`, marked, check)
    t.same(
      (await findCapitals()).map(({ origin, count }: { origin: string; count: number }) => [origin, count]),
      [
        ['compliance', 1],
        ['ad-hoc', 1],
        ['provisioning', 6],
      ],
    )
  })

  t.test('a finding is muted with a reason, also by its next occurrences, and unmuted', async t => {
    const address = (finding: string, id = tenant.id) =>
      `/api/v1/tenants/${id}/muted-findings/${encodeURIComponent(finding)}`
    const capitals = address('client/capitalised-operations')
    const muted = await callApi('PUT', capitals, { reason: ' Entra’s default ' })
    t.match(muted, { status: 200, body: { reason: 'Entra’s default', at: String } })
    await change('Title 7')
    const mutes = (await findCapitals()).map(({ mute }: { mute?: object }) => mute)
    t.same(mutes, [muted.body, muted.body, muted.body])
    t.match(await callApi('PUT', capitals, { reason: ' ' }), {
      status: 400,
      body: { errors: [{ path: 'body.reason', message: /Enter the reason/ }] },
    })
    t.same((await findCapitals())[0].mute, muted.body)
    t.match(await callApi('PUT', address('client/capitalized-operations'), { reason: 'x' }), {
      status: 404,
      body: { detail: /Did you mean "client\/capitalised-operations"\?/ },
    })
    t.equal(
      (await callApi('PUT', address('client/capitalised-operations', 'nobody'), { reason: 'x' })).status,
      404,
    )
    t.equal((await callApi('DELETE', capitals)).status, 204)
    t.match(await callApi('DELETE', capitals), { status: 404, body: { detail: /is not muted/ } })
    t.equal((await findCapitals())[0].mute, undefined)
  })

  t.test('findings are filtered by tenant', async t => {
    t.same(await findCapitals(`?tenant=${tenant.id}`), await findCapitals())
    const { analysis, ...none } = (await callApi('GET', `/api/v1/findings?tenant=${other.tenant.id}`)).body
    t.same(none, { items: [], quarantine: [], waiting: 0 })
    t.match(analysis, { current: true, waiting: 0 })
    t.same(
      (await callApi('GET', '/api/v1/findings?tenant=nobody')).body,
      problem(
        'not-found',
        'Not found',
        404,
        'There is no tenant "nobody". GET /api/v1/tenants lists those that exist.',
      ),
    )
  })

  t.test('the response has an estimate of Entra ID’s reaction', async t => {
    const { quarantine } = (await callApi('GET', `/api/v1/findings?tenant=${tenant.id}`)).body
    t.match(quarantine, [{ tenant: tenant.id, status: 'healthy', reason: 'None' }])
  })

  t.test('a reset deletes all findings', async t => {
    await callApi('POST', '/api/v1/reset')
    const { analysis: _, ...none } = (await callApi('GET', '/api/v1/findings')).body
    t.same(none, { items: [], quarantine: [], waiting: 0 })
  })
})

t.test('a finding is marked as injected while a fault was injected into each of its requests', async t => {
  const { callApi, asEntra } = await buildTestConsole(t, 'aws')
  const ofServer = async () =>
    (await callApi('GET', '/api/v1/findings')).body.items
      .filter(({ severity }: { severity: string }) => severity === 'error')
      .map(({ id, count, injected }: Record<string, unknown>) => ({ id, count, injected }))
  const inject = (status: number) =>
    callApi('POST', '/api/v1/faults', { match: { methods: ['POST'] }, effect: { kind: 'status', status } })
  await inject(503)
  for (const name of ['anna', 'bert']) await asEntra.send('POST', '/Users', aUser(name))
  const [found, ...others] = await ofServer()
  t.match(found, { count: 2, injected: true })
  t.same(others, [])
  await callApi('DELETE', '/api/v1/faults')
  await asEntra.send('POST', '/Users', { ...aUser('carl'), displayName: '\u0007' })
  t.match(await ofServer(), [{ injected: undefined }, { id: found.id, injected: true }])
})

const guid = '6d35ec77-4718-4ff0-8c30-280d6e0212e8'
const probe = `/Users?filter=userName+eq+%22${guid}%22`

t.test('GET /findings estimates whether Entra would quarantine the job', async t => {
  const { callApi, asEntra: client, client: script, tenant, deps, another } = await buildTestConsole(t, 'aws')
  const estimates = async (query = '') => (await callApi('GET', `/api/v1/findings${query}`)).body.quarantine
  t.same(await estimates(), [], 'no requests yet')
  for (const name of ['one', 'two', 'three']) await script.post('/Users', aUser(name, { displayName: '' }))
  t.same(await estimates(), [], 'a script is not a provisioning job')

  await client.get(probe)
  for (const name of ['marge', 'barney', 'moe']) await client.post('/Users', aUser(name, { displayName: '' }))
  t.match(await estimates(), [
    {
      tenant: tenant.id,
      status: 'at-risk',
      reason: 'EncounteredEscrowProportionThreshold',
      detail: /^3 of the 3 objects of the newest cycle failed\./,
    },
  ])

  for (const name of ['marge', 'barney', 'moe']) await client.create('Users', aUser(name))
  t.match(await estimates(), [{ tenant: tenant.id, status: 'healthy', reason: 'None' }])
  for (const name of ['four', 'five', 'six']) await script.post('/Users', aUser(name, { displayName: '' }))
  t.match(await estimates(), [{ status: 'healthy' }], 'failures of others say nothing about it')

  t.test('each tenant has an estimate of its own', async t => {
    const other = await another('aws')
    await other.asEntra.post('/Users', aUser('ned', { displayName: '' }))
    t.match(await estimates(`?tenant=${other.tenant.id}`), [{ tenant: other.tenant.id, status: 'at-risk' }])
    t.match(await estimates(`?tenant=${tenant.id}`), [{ tenant: tenant.id, status: 'healthy' }])
    t.equal((await estimates()).length, 2)
  })

  t.test('a restart keeps the estimates', async t => {
    const before = await estimates()
    t.same(await createJobHealthMonitor(deps.analysis, deps.journal, deps.tenants).estimates(), before)
  })

  t.test('a deleted tenant has no estimate, also after another tenant gets its id', async t => {
    const other = await another('aws')
    await other.asEntra.post('/Users', aUser('ned', { displayName: '' }))
    const { id } = other.tenant
    t.match(await estimates(`?tenant=${id}`), [{ tenant: id, status: 'at-risk' }])
    const path = `/api/v1/tenants/${id}`
    await callApi('DELETE', path)
    t.same(
      (await estimates()).filter((one: { tenant: string }) => one.tenant === id),
      [],
    )
    t.same(
      (await createJobHealthMonitor(deps.analysis, deps.journal, deps.tenants).estimates()).some(
        one => one.tenant === id,
      ),
      true,
      'the journal still has its requests',
    )
    await callApi('POST', '/api/v1/tenants', { id, profile: 'aws' })
    t.same(await estimates(`?tenant=${id}`), [])
    await callApi('DELETE', path)
  })

  t.test('a reset deletes the health of the jobs', async t => {
    await callApi('POST', '/api/v1/reset', { tenant: tenant.id })
    t.same(await estimates(`?tenant=${tenant.id}`), [])
    t.equal((await estimates()).length, 1)
    await callApi('POST', '/api/v1/reset')
    t.same(await estimates(), [])
  })
})

t.test('a fault on connection tests means quarantine until it is turned off', async t => {
  const { callApi, asEntra: client, tenant } = await buildTestConsole(t, 'aws')
  const read = async () => (await callApi('GET', '/api/v1/findings')).body
  const activated = await callApi('POST', '/api/v1/faults', {
    match: { tenant: tenant.id },
    effect: { kind: 'status', status: 404 },
  })
  t.equal(activated.status, 201, JSON.stringify(activated.body))
  await client.get(probe)
  const withFault = await read()
  t.match(withFault.quarantine, [
    {
      status: 'quarantined',
      reason: 'EncounteredQuarantineException',
      detail: /^The last connection test returned 404 instead of an empty list\./,
    },
  ])
  t.same(
    withFault.items.map(({ id }: { id: string }) => id),
    ['client/probe-not-empty'],
  )
  await callApi('DELETE', '/api/v1/faults')
  await client.get(probe)
  t.match((await read()).quarantine, [{ status: 'healthy' }])
})
