import t from 'tap'
import { aGroup, aUser, enterpriseUrn } from '../../support/samples.ts'
import { buildTestConsole } from './console-app.ts'

const nobody = '11111111-2222-4333-8444-555555555555'

for (const profile of ['entra', 'rfc'] as const)
  t.test(`on ${profile} an unknown member is stored, and reported until it is removed`, async t => {
    const { callApi, client, tenant } = await buildTestConsole(t, profile)
    const path = `/api/v1/tenants/${tenant.id}`
    const stale = async () =>
      (await callApi('GET', `${path}/stale?reason=unresolved-reference`)).body.items.map(
        ({ id, reasons }: { id: string; reasons: readonly string[] }) => ({ id, reasons }),
      )
    const marge = await client.create('Users', aUser('marge'))
    const group = await client.create('Groups', aGroup('Family', [marge.id]))
    t.same(await stale(), [])

    const added = await client.patch(`/Groups/${group.id}`, {
      op: 'Add',
      path: 'members',
      value: [{ value: nobody }],
    })

    t.equal(added.status, profile === 'entra' ? 204 : 200)
    const { members } = (await client.get(`/Groups/${group.id}`)).body
    t.same(
      members.map(({ value }: { value: string }) => value),
      [marge.id, nobody],
      'SCIM returns it',
    )
    const { items } = (await callApi('GET', `${path}/groups/${group.id}/members`)).body
    t.same(
      items,
      [{ id: nobody }, { id: marge.id, type: 'User', display: 'Marge Simpson' }],
      'the console, too, newest first, with its id only',
    )
    t.same(await stale(), [{ id: group.id, reasons: ['unresolved-reference'] }])

    await client.patch(`/Groups/${group.id}`, { op: 'Remove', path: 'members', value: [{ value: nobody }] })
    t.same(await stale(), [])

    const other = await client.create('Groups', aGroup('Strangers', [nobody]))
    t.same(await stale(), [{ id: other.id, reasons: ['unresolved-reference'] }], 'also from a POST')
  })

for (const profile of ['entra', 'aws'] as const) {
  t.test(`on ${profile} a user with an unknown manager is stored and reported`, async t => {
    const { callApi, client, tenant } = await buildTestConsole(t, profile)
    const reported = async () => {
      const { body } = await callApi('GET', `/api/v1/tenants/${tenant.id}/stale?reason=unresolved-reference`)
      return body.items.map(({ id }: { id: string }) => id)
    }
    const boss = await client.create('Users', aUser('boss'))
    const led = await client.create(
      'Users',
      aUser('led', { [enterpriseUrn]: { manager: { value: boss.id } } }),
    )
    t.same(await reported(), [])

    const lost = await client.create(
      'Users',
      aUser('lost', { [enterpriseUrn]: { manager: { value: nobody } } }),
    )
    t.match((await client.get(`/Users/${lost.id}`)).body[enterpriseUrn], { manager: { value: nobody } })
    t.same(await reported(), [lost.id])

    await client.delete(`/Users/${boss.id}`)
    t.same(
      await reported(),
      profile === 'aws' ? [lost.id, led.id] : [lost.id],
      'references to a deleted manager are removed where the service does that',
    )
    const path = `${enterpriseUrn}:manager`
    await client.patch(`/Users/${lost.id}`, { op: 'remove', path })
    t.same(await reported(), profile === 'aws' ? [led.id] : [])
  })
}

t.test('R-079 on an rfc tenant, an unknown member is a finding', async t => {
  const { callApi, client, tenant } = await buildTestConsole(t, 'rfc')
  const marge = await client.create('Users', aUser('marge'))
  const findings = async () => {
    const { body } = await callApi('GET', `/api/v1/findings?tenant=${tenant.id}`)
    return body.items.filter(({ id }: { id: string }) => id === 'client/unresolved-member')
  }
  t.equal((await client.post('/Groups', aGroup('Family', [marge.id]))).status, 201)
  t.same(await findings(), [])
  t.equal((await client.post('/Groups', aGroup('Strangers', [nobody, marge.id]))).status, 201)
  t.match(await findings(), [{ severity: 'warning', count: 1 }])
})

t.test('where unknown members are rejected, nothing is reported', async t => {
  for (const [profile, status, switches] of [
    ['rfc', 400, { unknownMembers: 'refuse' }],
    ['aws', 404, {}],
  ] as const) {
    const { callApi, another } = await buildTestConsole(t, profile)
    const { client, tenant } = await another(profile, { switches })
    t.equal((await client.post('/Groups', aGroup('Strangers', [nobody]))).status, status, profile)
    t.same((await callApi('GET', `/api/v1/tenants/${tenant.id}/stale`)).body.items, [])
  }
})
