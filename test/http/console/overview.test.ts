import t from 'tap'
import { maxFailed } from '../../../src/domain/ports/journal.ts'
import { aUser } from '../../support/samples.ts'
import { patchOp } from '../../support/scim.ts'
import { run } from '../cli/run.ts'
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
  const { clock, tokens, analysis, failed, ...overview } = await overviewOf(opened)
  t.match(analysis, { current: true, waiting: 0, summary: 'All requests are analyzed.' })
  t.same(failed, { requests: 0, since: failed.since })
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
    headline: {
      text: 'Nothing has connected yet. Give your identity provider this address and token.',
      parts: [{ kind: 'never-connected' }, { kind: 'enter-address', tone: 'then' }],
    },
  })
  t.equal(clock.offset, 0)
  t.match(tokens, [{ ending: token.slice(-4), expired: false }])
})

t.test('while requests wait for the analysis, nothing is judged or expected', async t => {
  const opened = await buildTestConsole(t, 'aws')
  const { asEntra, callApi, advance, deps, tenant } = opened
  const quarantine = async () => (await callApi('GET', '/api/v1/findings')).body.quarantine
  await asEntra.send('GET', probe)
  for (const name of ['anna', 'bert']) await asEntra.create('Users', aUser(name))
  const before = await overviewOf(opened)
  t.match(before, { job: { status: 'healthy' }, analysis: { current: true }, failed: { requests: 0 } })
  t.match(await quarantine(), [{ tenant: tenant.id, status: 'healthy' }])

  await deps.analysis.stop()
  await advance(120 * minute)
  for (let at = 0; at < 600; at++)
    await asEntra.send('POST', '/Users', { ...aUser('carl'), displayName: '\u0007' })
  const after = await overviewOf(opened)
  const [last] = (await callApi('GET', '/api/v1/exchanges?limit=1')).body.items
  // An estimate if the requests before took long enough to show how fast the analysis is.
  const { analyzed, total, summary, seconds: _seconds, ...progress } = after.analysis
  const { since, until: readUntil } = progress
  t.same(progress, { current: false, waiting: 600, since, until: readUntil })
  t.equal(total, analyzed + 600)
  const analyzingText = new RegExp(`^Analyzing ${analyzed} of ${total} requests(, ready in [a-z0-9 ]+)?\\.$`)
  t.match(summary, analyzingText)
  t.match(after.job, { status: 'analyzing', reason: 'None', detail: after.analysis.summary })
  const { next: _next, ...newest } = before.newest
  t.same({ ...after.newest, running: false }, { ...newest, running: false })
  t.same(after.failed, {
    requests: 600,
    since: after.failed.since,
    last: { exchange: last.id, at: last.at, tenantTime: last.tenantTime, status: 400 },
  })
  t.match(await quarantine(), [{ tenant: tenant.id, status: 'analyzing', detail: analyzingText }])
  t.equal((await callApi('GET', '/api/v1/cycles')).body.items[0].next, undefined)

  const consoleUrl = await opened.console.listen({ port: 0, host: '127.0.0.1' })
  const { out } = await run(['overview', '--console', consoleUrl, '--tenant', tenant.id])
  const [sentence, , , analyzing = '', until = '', cycle = '', failed = '', ...rest] = out.split('\n')
  t.match(sentence, /^First cycle .*: 2 created\. Clock 2 h ahead\. Analyzing \d+ of \d+ requests/)
  t.match(analyzing, /^job +not known yet\. Analyzing \d+ of 6\d\d requests(, ready in [a-z0-9 ]+)?\.$/)
  t.match(until, /^analyzed until +2\d{3}-/)
  t.match(cycle, /^newest cycle .* \(newest analyzed\)$/)
  t.match(failed, /^failed +600 requests since .*, the last one at /)
  t.notMatch(rest.join('\n'), /in sync|failing|next cycle|overdue/)
  const findings = await run(['findings', '--console', consoleUrl])
  const counted = deps.journal.failed
  deps.journal.failed = async (...of) => ({ ...(await counted(...of)), count: maxFailed })
  t.match(await overviewOf(opened), { failed: { requests: maxFailed, more: true } })
  const many = await run(['overview', '--console', consoleUrl, '--tenant', tenant.id])
  t.match(many.out, /^failed +at least 10000 requests since /m)
  deps.journal.failed = counted
  t.match(
    findings.out,
    /Analyzing \d+ of 6\d\d requests(, ready in [a-z0-9 ]+)?\. Findings include\s+requests until /,
  )

  deps.analysis.start()
  t.equal(await deps.analysis.caughtUp(60_000), true)
  const { job, analysis } = await overviewOf(opened)
  t.match(job, { status: 'at-risk', failing: 1 })
  const marked = await run(['findings', '--console', consoleUrl])
  t.match(marked.out, /600 requests, 1 object, last at \S+ \+2 h$/m)
  t.match(analysis, { current: true, waiting: 0, summary: 'All requests are analyzed.' })
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

t.test('all objects that fail are listed in pages, by type', async t => {
  const { asEntra, callApi, advance, tenant } = await buildTestConsole(t, 'aws')
  const post = (name: string, displayName = 'Bell\u0007') =>
    asEntra.send('POST', '/Users', { ...aUser(name), displayName })
  const path = `/api/v1/tenants/${tenant.id}/failures`
  await asEntra.send('GET', probe)
  await post('carl')
  await advance(40 * minute)
  await post('carl')
  await post('dora')
  const { body } = await callApi('GET', `${path}?limit=1`)
  t.match(body, { items: [{ label: 'dora', attempts: 1 }], total: 2 })
  const rest = (await callApi('GET', `${path}?limit=1&cursor=${body.next}`)).body
  t.match(rest, { items: [{ label: 'carl', attempts: 2, id: undefined }], next: undefined, total: 2 })
  const [{ since, tenantTime }] = rest.items
  t.ok(Date.parse(tenantTime) - Date.parse(since) >= 40 * minute, 'since the first attempt')
  t.match((await callApi('GET', `${path}?type=Group`)).body, {
    items: { length: 0 },
    total: 0,
    analysis: { current: true },
  })
  await post('dora', 'Dora')
  t.match((await callApi('GET', path)).body, { items: [{ label: 'carl' }], total: 1 })
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
    t.equal(failures[0].id, undefined, 'it was never created')
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

  t.test('the changes of a cycle are one comparison, with equal changes together', async t => {
    await advance(40 * minute)
    await asEntra.send('GET', probe)
    const users = [await asEntra.create('Users', aUser('dora')), await asEntra.create('Users', aUser('emil'))]
    const group = await asEntra.create('Groups', { displayName: 'Reactor' })
    await advance(40 * minute)
    await asEntra.send('GET', probe)
    const set = (id: unknown, path: string, value: unknown) =>
      asEntra.send('PATCH', `/Users/${id}`, patchOp({ op: 'Replace', path, value }))
    for (const { id } of users) await set(id, 'title', 'Boss')
    await set(anna.id, 'displayName', 'Other')
    await set(anna.id, 'displayName', aUser('anna').displayName)
    const member = (op: string, id: unknown) =>
      asEntra.send('PATCH', `/Groups/${group.id}`, patchOp({ op, path: 'members', value: [{ value: id }] }))
    await member('Add', users[0]?.id)
    await member('Add', users[1]?.id)
    await member('Remove', users[1]?.id)
    const created = await asEntra.create('Users', aUser('fred'))
    const { cycles } = await overviewOf(opened)
    const [dora, emil] = users.map(({ id }) => id)
    const reported = await callApi('GET', `/api/v1/cycles/${cycles.at(-1).id}/changes`)
    t.same(reported.body, {
      types: [
        {
          type: 'User',
          created: { count: 1, items: [{ id: created.id, label: 'fred' }] },
          deleted: { count: 0, items: [] },
          attributes: [
            {
              path: 'title',
              count: 2,
              changes: [
                {
                  kind: 'added',
                  after: 'Boss',
                  resources: [
                    { id: dora, label: 'dora' },
                    { id: emil, label: 'emil' },
                  ],
                },
              ],
            },
          ],
        },
      ],
      groups: [
        {
          group: { id: group.id, type: 'Group', display: 'Reactor' },
          joined: [{ id: dora, type: 'User', display: aUser('dora').displayName }],
          left: [],
        },
      ],
      requests: 8,
      complete: true,
      names: {},
    })
  })

  t.test('the requests per second of a cycle are compared with the limits of AWS', async t => {
    const { cycles } = await overviewOf(opened)
    const [{ id, requests }] = cycles.slice(-1)
    const { body } = await callApi('GET', `/api/v1/cycles/${id}/rate`)
    t.match(body, { limits: { reads: 40, writes: 25 }, throttled: 0, complete: true })
    const sum = (kind: string) =>
      body.seconds.reduce((total: number, second: Record<string, number>) => total + (second[kind] ?? 0), 0)
    t.equal(sum('reads') + sum('writes'), requests)
    t.equal((await callApi('GET', '/api/v1/cycles/none/rate')).status, 404)
  })

  t.test('the map of failures has the rules and the attributes that they reject', async t => {
    const { body } = await callApi('GET', `/api/v1/tenants/${tenant.id}/failure-map`)
    t.match(body.rows[0], { rule: /^aws\//, cells: [{ attribute: 'displayName', count: 2 }] })
  })

  t.test(
    'a search is counted, and finds requests of no cycle and those by the clock of the tenant',
    async t => {
      const count = async (q: string) =>
        (await callApi('GET', `/api/v1/exchanges/count?q=${encodeURIComponent(q)}`)).body
      t.same(await count('user:carl status:400'), { count: 2, complete: true })
      await client.send('GET', '/Users', undefined, { authorization: 'Bearer unknown' })
      await overviewOf(opened)
      t.same(await count('-cycle:any'), { count: 1, complete: true })
      const { cycles } = await overviewOf(opened)
      const since = cycles.at(-1).tenantStarted
      t.same(await count(`tenant-after:${since} operation:create`), { count: 1, complete: true })
      t.same(await count(`after:${since}`), { count: 0, complete: true }, 'the server is behind')
      t.equal((await callApi('GET', '/api/v1/exchanges/count?q=stats:4')).status, 400)
    },
  )

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

t.test(
  'commands print the address of the page about a finding, and nothing without documentation',
  async t => {
    const commandsOf = async (settings: Parameters<typeof buildTestConsole>[2]) => {
      const opened = await buildTestConsole(t, 'aws', settings)
      const { asEntra, console, callApi } = opened
      const url = await console.listen({ port: 0, host: '127.0.0.1' })
      await asEntra.send('GET', probe)
      for (const name of ['anna', 'bert'])
        await asEntra.send('POST', '/Users', { ...aUser(name), displayName: '\u0007' })
      await overviewOf(opened)
      const [{ id }] = (await callApi('GET', '/api/v1/exchanges?limit=1')).body.items
      const pagesIn = async (...args: readonly string[]) =>
        (await run(['--console', url, ...args])).out
          .split('\n')
          .filter(line => /^ *more/i.test(line))
          .sort()
      return {
        url,
        printed: [
          await pagesIn('overview'),
          await pagesIn('journal', 'explain', id),
          await pagesIn('findings'),
        ],
      }
    }
    const { url, printed } = await commandsOf({ docs: { pages: '/docs/{page}.html' } })
    const pageOf = (finding: string) => `${url}/docs/findings/${finding}.html`
    const all = ['aws/text-characters', 'client/no-email', 'client/no-external-id'].map(pageOf)
    t.same(printed, [
      [`more  ${pageOf('aws/text-characters')}`],
      all.map(page => `  More: ${page}`),
      all.map(page => `  more     ${page}`),
    ])
    t.same((await commandsOf({})).printed, [[], [], []])
  },
)
