import t from 'tap'
import { aUser } from '../../support/samples.ts'
import { patchOp } from '../../support/scim.ts'
import { buildTestConsole, problem } from './console-app.ts'

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
    t.match(group.evidence[0], { exchange: newest.id, at: newest.at, subject: 'anna', detail: /Replace/ })
    t.equal(group.last, newest.at)
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

  t.test('findings are filtered by tenant', async t => {
    t.same(await findCapitals(`?tenant=${tenant.id}`), await findCapitals())
    t.same((await callApi('GET', `/api/v1/findings?tenant=${other.tenant.id}`)).body, {
      items: [],
      quarantine: [],
      waiting: 0,
    })
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
    t.same((await callApi('GET', '/api/v1/findings')).body, { items: [], quarantine: [], waiting: 0 })
  })
})
