import t from 'tap'
import { createJobHealthMonitor } from '../../../src/analysis/job-health.ts'
import { aUser } from '../../support/samples.ts'
import { buildTestConsole } from './console-app.ts'

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
    t.same(await createJobHealthMonitor(deps.analysis, deps.journal).estimates(), before)
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
      (await createJobHealthMonitor(deps.analysis, deps.journal).estimates()).some(one => one.tenant === id),
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
