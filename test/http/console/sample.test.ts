import t from 'tap'
import { buildTestConsole, problem, wholeList } from './console-app.ts'

const profiles = ['aws', 'entra', 'rfc'] as const

/** Connection tests, users, groups and later members. */
const second = 3 + 7 + 4 + 8

for (const profile of profiles) {
  t.test(`Springfield is provisioned under ${profile} without rejected requests`, async t => {
    const { callApi, tenant, deps } = await buildTestConsole(t, profile)
    const path = `/api/v1/tenants/${tenant.id}`
    const managers = profile === 'rfc' ? 0 : 4
    t.same(await callApi('POST', `${path}/sample`).then(({ status, body }) => ({ status, body })), {
      status: 200,
      body: { requests: 36 + 2 * managers, created: 10, modified: 8 + managers, failed: 0 },
    })
    const users = await wholeList(callApi, `${path}/users`)
    const groups = await wholeList(callApi, `${path}/groups`)
    t.same(users.map(({ label }) => label).sort(), [
      'barney.gumble@springfield.example',
      'carl.carlson@springfield.example',
      'edna.krabappel@springfield.example',
      'lenny.leonard@springfield.example',
      'lisa.simpson@springfield.example',
      'marge.simpson@springfield.example',
    ])
    t.same(groups.map(({ label }) => label).sort(), [
      'Network Operators',
      'Security Admins',
      'Security Auditors',
      'Systems Operators',
    ])
    const { items } = await deps.journal.page({ limit: 200 })
    t.same(Object.keys(Object.groupBy(items, ({ token }) => String(token?.ending))), ['undefined'])

    t.test('a second run matches all objects', async t => {
      const counts = async () => (await callApi('GET', path)).body.counts
      const before = [await counts(), await wholeList(callApi, `${path}/users`)]
      t.same((await callApi('POST', `${path}/sample`)).body, {
        requests: second,
        created: 0,
        modified: 8,
        failed: 0,
      })
      const after = [await counts(), await wholeList(callApi, `${path}/users`)]
      const written = (list: typeof before) => list.map(one => JSON.stringify(one, withoutSightings))
      t.same(written(after), written(before), 'only the last-seen times have changed')
    })
  })
}

const withoutSightings = (name: string, value: unknown) => (name === 'lastSeen' ? undefined : value)

t.test('the sample runs once at a time per tenant, and in parallel for several tenants', async t => {
  const { callApi, tenant, another } = await buildTestConsole(t)
  const other = await another('aws')
  const run = (id: string) => callApi('POST', `/api/v1/tenants/${id}/sample`)
  const [one, two, three] = await Promise.all([run(tenant.id), run(tenant.id), run(other.tenant.id)])
  t.same([one.status, three.status], [200, 200])
  t.same(
    [two.status, two.body],
    [
      409,
      problem(
        'already-running',
        'Already running',
        409,
        `The sample is already running for the tenant "${tenant.id}". Wait until it ends.`,
      ),
    ],
  )
  t.equal((await run(tenant.id)).status, 200)
  t.match(await run('nobody'), { status: 404 })
})

t.test('the sample respects the rate limit of a tenant', async t => {
  const { callApi, another } = await buildTestConsole(t)
  const { tenant } = await another('aws', { throttle: 'aws' })
  t.match((await callApi('POST', `/api/v1/tenants/${tenant.id}/sample`)).body, { created: 10, failed: 0 })
})
