import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Journal } from '../../../src/domain/ports/journal.ts'
import { groupSchema, userSchema } from '../cli/server.ts'
import { buildTestConsole, problem, pruneAll, type TestConsole, wholeList } from './console-app.ts'

type Step = {
  readonly id: string
  readonly done: boolean
  readonly at?: string
  readonly tenantTime?: string
  readonly exchange?: string
  readonly hint: string
}

type Use = { readonly target: string; readonly sent: number; readonly recommended: boolean }

const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const stepsOf = async ({ callApi, tenant }: TestConsole): Promise<readonly Step[]> =>
  (await callApi('GET', `/api/v1/tenants/${tenant.id}/setup`)).body.steps
const done = async (test: TestConsole) => (await stepsOf(test)).filter(step => step.done).map(({ id }) => id)

const anna = {
  schemas: [userSchema],
  userName: 'anna@example.com',
  displayName: 'Anna Berg',
  name: { givenName: 'Anna', familyName: 'Berg' },
  active: true,
}

const probe = () => `/Users?filter=${encodeURIComponent(`userName eq "${randomUUID()}"`)}`
/** Longer than a client may be silent within a cycle. */
const afterCycle = 6 * 60_000

for (const profile of ['aws', 'entra', 'rfc'] as const) {
  t.test(`under ${profile} requests of Entra ID complete the steps`, async t => {
    const test = await buildTestConsole(t, profile)
    const { asEntra, advance } = test
    t.same(await done(test), ['token'])

    await asEntra.get(probe())
    t.same(await done(test), ['token', 'contact', 'test-connection'])

    const user = await asEntra.create('Users', anna)
    const soFar = ['token', 'contact', 'test-connection', 'user']
    t.same(await done(test), soFar, 'the cycle may still be running')
    await advance(afterCycle)
    t.same(await done(test), [...soFar, 'no-failure'])

    const group = await asEntra.create('Groups', { schemas: [groupSchema], displayName: 'Operators' })
    await asEntra.patch(`/Groups/${group.id}`, { op: 'Add', path: 'members', value: [{ value: user.id }] })
    await asEntra.patch(`/Users/${user.id}`, { op: 'replace', path: 'active', value: false })
    t.same(await done(test), [...soFar, 'group', 'membership', 'disabled', 'no-failure'])

    await asEntra.delete(`/Users/${user.id}`)
    await asEntra.get(`/Users/${user.id}`)
    const steps = await stepsOf(test)
    t.same(
      steps.filter(step => !step.done).map(({ id }) => id),
      ['second-cycle'],
      'a completed step stays complete',
    )
    for (const { id, exchange } of steps.filter(step => step.exchange !== undefined)) {
      t.equal((await test.callApi('GET', `/api/v1/exchanges/${exchange}`)).status, 200, id)
    }
  })
}

t.test('a cycle with failures links to them', async t => {
  const test = await buildTestConsole(t)
  await test.asEntra.get(probe())
  await test.asEntra.post('/Users', { schemas: [userSchema] })
  await test.advance(afterCycle)
  const last = (await stepsOf(test)).at(-1)
  t.match(last, {
    id: 'no-failure',
    done: false,
    hint: /^1 request of the newest cycle failed: .*cycle:\S+ -status:2xx/,
  })
})

t.test('a step keeps the time of its first evidence, by both clocks', async t => {
  const test = await buildTestConsole(t)
  const { asEntra, advance, deps } = test
  const hour = 60 * 60_000
  await advance(hour)
  await asEntra.create('Users', anna)
  const stepNamed = async (id: string) => (await stepsOf(test)).find(step => step.id === id)
  const first = await stepNamed('user')
  const [exchange] = (await test.callApi('GET', '/api/v1/exchanges')).body.items
  t.match(first, { at: exchange.at, tenantTime: exchange.tenantTime, exchange: exchange.id })
  t.equal(Date.parse(first?.tenantTime ?? '') - Date.parse(first?.at ?? ''), hour)

  await advance(hour)
  await asEntra.create('Users', { ...anna, userName: 'bert@example.com' })
  t.same(await stepNamed('user'), first)

  await pruneAll(deps.journal)
  const { exchange: _gone, ...kept } = first ?? {}
  t.same(await stepNamed('user'), kept, 'and outlives the journal')
})

t.test(
  'a second cycle is on schedule by the tenant’s clock, and a cycle ends when the next one starts',
  async t => {
    const test = await buildTestConsole(t)
    const { asEntra, advance } = test
    await asEntra.get(probe())
    await asEntra.create('Users', anna)
    await advance(40 * 60_000)
    await asEntra.get(probe())
    t.same(await done(test), ['token', 'contact', 'test-connection', 'user', 'second-cycle', 'no-failure'])
  },
)

t.test('curl and the compliance suite complete no steps of Entra ID', async t => {
  const test = await buildTestConsole(t)
  for (const name of ['curl/8.5.0', 'scim-compliance']) {
    const headers = { 'user-agent': name }
    await test.client.send('GET', probe(), undefined, headers)
    const { body } = await test.client.send('POST', '/Users', { ...anna, userName: name }, headers)
    await test.client.send('DELETE', `/Users/${body.id}`, undefined, headers)
  }
  t.same(await done(test), ['token'])
})

t.test('a rejected request completes only the first-request step', async t => {
  const test = await buildTestConsole(t)
  const rejected = (url: string, headers = {}) =>
    test.app.inject({
      url: `/${test.tenant.id}/scim/v2${url}`,
      headers: { authorization: 'Bearer wrong-token-of-somebody', 'user-agent': '', ...headers },
    })
  await rejected('/Users')
  await rejected(probe(), { 'user-agent': 'curl/8.5.0' })
  t.same(await done(test), ['token'])
  await rejected(probe())
  t.same(await done(test), ['token', 'contact'])
  await test.asEntra.post('/Users', { schemas: [userSchema] })
  t.same(await done(test), ['token', 'contact'])
})

t.test('a reset clears the steps, and so does deleting the tenant, also if its id is used again', async t => {
  const test = await buildTestConsole(t)
  const { callApi, asEntra, another } = test
  await asEntra.create('Users', anna)
  const other = await another('rfc')
  await other.asEntra.create('Users', anna)
  t.same(await done(test), ['token', 'contact', 'user'])
  await callApi('POST', '/api/v1/reset', { tenant: test.tenant.id })
  t.same(await done(test), ['token'])
  t.same(await done({ ...test, tenant: other.tenant }), ['token', 'contact', 'user'], 'of that tenant only')

  await other.asEntra.create('Users', { ...anna, userName: 'bert@example.com' })
  await callApi('DELETE', `/api/v1/tenants/${other.tenant.id}`)
  await callApi('POST', '/api/v1/tenants', { id: other.tenant.id, profile: 'rfc' })
  t.same(await done({ ...test, tenant: other.tenant }), [])
})

t.test('reading the steps does not query the journal', async t => {
  const scim = await buildTestConsole(t)
  await scim.asEntra.create('Users', anna)
  const { tenants, directory, analysis, jobHealth, faults, snapshots } = scim.deps
  await analysis.caughtUp(10_000)
  const requested: string[] = []
  const journal: Journal = {
    ...scim.deps.journal,
    page: query => {
      requested.push('page')
      return scim.deps.journal.page(query)
    },
    find: id => {
      requested.push('find')
      return scim.deps.journal.find(id)
    },
  }
  const deps = { tenants, directory, analysis, jobHealth, faults, snapshots, journal }
  const test = await buildTestConsole(t, 'rfc', deps)
  t.same(await done({ ...test, tenant: scim.tenant }), ['token', 'contact', 'user'])
  t.same(requested, [])
})

t.test('requests of the console itself complete no steps', async t => {
  const test = await buildTestConsole(t, 'aws')
  const path = `/api/v1/tenants/${test.tenant.id}`
  t.match((await test.callApi('POST', `${path}/sample`)).body, { created: 10 })
  const { body } = await test.callApi('GET', '/api/v1/exchanges?method=POST')
  await test.callApi('POST', `/api/v1/exchanges/${body.items[0].id}/replay`)
  t.same(await done(test), ['token'])
})

t.test('evidence with the tenant’s clock only has no time', async t => {
  const test = await buildTestConsole(t)
  await test.advance(60 * 60 * 1000)
  await test.callApi('POST', `/api/v1/tenants/${test.tenant.id}/tokens`)
  const [first] = await stepsOf(test)
  t.match(first, { id: 'token', done: true, at: undefined, tenantTime: /Z$/ })
})

t.test('a tenant without a token', async t => {
  const test = await buildTestConsole(t)
  const { body } = await test.callApi('GET', `/api/v1/tenants/${test.tenant.id}/tokens`)
  await test.callApi('DELETE', `/api/v1/tenants/${test.tenant.id}/tokens/${body.items[0].id}`)
  t.same(await done(test), [])
  t.match(await test.callApi('GET', '/api/v1/tenants/nobody/setup'), { status: 404 })
})

t.test('the setup has the tenant URL and obstacles for Entra ID', async t => {
  for (const [base, https, loopback, hint] of [
    ['http://127.0.0.1:8080', false, true, /localhost address.*tunnel/],
    ['https://localhost:8443', true, true, /localhost address/],
    ['http://scim.example.com', false, false, /requires HTTPS/],
    ['https://scim.example.com', true, false, /Secret Token\.$/],
  ] as const) {
    const { callApi, tenant } = await buildTestConsole(t, 'aws', { scimBase: () => base })
    const { body } = await callApi('GET', `/api/v1/tenants/${tenant.id}/setup`)
    const endpoint = `${base}/${tenant.id}/scim/v2`
    t.same([body.endpoint, body.https, body.loopback], [endpoint, https, loopback])
    const { hint: reported } = body.steps.find(({ id }: Step) => id === 'contact')
    t.match(reported, hint, base)
    t.ok(reported.includes(endpoint))
  }
})

t.test(
  'the mapping is that of the AWS gallery application, or the general one for other profiles',
  async t => {
    const targets = async (profile: 'aws' | 'entra' | 'rfc') => {
      const { callApi, tenant } = await buildTestConsole(t, profile)
      const { body } = await callApi('GET', `/api/v1/tenants/${tenant.id}/setup`)
      t.match(body.mapping.users[0], { source: '[userPrincipalName]', target: 'userName', matching: 1 })
      t.same(body.mapping.groups, [
        {
          source: '[displayName]',
          target: 'displayName',
          matching: 1,
          note: 'Matches existing groups before one is created.',
        },
        { source: '[objectId]', target: 'externalId', note: 'Never changes.' },
        {
          source: '[members]',
          target: 'members',
          note: 'Sent in separate requests, after the group.',
        },
      ])
      return body.mapping.users.map(({ target }: { target: string }) => target)
    }
    const mobile = 'phoneNumbers[type eq "mobile"].value'
    t.notOk((await targets('aws')).includes(mobile))
    t.ok((await targets('aws')).includes('timezone'))
    t.ok((await targets('entra')).includes(mobile))
    t.same(await targets('rfc'), await targets('entra'))
  },
)

const profiles = ['aws', 'entra', 'rfc'] as const

/** Connection tests, users, groups and later members. */
const second = 3 + 6 + 4 + 8

for (const profile of profiles) {
  t.test(`Springfield is provisioned under ${profile} without rejected requests`, async t => {
    const { callApi, tenant, deps } = await buildTestConsole(t, profile)
    const path = `/api/v1/tenants/${tenant.id}`
    const managers = profile === 'rfc' ? 0 : 4
    t.same(await callApi('POST', `${path}/sample`).then(({ status, body }) => ({ status, body })), {
      status: 200,
      body: { requests: 35 + 2 * managers, created: 10, modified: 8 + managers, failed: 0 },
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
  const { items } = (await callApi('GET', `/api/v1/cycles?tenant=${tenant.id}`)).body
  t.same(
    items.map(({ client, running }: Record<string, unknown>) => [client, running]),
    [
      ['sample', false],
      ['sample', false],
    ],
    'the server knows that it ended',
  )
  t.match(await run('nobody'), { status: 404 })
})

t.test('the mapping of a file or of Entra’s export is compared with the newest users', async t => {
  const { asEntra, callApi, tenant } = await buildTestConsole(t, 'aws')
  await asEntra.create('Users', anna)
  const compare = (mapping: unknown) =>
    callApi('POST', `/api/v1/tenants/${tenant.id}/setup/mapping`, JSON.stringify({ mapping }))
  const used = ({ attributes }: { readonly attributes: readonly (Use & { readonly source?: string })[] }) =>
    Object.fromEntries(
      attributes.map(({ target, source, sent, recommended }) => [target, [source, sent, recommended]]),
    )

  const own = {
    users: {
      attributes: [
        { source: '[mail]', target: 'userName', matching: 1 },
        { source: '[employeeId]', target: 'externalId' },
      ],
    },
    groups: { attributes: [{ source: '[displayName]', target: 'displayName', matching: 1 }] },
  }
  const { body } = await compare(JSON.stringify(own))
  t.equal(body.client, 'entra')
  t.same(used(body.users), {
    userName: ['[mail]', 1, true],
    externalId: ['[employeeId]', 0, true],
    active: [undefined, 1, false],
    displayName: [undefined, 1, false],
    'name.familyName': [undefined, 1, false],
    'name.givenName': [undefined, 1, false],
  })
  const { body: byName } = await compare('aws')
  t.same(byName, (await callApi('GET', `/api/v1/tenants/${tenant.id}/setup/mapping`)).body)

  const schema = readFileSync(new URL('../../data/entra-provisioning-schema.json', import.meta.url), 'utf8')
  const { status, body: exported } = await compare(schema)
  t.equal(status, 200)
  t.match(used(exported.users), { userName: [String, 1, true] })

  t.match(await compare('{"users":{"attributes":[{"source":"[mail]"}]}}'), {
    status: 400,
    body: { errors: [{ path: 'body.mapping', message: /target/ }] },
  })
  t.match(await compare('no JSON'), { status: 400, body: { detail: /^Invalid mapping: / } })
  t.match(await compare(1), { status: 400 })
})

t.test('the guide of Entra ID follows the portal; that of others has a task for each step', async t => {
  const { callApi, tenant } = await buildTestConsole(t, 'aws')
  const guideOf = async (client: string) =>
    (await callApi('GET', `/api/v1/tenants/${tenant.id}/setup?client=${client}`)).body
  const { guide, formerly } = await guideOf('entra')
  t.same(
    guide.map(({ id, steps }: { readonly id: string; readonly steps: readonly string[] }) => [id, steps]),
    [
      ['token', ['token']],
      ['configuration', ['contact', 'test-connection']],
      ['mapping', []],
      ['properties', []],
      ['start', ['user']],
    ],
  )
  t.match(formerly, /Get started, the mode Automatic, Admin credentials, Test Connection, Save/)
  const okta = await guideOf('okta')
  t.equal(okta.formerly, undefined)
  t.same(
    okta.guide.map(({ text }: { readonly text: string }) => text),
    okta.steps.map(({ hint }: Step) => hint),
  )
})

t.test('the sample respects the rate limit of a tenant', async t => {
  const { callApi, another } = await buildTestConsole(t)
  const { tenant } = await another('aws', { throttle: 'aws' })
  t.match((await callApi('POST', `/api/v1/tenants/${tenant.id}/sample`)).body, { created: 10, failed: 0 })
})

t.test('the mapping is compared with the newest users and groups, without their values', async t => {
  const { asEntra, callApi, tenant } = await buildTestConsole(t, 'aws')
  const compare = async (client = '') =>
    (await callApi('GET', `/api/v1/tenants/${tenant.id}/setup/mapping${client}`)).body
  const empty = await compare()
  t.same([empty.client, empty.users.resources, empty.groups.resources], ['entra', 0, 0])
  t.same(
    empty.groups.attributes.map(({ target, sent }: Use) => [target, sent]),
    [
      ['displayName', 0],
      ['externalId', 0],
      ['members', 0],
    ],
  )

  const { id } = await asEntra.create('Users', {
    ...anna,
    emails: [{ value: 'anna@example.com', type: 'work', primary: true }],
    [enterpriseUrn]: { department: 'Research' },
  })
  await asEntra.create('Users', {
    ...anna,
    userName: 'bert@example.com',
    nickName: 'Bertie',
    emails: [{ value: 'bert@example.com', type: 'my-own-type', primary: true }],
  })
  await asEntra.create('Groups', {
    schemas: [groupSchema],
    displayName: 'Operators',
    members: [{ value: id }],
  })
  await asEntra.create('Groups', { schemas: [groupSchema], displayName: 'Nobody' })
  const { users, groups } = await compare()
  t.same([users.resources, groups.resources], [2, 2])
  const sent = ({ attributes }: { readonly attributes: readonly Use[] }) =>
    Object.fromEntries(
      attributes.flatMap(use => (use.sent > 0 ? [[use.target, [use.sent, use.recommended]]] : [])),
    )
  t.same(sent(users), {
    userName: [2, true],
    active: [2, true],
    displayName: [2, true],
    'emails[type eq "work"].value': [1, true],
    'name.givenName': [2, true],
    'name.familyName': [2, true],
    [`${enterpriseUrn}:department`]: [1, true],
    'emails.value': [1, false],
    nickName: [1, false],
  })
  t.same(sent(groups), { displayName: [2, true], members: [1, true] })
  t.match(
    users.attributes.find(({ target }: Use) => target === 'externalId'),
    { source: '[mailNickname]', sent: 0, recommended: true },
  )
  const okta = await compare('?client=okta')
  t.same(okta.groups.attributes, [
    { target: 'displayName', sent: 2, recommended: false },
    { target: 'members', sent: 1, recommended: false },
  ])
})
