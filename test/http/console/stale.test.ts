import t from 'tap'
import { aGroup, aUser } from '../../support/samples.ts'
import { buildTestConsole } from './console-app.ts'

const hour = 60 * 60 * 1000

t.test('a group without members and a record with a reused name are stale', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'aws')
  const gone = await client.create('Users', aUser('anna', { displayName: 'Anna' }))
  await client.delete(`/Users/${gone.id}`)
  const back = await client.create('Users', aUser('ANNA', { displayName: 'Anna' }))
  const empty = await client.create('Groups', aGroup('Nobody'))
  const group = await client.create('Groups', aGroup('Admins'))
  await client.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: back.id }] })
  const root = `/api/v1/tenants/${tenant.id}/stale`
  const stale = async (query: string) =>
    (await callApi('GET', `${root}?${query}`)).body.items.map(
      ({ id, reasons }: { id: string; reasons: string[] }) => [id, reasons],
    )
  t.same(await stale(''), [
    [empty.id, ['empty-group']],
    [gone.id, ['retained', 'replaced']],
  ])
  t.same(await stale('reason=empty-group'), [[empty.id, ['empty-group']]])
  t.match(await stale('reason=replaced'), [[gone.id]])
})

t.test('a dry run of a purge lists the records and deletes nothing', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'aws')
  const anna = await client.create('Users', aUser('anna'))
  const group = await client.create('Groups', aGroup('Admins'))
  await client.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: anna.id }] })
  await client.delete(`/Users/${anna.id}`)
  const root = `/api/v1/tenants/${tenant.id}/stale`
  const { status, body } = await callApi('POST', `${root}/purge`, {
    ids: [anna.id, group.id],
    preview: true,
  })
  const { deleted, ...record } = body.records[0]
  t.equal(status, 200)
  t.same(
    { ...body, records: [record] },
    {
      purged: [anna.id],
      skipped: [group.id],
      preview: true,
      records: [
        {
          id: anna.id,
          type: 'User',
          label: 'anna',
          groups: [{ id: group.id, type: 'Group', display: 'Admins' }],
        },
      ],
    },
  )
  t.match(deleted, { at: /^\d/, exchange: /^[0-9a-f-]{36}$/ })
  t.same((await callApi('GET', `${root}?reason=retained`)).body.items.length, 1)
  t.same((await callApi('POST', `${root}/purge`, { all: true, preview: false })).body, {
    purged: [anna.id],
    skipped: [],
  })
  t.same((await callApi('POST', `${root}/purge`, { all: true, preview: true })).body, {
    purged: [],
    skipped: [],
    preview: true,
    records: [],
  })
})

t.test('inactivity is counted in cycles of the client, whatever the clock', async t => {
  const test = await buildTestConsole(t, 'rfc')
  const { callApi, asEntra, client, tenant, advance, deps } = test
  const quiet = await asEntra.create('Users', aUser('quiet'))
  const busy = await asEntra.create('Users', aUser('busy'))
  await advance(hour)
  await asEntra.get(`/Users/${busy.id}`)
  const silent = async (cycles: number) =>
    (
      await callApi('GET', `/api/v1/tenants/${tenant.id}/stale?reason=inactive&inactiveCycles=${cycles}`)
    ).body.items.map(({ id }: { id: string }) => id)
  const reported = async () => [await silent(1), await silent(2), await silent(3)]
  const expected = [[quiet.id], [], []]
  await deps.analysis.caughtUp(10_000)
  t.same(await reported(), expected, 'with fewer cycles, no user is inactive')
  await advance(90 * 24 * hour)
  t.same(await reported(), expected)
  await client.get('/Users')
  await deps.analysis.caughtUp(10_000)
  t.same(await reported(), expected, 'requests of other clients are not a cycle')
  t.match(await callApi('GET', `/api/v1/tenants/${tenant.id}/stale?inactiveCycles=0`), { status: 400 })
})
