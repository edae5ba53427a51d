import t from 'tap'
import { aUser } from '../../support/samples.ts'
import { patchOp } from '../../support/scim.ts'
import { buildTestConsole, problem, type TestConsole } from './console-app.ts'

const minute = 60_000
const probe = '/Users?filter=userName+eq+%2200000000-0000-4000-8000-000000000001%22'

const overviewOf = async ({ callApi, tenant }: Pick<TestConsole, 'callApi' | 'tenant'>) => {
  const { status, body } = await callApi('GET', `/api/v1/tenants/${tenant.id}/overview`)
  t.equal(status, 200)
  return body
}

t.test('a tenant without requests has no job, no cycles and no failures', async t => {
  const opened = await buildTestConsole(t, 'aws')
  const { token, tenant } = opened
  const { clock, tokens, ...overview } = await overviewOf(opened)
  t.same(overview, {
    tenant: tenant.id,
    counts: {
      User: { active: 0, disabled: 0, retained: 0, removed: 0 },
      Group: { active: 0, disabled: 0, retained: 0, removed: 0 },
    },
    inSync: 0,
    failures: [],
    cycles: [],
    waiting: 0,
  })
  t.equal(clock.offset, 0)
  t.match(tokens, [{ ending: token.slice(-4), expired: false }])
})

t.test('an unknown tenant is reported', async t => {
  const { callApi } = await buildTestConsole(t)
  t.same(
    (await callApi('GET', '/api/v1/tenants/nobody/overview')).body,
    problem(
      'not-found',
      'Not found',
      404,
      'There is no tenant "nobody". GET /api/v1/tenants lists those that exist.',
    ),
  )
})

t.test('the overview of a job', async t => {
  const opened = await buildTestConsole(t, 'aws')
  const { asEntra, client, callApi, advance, tenant } = opened
  const post = (name: string, values: object = {}) =>
    asEntra.send('POST', '/Users', { ...aUser(name), ...values })

  await asEntra.send('GET', probe)
  const anna = await asEntra.create('Users', aUser('anna'))
  await post('bert')
  await post('carl', { displayName: 'Carl\u0007' })
  await advance(40 * minute)
  await asEntra.send('GET', probe)
  await asEntra.send('PATCH', `/Users/${anna.id}`, patchOp({ op: 'Replace', path: 'active', value: false }))
  await post('carl', { displayName: 'Carl\u0007' })
  await client.send('GET', '/Users/nobody', undefined, { 'user-agent': 'curl/8.5.0' })

  t.test('it counts objects by status, and those in sync', async t => {
    const { counts, inSync, job } = await overviewOf(opened)
    t.same(counts.User, { active: 1, disabled: 1, retained: 0, removed: 0 })
    t.equal(inSync, 2)
    t.match(job, {
      status: 'at-risk',
      objects: 3,
      failing: 1,
      failingReferences: 0,
      threshold: { objects: 5000, share: 0.4 },
    })
  })

  t.test(
    'it has a bar per cycle of a provisioning service, oldest first, with moves of the clock',
    async t => {
      const { cycles, newest } = await overviewOf(opened)
      t.match(cycles, [
        { kind: 'cycle', client: 'entra', created: 2, modified: 0, disabled: 0, deleted: 0, failed: 1 },
        { kind: 'cycle', client: 'entra', created: 0, disabled: 1, failed: 1, clockMoved: 40 * minute },
      ])
      t.equal(cycles.length, 2)
      t.equal(cycles[0].clockMoved, undefined)
      t.same(newest, (await callApi('GET', `/api/v1/cycles/${cycles[1].id}`)).body)
      t.equal(Date.parse(newest.next.tenantExpected), Date.parse(newest.tenantStarted) + 40 * minute)
    },
  )

  t.test('it lists objects that fail, once each, with the reason', async t => {
    const { failures } = await overviewOf(opened)
    const [last] = (await callApi('GET', `/api/v1/exchanges?limit=1&q=${encodeURIComponent('user:carl')}`))
      .body.items
    t.match(failures, [
      {
        exchange: last.id,
        at: last.at,
        tenantTime: last.tenantTime,
        status: 400,
        action: 'create user',
        type: 'User',
        label: 'carl',
        attempts: 2,
        reason: /displayName/,
        finding: /^aws\//,
      },
    ])
    t.equal(failures.length, 1)
  })

  t.test('an object that no longer fails is in sync', async t => {
    await post('carl')
    const { failures, inSync, job } = await overviewOf(opened)
    t.same(failures, [])
    t.equal(inSync, 3)
    t.equal(job.failing, 0)
  })

  t.test('an injected fault is counted in its cycle, and is the reason of the failure', async t => {
    await callApi('POST', '/api/v1/faults', { match: {}, effect: { kind: 'status', status: 503 } })
    await asEntra.send('PATCH', `/Users/${anna.id}`, patchOp({ op: 'Replace', path: 'title', value: 'A' }))
    await callApi('DELETE', '/api/v1/faults')
    const { failures, cycles, inSync } = await overviewOf(opened)
    t.match(failures, [{ status: 503, label: 'anna', attempts: 1, reason: /^Injected fault: / }])
    t.equal(cycles.at(-1).faults, 1)
    t.equal(inSync, 2)
  })

  t.test('a reset starts over', async t => {
    await callApi('POST', '/api/v1/reset', { tenant: tenant.id })
    const { job, cycles, failures, newest, inSync } = await overviewOf(opened)
    t.same(
      { job, cycles, failures, newest, inSync },
      {
        job: undefined,
        cycles: [],
        failures: [],
        newest: undefined,
        inSync: 0,
      },
    )
  })
})
