import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import type { Identity } from '../../../src/domain/ports/directory.ts'
import { useSlowClock } from '../../support/slow-clock.ts'
import { groupSchema, userSchema } from '../cli/server.ts'
import { buildTestConsole, type TestConsole } from './console-app.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const anna = {
  schemas: [userSchema, enterprise],
  userName: 'anna@example.com',
  displayName: 'Anna Berg',
  title: 'Engineer',
  active: true,
  name: { givenName: 'Anna', familyName: 'Berg', formatted: 'Anna Berg' },
  emails: [{ type: 'work', value: 'anna@example.com', primary: true }],
  [enterprise]: { department: 'Sales' },
}
const bert = {
  ...anna,
  userName: 'bert@example.com',
  displayName: 'Bert',
  active: false,
}

const header =
  'userPrincipalName,displayName,givenName,surname,jobTitle,mail,department,accountEnabled,userType\n'
const rowOfAnna = 'anna@example.com,Anna Berg,Anna,Berg,Engineer,anna@example.com,Sales,True,Member\n'
const rowOfBert = 'BERT@example.com,Bert,Anna,Berg,Engineer,anna@example.com,Sales,False,Member\n'

type Compared = { readonly status: number; readonly body: Record<string, unknown> }
const reconciler =
  ({ callApi, tenant }: TestConsole) =>
  async (text: string, name?: string): Promise<Compared> => {
    const { status, body } = await callApi('POST', `/api/v1/tenants/${tenant.id}/reconcile`, {
      text,
      ...(name !== undefined && { name }),
    })
    return { status, body }
  }

const nothing = { missing: [], extra: [], different: [] }

t.test('equal users are in sync, whatever the case of the matching attribute', async t => {
  const test = await buildTestConsole(t, 'entra')
  await test.client.create('Users', anna)
  await test.client.create('Users', { ...bert, userName: 'BERT@example.com' })
  t.same(await reconciler(test)(header + rowOfAnna + rowOfBert), {
    status: 200,
    body: { format: 'csv', type: 'User', read: 2, inSync: 2, ...nothing, ignored: ['userType'] },
  })
})

t.test('missing, additional and different users are listed', async t => {
  const test = await buildTestConsole(t, 'entra')
  const { id } = await test.client.create('Users', anna)
  const { id: idOfBert } = await test.client.create('Users', bert)
  const { id: idOfCarl } = await test.client.create('Users', { ...anna, userName: 'carl@example.com' })
  const { id: idOfDora } = await test.client.create('Users', { ...anna, userName: 'dora@example.com' })
  await test.client.delete(`/Users/${idOfDora}`)
  const file = [
    header.trim(),
    'emma@example.com,Emma,,,,,,True,Member',
    'bert@example.com,Bert,Anna,Berg,Engineer,anna@example.com,Sales,True,Member',
    'anna@example.com,Anna Berg-Lund,Anna,Lund,,anna.lund@example.com,Sales,True,Member',
  ].join('\r\n')
  t.same((await reconciler(test)(file)).body, {
    format: 'csv',
    type: 'User',
    read: 3,
    inSync: 0,
    missing: [{ label: 'emma@example.com', line: 2 }],
    extra: [{ id: idOfCarl, label: 'carl@example.com', status: 'active' }],
    different: [
      {
        id: idOfBert,
        label: 'bert@example.com',
        differences: [{ path: 'active', export: true, directory: false }],
      },
      {
        id,
        label: 'anna@example.com',
        differences: [
          { path: 'displayName', export: 'Anna Berg-Lund', directory: 'Anna Berg' },
          {
            path: 'emails[type eq "work"].value',
            export: 'anna.lund@example.com',
            directory: 'anna@example.com',
          },
          { path: 'name.familyName', export: 'Lund', directory: 'Berg' },
          { path: 'name.formatted', export: 'Anna Lund', directory: 'Anna Berg' },
          { path: 'title', directory: 'Engineer' },
        ],
      },
    ],
    ignored: ['userType'],
  })
})

t.test('attributes that the export lacks are not compared', async t => {
  const test = await buildTestConsole(t, 'entra')
  await test.client.create('Users', anna)
  const reconcile = reconciler(test)
  t.match((await reconcile('UPN\nanna@example.com\n')).body, { inSync: 1, different: [] })
  t.match((await reconcile('UPN,First name\nanna@example.com,Anna\n')).body, { inSync: 1, different: [] })
  t.match((await reconcile('UPN,Account enabled\nanna@example.com,\n')).body, { inSync: 1, different: [] })
  const json = { value: [{ userPrincipalName: 'anna@example.com', jobTitle: null }] }
  t.match((await reconcile(JSON.stringify(json))).body, {
    different: [{ differences: [{ path: 'title', directory: 'Engineer' }] }],
  })
})

t.test('an account without accountEnabled counts by its status', async t => {
  const test = await buildTestConsole(t, 'rfc')
  await test.client.create('Users', { schemas: [userSchema], userName: 'anna' })
  const reconcile = reconciler(test)
  t.match((await reconcile('UPN,accountEnabled\nanna,TRUE\n')).body, { inSync: 1 })
  t.match((await reconcile('UPN,accountEnabled\nanna,FALSE\n')).body, {
    different: [{ differences: [{ path: 'active', export: false }] }],
  })
})

t.test('groups are compared, with members that AWS never returns', async t => {
  for (const profile of ['aws', 'entra'] as const) {
    const test = await buildTestConsole(t, profile)
    const { client } = test
    const user = await client.create('Users', anna)
    const other = await client.create('Users', {
      ...bert,
      emails: [{ type: 'work', value: 'bert@example.com', primary: true }],
    })
    const group = await client.create('Groups', {
      schemas: [groupSchema],
      displayName: 'Operators',
      externalId: 'g',
      members: [{ value: user.id }, { value: other.id }],
    })
    const member = (userPrincipalName: string) => ({
      '@odata.type': '#microsoft.graph.user',
      userPrincipalName,
    })
    const exported = (...names: readonly string[]) =>
      JSON.stringify({ value: [{ id: 'g', displayName: 'operators', members: names.map(member) }] })
    const reconcile = reconciler(test)
    t.match((await reconcile(exported('ANNA@example.com', 'carl@example.com'))).body, {
      type: 'Group',
      different: [
        {
          id: group.id,
          label: 'Operators',
          differences: [
            { path: 'displayName', export: 'operators', directory: 'Operators' },
            { path: 'members', export: ['carl@example.com'], directory: ['bert@example.com'] },
          ],
        },
      ],
    })
    const many = Array.from({ length: 19 }, (_, at) => `user${at}@example.com`)
    const { body } = await reconcile(exported('anna@example.com', ...many).replace('operators', 'Operators'))
    t.match(
      body,
      { different: [{ differences: [{ path: 'members', export: many }] }] },
      'Graph returns twenty members at most, so no additional members are reported',
    )
  }
})

t.test('a malformed file is rejected with its lines', async t => {
  const test = await buildTestConsole(t)
  t.same(await reconciler(test)(`${header + rowOfAnna}\nbert\n,,,,,,,,\n`), {
    status: 400,
    body: {
      type: 'urn:scimulator:problem:invalid-request',
      title: 'Invalid request',
      status: 400,
      detail:
        'Invalid file: Line 4: has 1 field, but the header has 9 columns. Line 5: has no userPrincipalName, the matching attribute.',
      errors: [
        {
          path: 'body.text',
          message: 'Line 4: has 1 field, but the header has 9 columns.',
          line: 4,
        },
        {
          path: 'body.text',
          message: 'Line 5: has no userPrincipalName, the matching attribute.',
          line: 5,
        },
      ],
    },
  })
  t.match(await test.callApi('POST', '/api/v1/tenants/nobody/reconcile', { text: header }), { status: 404 })
  t.match(await test.callApi('POST', `/api/v1/tenants/${test.tenant.id}/reconcile`, {}), { status: 400 })
  const tooLarge = JSON.stringify({ text: ' '.repeat(33 * 1024 * 1024) })
  t.match(await test.callApi('POST', `/api/v1/tenants/${test.tenant.id}/reconcile`, tooLarge), {
    status: 413,
  })
})

t.test('an invalid body is rejected with what is wrong', async t => {
  const test = await buildTestConsole(t)
  const send = async (body: string) =>
    (await test.callApi('POST', `/api/v1/tenants/${test.tenant.id}/reconcile`, body)).body
  t.match(await send('{"text":"a"'), { status: 400, detail: /The body is not valid JSON/ })
  t.match(await send(`{"text":${'['.repeat(65)}`), { status: 400, detail: /The body .* more than 64 levels/ })
  t.match(await send(''), { status: 400, errors: [{ path: 'body' }] })
  t.match(await send('{"text":1,"more":2}'), {
    status: 400,
    type: 'urn:scimulator:problem:invalid-request',
    errors: [{ path: 'body.text' }, { path: 'body', message: /"more"/ }],
  })
})

t.test('the event loop parses no large body', async t => {
  const test = await buildTestConsole(t, 'entra')
  const text = 'x'.repeat(1_500_000)
  const send = (path: string, body: object) =>
    test.callApi('POST', `/api/v1/tenants/${test.tenant.id}/${path}`, JSON.stringify(body))
  const parsed = t.capture(JSON, 'parse', JSON.parse)
  t.match(await send('reconcile', { text }), { status: 400, body: { detail: /^Invalid file: Line 1/ } })
  t.match(await send('preflight', { files: [{ name: 'users.csv', text }] }), {
    status: 400,
    body: { detail: /^Invalid files: users\.csv/ },
  })
  t.same(
    parsed()
      .map(({ args: [json] }) => json.length)
      .filter(length => length > 1_000_000),
    [],
  )
})

t.test('a file with too many columns is rejected', async t => {
  const test = await buildTestConsole(t)
  const columns = Array.from({ length: 200_000 }, (_, at) => `column${at}`)
  const { status, body } = await reconciler(test)(`userPrincipalName,${columns.join()}\nanna@example.com\n`)
  t.match(
    [status, body],
    [
      400,
      {
        errors: [
          {
            path: 'body.text',
            message:
              'Line 1: the header has 200001 columns; at most 1000 are allowed. Remove unneeded columns.',
            line: 1,
          },
        ],
      },
    ],
  )
})

t.test('parsing stops if nearly every line has an error', async t => {
  const test = await buildTestConsole(t)
  const { body } = await reconciler(test)(`userPrincipalName\n${'a,b\n'.repeat(100_000)}`)
  const errors = body.errors as readonly { readonly message: string }[]
  t.equal(errors.length, 21)
  t.same(errors.at(-1), { path: 'body.text', message: 'And at least 980 more errors.' })
  const list = await reconciler(test)(JSON.stringify(Array(100_000).fill(1)))
  t.equal((list.body.errors as readonly unknown[]).length, 21)
})

t.test('a column may have any title', async t => {
  const test = await buildTestConsole(t)
  t.match(await reconciler(test)('userPrincipalName,constructor,__proto__\nanna,1,2\n'), {
    status: 200,
    body: { read: 1, ignored: ['constructor', '__proto__'] },
  })
})

t.test('other requests are handled while a large export is compared', async t => {
  const test = await buildTestConsole(t, 'entra')
  await test.client.create('Users', anna)
  const rows = Array.from({ length: 20_000 }, (_, at) => rowOfAnna.replaceAll('anna@', `user${at}@`))
  let done = false
  const comparing = reconciler(test)(header + rows.join('') + rowOfAnna).finally(() => {
    done = true
  })
  let between = 0
  while (!done) {
    await nextTurn()
    between++
  }
  const { body } = await comparing
  t.match(body, { read: 20_001, inSync: 1, extra: [], different: [] })
  t.equal((body.missing as readonly unknown[]).length, 20_000)
  t.ok(between > 10, `${between} times other requests were handled`)
})

/** Compares over a connection; `signal` closes it. */
async function reconcileOverConnection(
  { console, tenant }: TestConsole,
  text: string,
  signal?: AbortSignal,
): Promise<Response> {
  const address = await console.listen({ host: '127.0.0.1', port: 0 })
  return fetch(`${address}/api/v1/tenants/${tenant.id}/reconcile`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
    ...(signal && { signal }),
  })
}

t.test('a comparison in many slices is sent over a connection', async t => {
  const test = await buildTestConsole(t, 'entra')
  const rows = Array.from({ length: 2000 }, (_, at) => rowOfAnna.replaceAll('anna@', `user${at}@`))
  useSlowClock(t)
  const response = await reconcileOverConnection(test, header + rows.join(''))
  t.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
  t.match(await response.json(), { read: 2000, missing: { length: 2000 }, inSync: 0 })
})

t.test('a comparison ends when its client disconnects', async t => {
  const test = await buildTestConsole(t, 'entra')
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const user = { document: '{}', status: 'active', label: 'anna', id: '1' } as Identity
  let pages = 0
  test.deps.directory.identities = async () => {
    begin()
    pages++
    await nextTurn()
    return { items: [user, user, user], next: '1' }
  }
  useSlowClock(t)
  const gone = new AbortController()
  const response = reconcileOverConnection(test, header + rowOfAnna, gone.signal)
  await begun
  gone.abort()
  await t.rejects(response, { name: 'AbortError' })
  let before = -1
  // Until nothing was read for a while.
  while (before !== pages) {
    before = pages
    for (let turn = 0; turn < 100; turn++) await nextTurn()
  }
  t.ok(pages > 0)
})
