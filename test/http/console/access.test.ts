import t from 'tap'
import { aGroup, aUser } from '../../support/samples.ts'
import { buildTestConsole, type TestConsole, wholeList } from './console-app.ts'

const account = '111122223333'
const other = '444455556666'
const hour = 60 * 60 * 1000

/** A tenant with assignments: Admins (anna, disabled dora) and bert directly, at increasing times. */
async function openWithAssignments(testConsole: TestConsole) {
  const { client, tenant, deps } = testConsole
  const { assignments } = deps
  let now = Date.now()
  const create = async (name: string) => {
    const created = await assignments.createPermissionSet(tenant.key, { now: ++now }, name, {
      sessionDuration: 'PT8H',
    })
    if (created === 'name-taken') throw new Error(`There is ${name} already.`)
    return created.id
  }
  const [anna, bert, dora] = [
    await client.create('Users', aUser('anna', { displayName: 'Anna Berg' })),
    await client.create('Users', aUser('bert')),
    await client.create('Users', aUser('dora', { active: false })),
  ]
  const admins = await client.create('Groups', aGroup('Admins'))
  const empty = await client.create('Groups', aGroup('Empty'))
  await client.patch(`/Groups/${admins.id}`, {
    op: 'add',
    path: 'members',
    value: [{ value: anna.id }, { value: dora.id }],
  })
  const [reader, admin] = [await create('Reader'), await create('Admin')]
  const assign = async (permissionSet: string, account: string, type: 'User' | 'Group', id: string) => {
    now = Math.max(now + 1, Date.now())
    await assignments.assign(
      tenant.key,
      { now, exchange: `x-${now}` },
      { account, permissionSet, principal: { type, id } },
    )
  }
  await assign(reader, account, 'Group', admins.id)
  await assign(admin, account, 'User', bert.id)
  await assign(reader, other, 'User', anna.id)
  await assign(admin, other, 'Group', empty.id)
  return { ...testConsole, assignments, anna, bert, dora, admins, empty, reader, admin, assign }
}

const withoutTimes = ({ summary }: { readonly summary?: string }) =>
  summary?.replace(/ since \d{4}-[\dT:.-]+Z/, '')

t.test('access lists who has access to which account, through which group and assignment', async t => {
  const opened = await openWithAssignments(await buildTestConsole(t, 'aws'))
  const { callApi, anna, admins, reader, tenant } = opened
  const base = `/api/v1/tenants/${tenant.id}/access`
  const summaries = async (query: string) =>
    (await callApi('GET', `${base}${query}`)).body.items.map(withoutTimes)
  const all = [
    `dora is disabled, and would otherwise have access to account ${account} with Reader through the group Admins.`,
    `anna has access to account ${account} with Reader through the group Admins.`,
    `bert has access to account ${account} with Admin by a direct assignment.`,
    `anna has access to account ${other} with Reader by a direct assignment.`,
    `No user has access to account ${other} with Admin through the group Empty, which has no members.`,
  ]
  t.same(await summaries(''), all)
  t.same(await summaries(`?user=${anna.id}`), [all[1], all[3]])
  t.same(await summaries('?user=ANNA'), [all[1], all[3]], 'by name')
  t.same(await summaries('?user=dora'), [all[0]])
  t.same(await summaries('?group=Admins'), all.slice(0, 2))
  t.same(await summaries(`?account=${other}`), all.slice(3))
  t.same(await summaries('?permissionSet=Admin'), [all[2], all[4]])
  t.same(await summaries(`?permissionSet=${reader}&user=anna&group=Admins`), [all[1]])
  for (const limit of [1, 2, 3]) {
    const items = await wholeList(callApi, `${base}?limit=${limit}`)
    t.same(items.map(withoutTimes), all, `by ${limit}`)
  }
  const [first] = (await callApi('GET', `${base}?user=anna&limit=1`)).body.items
  t.same(first, {
    result: 'access',
    defect: 'cannot-sign-in',
    summary: `anna has access to account ${account} with Reader through the group Admins since ${first.joined}.`,
    account,
    permissionSet: { id: reader, name: 'Reader', arn: first.permissionSet.arn },
    principal: { type: 'Group', id: admins.id, name: 'Admins' },
    user: { id: anna.id, name: 'anna', display: 'Anna Berg', status: 'active' },
    joined: first.joined,
    assignment: first.assignment,
  })
  t.match(first.joined, /^\d{4}-.*Z$/)
  t.match(first.permissionSet.arn, /^arn:aws:sso:::permissionSet\/ssoins-7223[0-9a-f]{12}\/ps-[0-9a-f]{16}$/)
  t.match(first.assignment, { id: /^[0-9a-f-]{36}$/, created: /Z$/, exchange: /^x-/ })
})

t.test('access at an earlier time follows from the members and assignments of that time', async t => {
  const opened = await openWithAssignments(await buildTestConsole(t, 'aws'))
  const { callApi, client, tenant, advance, anna, bert, admins, assignments, reader } = opened
  const base = `/api/v1/tenants/${tenant.id}/access`
  const before = new Date(Date.now() + hour / 2).toISOString()
  await advance(hour)
  await client.patch(`/Groups/${admins.id}`, { op: 'remove', path: `members[value eq "${anna.id}"]` })
  await client.delete(`/Users/${bert.id}`)
  await assignments.unassign(
    tenant.key,
    { now: Date.now() + hour },
    { account: other, permissionSet: reader, principal: { type: 'User', id: anna.id } },
  )
  const entries = async (query: string) =>
    (await callApi('GET', `${base}?${query}`)).body.items.map(
      ({ user, result, account }: { user?: { name: string }; result: string; account: string }) => [
        user?.name,
        result,
        account,
      ],
    )
  t.same(await entries('user=anna'), [])
  t.same(await entries(`user=anna&at=${before}`), [
    ['anna', 'access', account],
    ['anna', 'access', other],
  ])
  t.same(await entries(`account=${account}`), [
    ['dora', 'disabled', account],
    [undefined, 'no-principal', account],
  ])
  t.same(await entries(`account=${account}&at=${before}`), [
    ['dora', 'disabled', account],
    ['anna', 'access', account],
    ['bert', 'access', account],
  ])
  const [then] = (await callApi('GET', `${base}?user=anna&at=${before}`)).body.items
  await client.patch(`/Groups/${admins.id}`, { op: 'add', path: 'members', value: [{ value: anna.id }] })
  const [again] = (await callApi('GET', `${base}?user=anna`)).body.items
  t.ok(then.joined < before && again.joined > before, 'joining again has another time')
  const { body } = await callApi('GET', `${base}?user=bert&at=${before}`)
  t.match(body.items, [
    { summary: `bert had access to account ${account} with Admin by a direct assignment.` },
  ])
  t.same(await entries(`at=${new Date(tenant.created).toISOString()}`), [])
  t.same((await callApi('GET', `${base}/accounts?at=${before}`)).body.items, [
    { account },
    { account: other },
  ])
})

t.test('assignments of deleted users are listed with their names, successors and the remedy', async t => {
  const opened = await openWithAssignments(await buildTestConsole(t, 'aws'))
  const { callApi, client, tenant, bert, empty, admin } = opened
  const base = `/api/v1/tenants/${tenant.id}/access/dangling`
  t.same((await callApi('GET', base)).body, { items: [] })
  await client.delete(`/Users/${bert.id}`)
  await client.delete(`/Groups/${empty.id}`)
  const again = await client.create('Users', aUser('bert'))
  const { items } = (await callApi('GET', base)).body
  const [first] = items
  const arn = first.permissionSet.arn
  t.same(first, {
    account,
    permissionSet: { id: admin, name: 'Admin', arn },
    principal: { type: 'User', id: bert.id, name: 'bert' },
    deleted: first.deleted,
    successor: again.id,
    assignment: first.assignment,
    command: `aws sso-admin delete-account-assignment --instance-arn ${arn.replace('permissionSet', 'instance').replace(/\/ps-.*/, '')} --target-id ${account} --target-type AWS_ACCOUNT --permission-set-arn ${arn} --principal-type USER --principal-id ${bert.id}`,
  })
  t.match(items[1], { principal: { type: 'Group', name: 'Empty' } })
  t.same(await wholeList(callApi, `${base}?limit=1`), items)
})

t.test('permission sets are listed by name', async t => {
  const { callApi, tenant, admin } = await openWithAssignments(await buildTestConsole(t, 'aws'))
  const { items } = (await callApi('GET', `/api/v1/tenants/${tenant.id}/access/permission-sets`)).body
  t.match(items, [{ id: admin, name: 'Admin', sessionDuration: 'PT8H' }, { name: 'Reader' }])
  t.equal(items.length, 2)
})

t.test('unknown subjects and cursors are rejected', async t => {
  const { callApi, tenant } = await buildTestConsole(t, 'aws')
  const base = `/api/v1/tenants/${tenant.id}/access`
  const detailOf = async (query: string) => {
    const { status, body } = await callApi('GET', `${base}${query}`)
    return [status, body.detail]
  }
  t.same(await detailOf('?user=nobody'), [
    404,
    `The tenant "${tenant.id}" has no user with the ID or the name "nobody". GET /api/v1/tenants/${tenant.id}/users lists all.`,
  ])
  t.match(await detailOf('?group=nobody&at=2020-01-01T00:00:00Z'), [
    404,
    /had no group .* at 2020-01-01T00:00:00.000Z; by its clock it is/,
  ])
  t.match(await detailOf('?permissionSet=ps-0000000000000000'), [404, /permission-sets lists all/])
  t.match(await detailOf('?account=123'), [400])
  for (const cursor of ['x', '1', ':', '0:0:0']) {
    t.equal((await callApi('GET', `${base}?cursor=${cursor}`)).status, 400, cursor)
  }
  t.equal((await callApi('GET', `${base}/dangling?cursor=x`)).status, 400)
  t.equal((await callApi('GET', '/api/v1/tenants/nowhere/access')).status, 404)
})

t.test('a user who is created again is a finding that names the lost assignments', async t => {
  const opened = await openWithAssignments(await buildTestConsole(t, 'aws'))
  const { callApi, client, bert } = opened
  await client.delete(`/Users/${bert.id}`)
  const again = await client.create('Users', aUser('bert'))
  await client.create('Users', aUser('somebody'))
  const { items } = (await callApi('GET', '/api/v1/findings')).body
  const found = items.filter(({ id }: { id: string }) => id === 'client/assignments-lost')
  t.match(found, [
    {
      severity: 'warning',
      title: 'Created again: account assignments lost',
      count: 1,
      evidence: [
        {
          subject: 'bert',
          detail: `The ID is ${again.id} now; it was ${bert.id}, which still has Admin in account ${account}.`,
        },
      ],
    },
  ])
  t.equal(found.length, 1)
})

/** A user whose userName is an email address, without which AWS would not let the user sign in. */
const aPerson = (name: string, more = {}) => aUser(`${name}@example.com`, more)

/** Good (eva, disabled dora), bert directly, and noname whose userName is no address. */
async function openWithDefects(testConsole: TestConsole) {
  const { client, tenant, deps } = testConsole
  const [eva, dora, bert, noname] = [
    await client.create('Users', aPerson('eva')),
    await client.create('Users', aPerson('dora', { active: false })),
    await client.create('Users', aPerson('bert')),
    await client.create('Users', aUser('noname')),
  ]
  const good = await client.create('Groups', aGroup('Good'))
  const empty = await client.create('Groups', aGroup('Empty'))
  await client.patch(`/Groups/${good.id}`, {
    op: 'add',
    path: 'members',
    value: [{ value: eva.id }, { value: dora.id }],
  })
  const created = await deps.assignments.createPermissionSet(tenant.key, { now: Date.now() }, 'Reader', {})
  const reader = typeof created === 'string' ? '' : created.id
  let now = Date.now()
  const assign = async (type: 'User' | 'Group', id: string, to = account) =>
    deps.assignments.assign(
      tenant.key,
      { now: ++now },
      { account: to, permissionSet: reader, principal: { type, id } },
    )
  await assign('Group', good.id)
  await assign('User', dora.id)
  await assign('User', bert.id)
  await assign('User', eva.id, other)
  await assign('User', noname.id, other)
  await assign('Group', empty.id, other)
  return { ...testConsole, eva, dora, bert, noname, good, empty, reader }
}

t.test('assignments that should not be there are listed with the reason, and counted', async t => {
  const opened = await openWithDefects(await buildTestConsole(t, 'aws'))
  const { callApi, client, tenant, advance, bert, empty, reader } = opened
  const base = `/api/v1/tenants/${tenant.id}/access`
  const wrong = async (query = '') =>
    (await callApi('GET', `${base}?shouldNot=any${query}`)).body.items.map(
      ({ defect, user, principal, account }: Record<string, { name: string }>) => [
        defect,
        user?.name ?? principal?.name,
        principal?.name,
        account,
      ],
    )
  const dora = 'dora@example.com'
  const before = [
    ['disabled', dora, 'Good', account],
    ['disabled', dora, dora, account],
    ['cannot-sign-in', 'noname', 'noname', other],
  ]
  t.same(await wrong(), before)
  const then = new Date(Date.now() + hour / 2).toISOString()
  await advance(hour)
  await client.delete(`/Users/${bert.id}`)
  await client.delete(`/Groups/${empty.id}`)
  const all = [
    ...before.slice(0, 2),
    ['deleted', 'bert@example.com', 'bert@example.com', account],
    before[2],
    ['deleted', 'Empty', 'Empty', other],
  ]
  t.same(await wrong(), all)
  t.same(await wrong(`&at=${then}`), before, 'at an earlier time')
  t.same(await wrong(`&user=${dora}`), before.slice(0, 2))
  t.same(await wrong(`&account=${other}`), all.slice(3))
  t.same(await wrong('&group=Good'), before.slice(0, 1))
  const deleted = (await callApi('GET', `${base}?shouldNot=deleted`)).body.items
  t.match(deleted, [{ user: undefined, result: 'no-principal' }, { principal: { type: 'Group' } }])
  const listed = await wholeList(callApi, base)
  const defective = listed.filter(({ defect }: { defect?: string }) => defect !== undefined)
  const reviewed = await wholeList(callApi, `${base}?shouldNot=any`)
  t.same(reviewed, defective, 'as the whole list has them')
  for (const limit of [1, 2, 3]) {
    t.same(await wholeList(callApi, `${base}?shouldNot=any&limit=${limit}`), reviewed, `by ${limit}`)
  }
  const { status, body } = await callApi('GET', `${base}/summary`)
  t.equal(status, 200)
  t.same(body, {
    total: listed.length,
    defects: { disabled: 2, deleted: 2, missing: 0, 'cannot-sign-in': 1 },
    accounts: [
      { account, people: 3 },
      { account: other, people: 3 },
    ],
    permissionSets: [{ id: reader, name: 'Reader', arn: body.permissionSets[0].arn }],
    cells: [
      { account, permissionSet: reader, people: 3, defects: 2 },
      { account: other, permissionSet: reader, people: 3, defects: 2 },
    ],
  })
  const { defects, total } = (await callApi('GET', `${base}/summary?at=${then}`)).body
  t.same([total, defects], [7, { disabled: 2, deleted: 0, missing: 0, 'cannot-sign-in': 1 }])
  t.equal((await callApi('GET', `${base}?shouldNot=any&cursor=x`)).status, 400)
  t.equal((await callApi('GET', `${base}?shouldNot=never`)).status, 400)
})

t.test('a tenant without assignments has nothing to count', async t => {
  const { callApi, tenant } = await buildTestConsole(t, 'aws')
  t.same((await callApi('GET', `/api/v1/tenants/${tenant.id}/access/summary`)).body, {
    total: 0,
    defects: { disabled: 0, deleted: 0, missing: 0, 'cannot-sign-in': 0 },
    accounts: [],
    permissionSets: [],
    cells: [],
  })
})

t.test('access ends with the deletion of a user, whether the assignments are kept or deleted', async t => {
  const { callApi, client, tenant, bert, anna } = await openWithAssignments(await buildTestConsole(t, 'aws'))
  const base = `/api/v1/tenants/${tenant.id}`
  const dangling = async () =>
    (await callApi('GET', `${base}/access/dangling`)).body.items.map(
      ({ principal }: { principal: { name: string } }) => principal.name,
    )
  const results = async (user: string) =>
    (await callApi('GET', `${base}/access?user=${user}`)).body.items.map(
      ({ result }: { result: string }) => result,
    )
  await client.delete(`/Users/${bert.id}`)
  t.same([await results('bert'), await dangling()], [['no-principal'], ['bert']])
  await callApi('PATCH', base, { switches: { assignmentsOfDeleted: 'delete' } })
  await client.delete(`/Users/${anna.id}`)
  t.same([await results('anna'), await dangling()], [[], ['bert']])
})
