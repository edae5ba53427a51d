import { randomUUID } from 'node:crypto'
import t from 'tap'
import { groupSchema, userSchema } from '../cli/server.ts'
import { buildTestConsole, type TestConsole } from './console-app.ts'

type Step = {
  readonly id: string
  readonly done: boolean
  readonly at?: string
  readonly exchange?: string
  readonly hint: string
}

const stepsOf = async ({ ask, tenant }: TestConsole): Promise<readonly Step[]> =>
  (await ask('GET', `/api/v1/tenants/${tenant.id}/setup`)).body.steps
const done = async (test: TestConsole) => (await stepsOf(test)).filter(step => step.done).map(({ id }) => id)

const anna = {
  schemas: [userSchema],
  userName: 'anna@example.com',
  displayName: 'Anna Berg',
  name: { givenName: 'Anna', familyName: 'Berg' },
  active: true,
}

for (const profile of ['aws', 'entra', 'rfc'] as const) {
  t.test(`under ${profile} the steps tick themselves by what the client sends`, async t => {
    const test = await buildTestConsole(t, profile)
    const { speak } = test
    t.same(await done(test), ['token'])

    await speak.get(`/Users?filter=${encodeURIComponent(`userName eq "${randomUUID()}"`)}`)
    t.same(await done(test), ['token', 'contact', 'test-connection'])

    const user = await speak.create('Users', anna)
    const soFar = ['token', 'contact', 'test-connection', 'user']
    t.same(await done(test), [...soFar, 'no-failure'])

    const group = await speak.create('Groups', { schemas: [groupSchema], displayName: 'Operators' })
    await speak.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: user.id }] })
    await speak.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: false })
    t.same(await done(test), [...soFar, 'group', 'membership', 'disabled', 'no-failure'])

    await speak.delete(`/Users/${user.id}`)
    await speak.get(`/Users/${user.id}`)
    const steps = await stepsOf(test)
    t.same(
      steps.filter(step => !step.done).map(({ id }) => id),
      ['second-cycle', 'no-failure'],
      'what failed is told',
    )
    t.match(steps.at(-1)?.hint, /^1 request of the newest cycle failed: .*cycle:\S+ -status:2xx/)
    for (const { id, exchange } of steps.filter(step => step.exchange !== undefined)) {
      t.equal((await test.ask('GET', `/api/v1/exchanges/${exchange}`)).status, 200, id)
    }
  })
}

t.test('what is refused is contact, and no more', async t => {
  const test = await buildTestConsole(t)
  await test.app.inject({
    url: `/${test.tenant.id}/scim/v2/Users`,
    headers: { authorization: 'Bearer wrong-token-of-somebody' },
  })
  t.same(await done(test), ['token', 'contact'])
  await test.speak.post('/Users', { schemas: [userSchema] })
  t.same(await done(test), ['token', 'contact'])
})

t.test('what the console sends itself ticks nothing', async t => {
  const test = await buildTestConsole(t, 'aws')
  const path = `/api/v1/tenants/${test.tenant.id}`
  t.match((await test.ask('POST', `${path}/sample`)).body, { created: 10 })
  const { body } = await test.ask('GET', '/api/v1/exchanges?method=POST')
  await test.ask('POST', `/api/v1/exchanges/${body.items[0].id}/replay`)
  t.same(await done(test), ['token'])
})

t.test('what is known by the clock of the tenant alone is told without a time', async t => {
  const test = await buildTestConsole(t)
  await test.advance(60 * 60 * 1000)
  await test.ask('POST', `/api/v1/tenants/${test.tenant.id}/tokens`)
  const [first] = await stepsOf(test)
  t.match(first, { id: 'token', done: true, at: undefined })
})

t.test('a tenant without a token', async t => {
  const test = await buildTestConsole(t)
  const { body } = await test.ask('GET', `/api/v1/tenants/${test.tenant.id}/tokens`)
  await test.ask('DELETE', `/api/v1/tenants/${test.tenant.id}/tokens/${body.items[0].id}`)
  t.same(await done(test), [])
  t.match(await test.ask('GET', '/api/v1/tenants/nobody/setup'), { status: 404 })
})

t.test('the address, and what stands in the way of Entra ID', async t => {
  for (const [base, https, loopback, hint] of [
    ['http://127.0.0.1:8080', false, true, /this machine alone.*tunnel/],
    ['https://localhost:8443', true, true, /this machine alone/],
    ['http://scim.example.com', false, false, /HTTPS only/],
    ['https://scim.example.com', true, false, /Secret Token\.$/],
  ] as const) {
    const { ask, tenant } = await buildTestConsole(t, 'aws', { scimBase: () => base })
    const { body } = await ask('GET', `/api/v1/tenants/${tenant.id}/setup`)
    const endpoint = `${base}/${tenant.id}/scim/v2`
    t.same([body.endpoint, body.https, body.loopback], [endpoint, https, loopback])
    const { hint: told } = body.steps.find(({ id }: Step) => id === 'contact')
    t.match(told, hint, base)
    t.ok(told.includes(endpoint))
  }
})

t.test('the mapping is that of the gallery application for AWS, and the general one else', async t => {
  const targets = async (profile: 'aws' | 'entra' | 'rfc') => {
    const { ask, tenant } = await buildTestConsole(t, profile)
    const { body } = await ask('GET', `/api/v1/tenants/${tenant.id}/setup`)
    t.match(body.mapping.users[0], { source: '[userPrincipalName]', target: 'userName', matching: 1 })
    t.same(body.mapping.groups, [
      {
        source: '[displayName]',
        target: 'displayName',
        matching: 1,
        note: 'Groups are looked up by it before they are created.',
      },
      { source: '[objectId]', target: 'externalId', note: 'It never changes.' },
      {
        source: '[members]',
        target: 'members',
        note: 'Sent in requests of their own, after the group.',
      },
    ])
    return body.mapping.users.map(({ target }: { target: string }) => target)
  }
  const mobile = 'phoneNumbers[type eq "mobile"].value'
  t.notOk((await targets('aws')).includes(mobile))
  t.ok((await targets('aws')).includes('timezone'))
  t.ok((await targets('entra')).includes(mobile))
  t.same(await targets('rfc'), await targets('entra'))
})
