import t from 'tap'
import { shareCounts } from '../../../src/console/gauges.ts'
import { watchEvents } from '../../support/event-stream.ts'
import { buildTestConsole } from './console-app.ts'

/** The samples of one metric, by their labels. */
const samplesOf = (text: string, name: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .map(line => {
        const at = line.lastIndexOf(' ')
        return [line.slice(name.length, at), Number(line.slice(at + 1))]
      }),
  )

/** A user that each profile accepts. */
const nameOf = (user: string, displayName = user) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  userName: user,
  displayName,
  active: true,
  name: { givenName: user, familyName: user },
})

t.test('/metrics', async t => {
  const { callApi, client, asEntra, tenant, token, deps, app, advance, console } = await buildTestConsole(
    t,
    'aws',
  )
  await console.ready()
  const { id } = tenant
  const metrics = async (): Promise<string> => (await callApi('GET', '/metrics')).body

  t.test('requests are counted by tenant, profile, method and class of status', async t => {
    const barney = await client.create('Users', nameOf('barney'))
    await client.create('Users', nameOf('moe'))
    await client.get(`/Users/${barney.id}`)
    await client.get('/Users/nobody')
    await app.inject({ method: 'PROPFIND' as 'GET', url: `/${id}/scim/v2/Users` })
    await app.inject({ method: 'GET', url: '/nowhere' })
    // Waits for requests that are not recorded yet.
    await deps.journal.page({ limit: 1 })
    const text = await metrics()
    const labels = (method: string, status: string) =>
      `{tenant="${id}",profile="aws",method="${method}",status="${status}"}`
    t.match(samplesOf(text, 'scimulator_exchanges_total'), {
      [labels('POST', '2xx')]: 2,
      [labels('GET', '2xx')]: 1,
      [labels('GET', '4xx')]: 1,
    })
    t.equal(samplesOf(text, 'scimulator_exchange_seconds_count')['{method="POST"}'], 2)
    t.notMatch(text, /PROPFIND|nowhere/, 'text of a client is not a label')
  })

  t.test('resources are counted by type and status', async t => {
    const { body } = await client.get('/Users?filter=userName%20eq%20%22moe%22')
    await client.patch(`/Users/${body.Resources[0].id}`, { op: 'replace', path: 'active', value: false })
    t.match(samplesOf(await metrics(), 'scimulator_identities'), {
      [`{tenant="${id}",type="User",status="active"}`]: 1,
      [`{tenant="${id}",type="User",status="disabled"}`]: 1,
    })
  })

  t.test('rejected requests are counted by reason and by rule of the profile', async t => {
    await app.inject({ method: 'GET', url: `/${id}/scim/v2/Users` })
    await app.inject({
      method: 'GET',
      url: '/x/scim/v2/Users',
      headers: { authorization: 'Bearer secret-one' },
    })
    const { status } = await client.post('/Users', {
      ...nameOf('x'),
      emails: [{ value: 'a@x' }, { value: 'b@x' }],
    })
    t.equal(status, 400)
    const text = await metrics()
    const reasons = samplesOf(text, 'scimulator_token_rejections_total')
    t.equal(reasons[`{tenant="${id}",reason="missing"}`], 2)
    t.equal(reasons['{tenant="",reason="unknown"}'], 1)
    const { items } = await deps.journal.page({ limit: 1 })
    t.equal(
      samplesOf(text, 'scimulator_rule_rejections_total')[`{tenant="${id}",rule="${items[0]?.rule}"}`],
      1,
    )
    t.notMatch(text, 'secret-one')
    t.notMatch(text, token)
  })

  t.test('the seconds until a token expires follow its tenant’s clock', async t => {
    const left = async () => Object.values(samplesOf(await metrics(), 'scimulator_token_expires_seconds'))
    const day = 24 * 60 * 60
    const [before = 0] = await left()
    t.ok(before > 364 * day && before <= 366 * day)
    await advance(400 * day * 1000)
    t.match(await left(), [Number])
    t.ok(((await left())[0] ?? 0) < 0)
  })

  t.test('findings are counted, and the last request of a client has its time', async t => {
    await callApi('GET', '/api/v1/findings')
    t.same(
      samplesOf(await metrics(), 'scimulator_cycle_last_request_timestamp_seconds'),
      {},
      'provisioning services only',
    )
    await asEntra.get('/Users?filter=userName+eq+%2200000000-0000-4000-8000-000000000001%22')
    await callApi('GET', '/api/v1/findings')
    const text = await metrics()
    t.ok(
      samplesOf(text, 'scimulator_findings')[`{tenant="${id}",id="client/no-external-id",origin="ad-hoc"}`],
    )
    t.ok(samplesOf(text, 'scimulator_cycles_total')[`{tenant="${id}",client="ad-hoc"}`])
    t.equal(samplesOf(text, 'scimulator_cycles_total')[`{tenant="${id}",client="entra"}`], 1)
    const [last = 0] = Object.values(samplesOf(text, 'scimulator_cycle_last_request_timestamp_seconds'))
    t.ok(Math.abs(last * 1000 - Date.now()) < 600_000)
    t.same(samplesOf(text, 'scimulator_analysis_waiting'), { '': 0 })
  })

  t.test('active faults and their hits are counted', async t => {
    await callApi('POST', '/api/v1/faults', { match: {}, effect: { kind: 'status', status: 503 } })
    await client.get('/Users')
    const text = await metrics()
    t.same(samplesOf(text, 'scimulator_faults_active'), { '': 1 })
    t.same(samplesOf(text, 'scimulator_fault_hits_total'), { [`{tenant="${id}"}`]: 1 })
    await callApi('DELETE', '/api/v1/faults')
  })

  t.test('the size of the journal is measured, and a reset clears the counters', async t => {
    const { items } = (await callApi('GET', '/api/v1/exchanges?limit=200')).body
    t.same(samplesOf(await metrics(), 'scimulator_journal_exchanges'), { '': items.length })
    await callApi('POST', '/api/v1/reset')
    const text = await metrics()
    t.same(samplesOf(text, 'scimulator_journal_exchanges'), { '': 0 })
    t.same(samplesOf(text, 'scimulator_findings'), {})
  })

  t.test('Node.js metrics and the version are included', async t => {
    const { headers, body } = await callApi('GET', '/metrics')
    t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
    t.ok(samplesOf(body, 'process_resident_memory_bytes')[''])
    t.same(samplesOf(body, 'scimulator_info'), { '{version="1.2.3"}': 1 })
    const lines: readonly string[] = body.split('\n')
    t.same(
      lines.filter(line => !/^$|^# (HELP|TYPE) |^[a-z_0-9]+(\{[^{}]*\})? \S+$/.test(line)),
      [],
    )
  })
})

t.test('the status of a job, its failing objects and the results of its newest cycle', async t => {
  const { callApi, asEntra, tenant } = await buildTestConsole(t, 'aws')
  const { id } = tenant
  await asEntra.create('Users', nameOf('lisa'))
  const { status } = await asEntra.post('/Users', nameOf('bart', ''))
  t.equal(status, 400)
  await callApi('GET', '/api/v1/findings')
  const text = (await callApi('GET', '/metrics')).body
  const estimate = (await callApi('GET', '/api/v1/findings')).body.quarantine[0].status
  t.equal(estimate, 'at-risk')
  t.same(samplesOf(text, 'scimulator_job_status'), {
    [`{tenant="${id}",status="healthy"}`]: 0,
    [`{tenant="${id}",status="at-risk"}`]: 1,
    [`{tenant="${id}",status="quarantined"}`]: 0,
  })
  t.same(samplesOf(text, 'scimulator_failing_objects'), {
    [`{tenant="${id}",kind="object"}`]: 1,
    [`{tenant="${id}",kind="reference"}`]: 0,
  })
  const results = { created: 1, modified: 0, disabled: 0, deleted: 0, failed: 1 }
  t.same(
    samplesOf(text, 'scimulator_cycle_results'),
    Object.fromEntries(
      Object.entries(results).map(([result, count]) => [`{tenant="${id}",result="${result}"}`, count]),
    ),
  )
})

t.test('the number of samples does not grow with the directory', async t => {
  const { callApi, asEntra } = await buildTestConsole(t, 'aws')
  const count = async () => {
    await callApi('GET', '/api/v1/findings')
    const lines: readonly string[] = (await callApi('GET', '/metrics')).body.split('\n')
    return lines.filter(line => line.startsWith('scimulator_')).length
  }
  const provision = async (name: string) => {
    await asEntra.create('Users', nameOf(name))
    await asEntra.post('/Users', nameOf(`${name}-refused`, ''))
  }
  await provision('first')
  const before = await count()
  for (let at = 0; at < 20; at++) await provision(`user-${at}`)
  t.equal(await count(), before)
})

t.test('a deleted tenant leaves no series, and its requests stay in the durations', async t => {
  const { callApi, asEntra, client, tenant, app, another } = await buildTestConsole(t, 'aws')
  const isOfTenant = (line: string) => line.includes(`tenant="${tenant.id}"`)
  /** Without the times until a token expires, and without the metrics of the process, which change by themselves. */
  const scrape = async (): Promise<readonly string[]> => {
    await callApi('GET', '/api/v1/findings')
    const lines: readonly string[] = (await callApi('GET', '/metrics')).body.split('\n')
    return lines
      .filter(line => line.startsWith('scimulator_'))
      .map(line => (line.includes('_expires_') ? line.slice(0, line.lastIndexOf(' ')) : line))
  }
  const other = await another('rfc')
  await other.client.create('Users', nameOf('homer'))
  await asEntra.create('Users', nameOf('lisa'))
  await asEntra.post('/Users', nameOf('bart', ''))
  const fault = { match: { tenant: tenant.id }, effect: { kind: 'status', status: 503 } }
  await callApi('POST', '/api/v1/faults', fault)
  await client.get('/Users')
  await callApi('DELETE', '/api/v1/faults')
  const requestWithoutToken = () => app.inject({ method: 'GET', url: `/${tenant.id}/scim/v2/Users` })
  await requestWithoutToken()
  await requestWithoutToken()

  const before = await scrape()
  t.same([...new Set(before.filter(isOfTenant).map(line => line.split('{')[0]))].toSorted(), [
    'scimulator_cycle_last_request_timestamp_seconds',
    'scimulator_cycle_results',
    'scimulator_cycles_total',
    'scimulator_exchanges_total',
    'scimulator_failing_objects',
    'scimulator_fault_hits_total',
    'scimulator_findings',
    'scimulator_identities',
    'scimulator_job_status',
    'scimulator_rule_rejections_total',
    'scimulator_token_expires_seconds',
    'scimulator_token_rejections_total',
  ])
  t.equal((await callApi('DELETE', `/api/v1/tenants/${tenant.id}`)).status, 204)
  t.same(
    await scrape(),
    before.filter(line => !isOfTenant(line)),
  )

  await callApi('POST', '/api/v1/tenants', { id: tenant.id, profile: 'aws' })
  await requestWithoutToken()
  t.same(
    (await scrape()).filter(line => isOfTenant(line) && line.includes('_total{')),
    [
      `scimulator_exchanges_total{tenant="${tenant.id}",profile="aws",method="GET",status="4xx"} 1`,
      `scimulator_token_rejections_total{tenant="${tenant.id}",reason="missing"} 1`,
    ],
    'a new tenant with its ID is counted from the start',
  )
})

t.test('open event streams are counted', async t => {
  const { callApi, console } = await buildTestConsole(t)
  const url = await console.listen({ host: '127.0.0.1', port: 0 })
  const open = async () => samplesOf((await callApi('GET', '/metrics')).body, 'scimulator_event_streams')['']
  t.equal(await open(), 0)
  const stream = await watchEvents(t, `${url}/api/v1/events`)
  t.equal(await open(), 1)
  stream.close()
  while ((await open()) !== 0) await new Promise(setImmediate)
})

t.test('/metrics requires the console token, and rejects pages of other origins', async t => {
  const { callApi } = await buildTestConsole(t, 'rfc', { token: 'correct-horse', hosts: 'any' })
  t.equal((await callApi('GET', '/metrics')).status, 401)
  const authorization = 'Bearer correct-horse'
  t.equal((await callApi('GET', '/metrics', undefined, { authorization })).status, 200)
  const foreign = { authorization, 'sec-fetch-site': 'same-site' }
  t.equal((await callApi('GET', '/metrics', undefined, foreign)).status, 403)
})

t.test('a long count is shared by scrapes, and repeated while its last result is used', async t => {
  let counts = 0
  let now = 0
  const count = shareCounts(
    async () => {
      now += 2000
      return ++counts
    },
    () => now,
  )
  t.same(await Promise.all([count(), count()]), [1, 1])
  t.equal(await count(), 1)
  now += 100_000
  t.equal(await count(), 1, 'while the next count runs')
  await new Promise(setImmediate)
  t.equal(await count(), 2)
})

t.test('a short count is repeated for each scrape, and an error is not kept', async t => {
  let counts = 0
  const count = shareCounts(async () => {
    if (++counts === 2) throw new Error('busy')
    return counts
  })
  t.equal(await count(), 1)
  await t.rejects(count(), { message: 'busy' })
  t.equal(await count(), 3)
})

t.test('a tenant with more than 1,000 disabled and deleted resources is counted once a minute', async t => {
  let now = Date.now()
  const { callApi, deps, tenant, another } = await buildTestConsole(t, 'aws', { clock: () => now })
  const few = (await another('aws')).tenant
  const counted: (readonly number[])[] = []
  let active = 0
  deps.directory.counts = async keys => {
    counted.push(keys)
    active++
    return keys.map(key => ({
      User: { active, disabled: key === few.key ? 500 : 501, retained: 400, removed: 0 },
      Group: { active: 0, disabled: 0, retained: 0, removed: 100 },
    }))
  }
  const scrape = async () => {
    counted.length = 0
    const samples = samplesOf((await callApi('GET', '/metrics')).body, 'scimulator_identities')
    const shown = [tenant, few].map(({ id }) => samples[`{tenant="${id}",type="User",status="active"}`])
    return { counted: [...counted], shown }
  }
  t.same(await scrape(), { counted: [[tenant.key, few.key]], shown: [1, 1] })
  now += 59_999
  t.same(await scrape(), { counted: [[few.key]], shown: [1, 2] })
  now += 1
  t.same(await scrape(), { counted: [[tenant.key, few.key]], shown: [3, 3] })
  now -= 60_000
  t.same(await scrape(), { counted: [[tenant.key, few.key]], shown: [4, 4] }, 'the clock was set back')
  await callApi('DELETE', `/api/v1/tenants/${few.id}`)
  t.same(await scrape(), { counted: [], shown: [4, undefined] })
})

t.test('a scrape counts the journal once, whatever it stores', async t => {
  const { callApi, deps } = await buildTestConsole(t)
  let extents = 0
  const extent = deps.journal.extent
  deps.journal.extent = () => {
    extents++
    return extent()
  }
  await callApi('GET', '/metrics')
  t.equal(extents, 1)
})
