import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { generateDirectory } from '../../../src/provisioning/kit/directory/generate.ts'
import { toScimulatorFormat } from '../../../src/provisioning/kit/directory/write-directory.ts'
import { buildTestConsole, type TestConsole } from './console-app.ts'

const checker =
  ({ callApi, tenant }: TestConsole) =>
  async (body: object) => {
    const { status, body: result } = await callApi('POST', `/api/v1/tenants/${tenant.id}/preflight`, body)
    return { status, body: result }
  }

const user = (name: string, more: object = {}) => ({
  id: `id-${name}`,
  userPrincipalName: `${name}@example.com`,
  displayName: name,
  givenName: name,
  surname: 'Berg',
  mail: `${name}@example.com`,
  accountEnabled: true,
  ...more,
})
const graph = (name: string, ...value: readonly object[]) => ({
  name,
  text: JSON.stringify({ '@odata.context': `https://graph.microsoft.com/v1.0/$metadata#${name}`, value }),
})
const group = (name: string, members: readonly string[]) => ({
  id: `id-${name}`,
  displayName: name,
  members: members.map(id => ({ '@odata.type': '#microsoft.graph.user', id })),
})

t.test(
  'users and groups of Graph are checked by the profile of the tenant, and nothing is stored',
  async t => {
    const test = await buildTestConsole(t, 'aws')
    const check = checker(test)
    const files = [
      graph('downloaded-users.json', user('anna'), user('bert', { surname: null })),
      graph('downloaded-groups.json', group('Sales', ['id-anna', 'id-bert'])),
    ]
    const { status, body } = await check({ files })
    t.equal(status, 200)
    t.match(body, {
      profile: 'aws',
      mapping: 'aws',
      scope: 'all',
      users: { read: 2, accepted: 1, rejected: 1 },
      groups: { read: 1, accepted: 1 },
      causes: [{ rule: 'aws/required-attributes', attribute: 'name.familyName', count: 1 }],
      failures: [{ objectId: 'id-bert', name: 'bert@example.com', rejects: true }],
      failuresOmitted: 0,
      token: { outlasted: false },
    })
    t.match((await test.callApi('GET', `/api/v1/tenants/${test.tenant.id}/users`)).body, { items: [] })
    t.match((await test.callApi('GET', '/api/v1/exchanges')).body, { items: [] })

    t.match((await check({ files, profile: 'entra' })).body, {
      profile: 'entra',
      mapping: 'non-gallery',
      users: { accepted: 2 },
    })
  },
)

t.test('the switches of the tenant apply', async t => {
  const test = await buildTestConsole(t, 'aws')
  const files = [graph('users.json', user('anna', { mail: null }))]
  t.match((await checker(test)({ files })).body, { users: { accepted: 1 } })
  await test.callApi('PATCH', `/api/v1/tenants/${test.tenant.id}`, { switches: { email: 'required' } })
  t.match((await checker(test)({ files })).body, {
    users: { rejected: 1 },
    causes: [{ attribute: 'emails[type eq "work"].value', rule: 'aws/required-attributes' }],
  })
})

t.test('a token that expires before the cycle can end is reported', async t => {
  const test = await buildTestConsole(t, 'aws')
  const files = [graph('users.json', user('anna'), user('bert'), user('cleo'))]
  t.match((await checker(test)({ files })).body, { token: { outlasted: false } })
  // The longest estimate for three users is 14 seconds.
  await test.callApi('PUT', `/api/v1/tenants/${test.tenant.id}/clock`, { advance: '364d23h59m50s' })
  t.match((await checker(test)({ files })).body, { token: { outlasted: true } })
})

t.test('a mapping is named or sent as a file', async t => {
  const check = checker(await buildTestConsole(t, 'aws'))
  const files = [{ name: 'exportUsers.csv', text: 'User principal name;Last name\nanna@example.com;Berg\n' }]
  const line = (source: string, target: string) => ({ source, target })
  const mapping = {
    users: {
      attributes: [
        { ...line('[userPrincipalName]', 'userName'), matching: 1 },
        line('[userPrincipalName]', 'displayName'),
        line('"-"', 'name.givenName'),
        line('[surname]', 'name.familyName'),
      ],
    },
  }
  t.match((await check({ files })).body, { mapping: 'aws', users: { rejected: 1 } })
  t.match((await check({ files, mapping: 'non-gallery' })).body, { mapping: 'non-gallery' })
  t.match((await check({ files, mapping: JSON.stringify(mapping) })).body, {
    mapping: 'file',
    users: { accepted: 1 },
    failures: [],
    warnings: [/have no id/, /no user has accountEnabled/],
  })
})

t.test('errors in files and mappings are reported with their location', async t => {
  const check = checker(await buildTestConsole(t, 'aws'))
  const files = [graph('users.json', user('anna'))]
  t.match(await check({ files: [] }), { status: 400 })
  t.match(await check({ files: [{ name: 'x.csv', text: 'a,b\n1,2\n' }] }), {
    status: 400,
    body: { errors: [{ path: 'body.files', message: /^x\.csv: the first line must name the columns/ }] },
  })
  t.match(await check({ files: [graph('users.json', { displayName: 'x', userPrincipalName: 3 })] }), {
    status: 400,
    body: { errors: [{ path: 'body.files', message: /userPrincipalName must be a string/ }] },
  })
  t.match(await check({ files, mapping: '{' }), {
    status: 400,
    body: { errors: [{ path: 'body.mapping', message: /^The mapping is not valid JSON/ }] },
  })
  t.match(await check({ files, mapping: '{"users":{"attributes":[]}}' }), {
    status: 400,
    body: { errors: [{ path: 'body.mapping', message: /no matching attribute/ }] },
  })
  t.match(await check({ files: Array(25).fill(graph('users.json', {})) }), {
    status: 400,
    body: { errors: { length: 21 } },
  })
})

t.test('requests are served while a large directory is checked', async t => {
  const test = await buildTestConsole(t, 'aws')
  const directory = generateDirectory({ users: 400, groups: 10, seed: 5 })
  const files = [{ name: 'directory.json', text: JSON.stringify(toScimulatorFormat(directory)) }]
  let isDone = false
  const checking = checker(test)({ files }).finally(() => {
    isDone = true
  })
  let served = 0
  while (!isDone) {
    const { status } = await test.callApi('GET', `/api/v1/tenants/${test.tenant.id}`)
    if (status === 200) served++
    await nextTurn()
  }
  t.match((await checking).body, { users: { accepted: 400 }, groups: { accepted: 10 } })
  t.ok(served > 10, 'other requests were served meanwhile')
})

t.test('of many errors in the files, the first ones are reported, with the number of the others', async t => {
  const test = await buildTestConsole(t, 'aws')
  const files = [{ name: 'users.csv', text: `userPrincipalName,displayName\n${'a\n'.repeat(50)}` }]
  const { status, body } = await checker(test)({ files })
  t.equal(status, 400)
  t.equal(body.errors.length, 21)
  t.same(body.errors.at(-1), { path: 'body.files', message: 'And 30 more errors.' })
})
