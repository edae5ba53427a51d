import type { Test } from 'tap'
import type { AccountAssignments, AssignmentTarget } from '../../src/domain/ports/account-assignments.ts'
import type { ResourceStore } from '../../src/domain/ports/resources.ts'
import { actionsOn, removing, tenant } from './store-fixture.ts'

/** Over the store of a tenant that exists; `clear` deletes its data. */
export type OpenAssignments = (t: Test) => Promise<{
  readonly assignments: AccountAssignments
  readonly store: ResourceStore
  readonly clear: () => Promise<void>
}>

const other = tenant + 1
const page = { limit: 50 }
const account = '111122223333'
const cause = (now: number) => ({ now, exchange: `y${now}` })
const user = (id: string) => ({ type: 'User', id }) as const
const group = (id: string) => ({ type: 'Group', id }) as const

export function describeAccountAssignments(t: Test, open: OpenAssignments): void {
  const openWith = async (t: Test) => {
    const opened = await open(t)
    const { assignments } = opened
    const create = async (name: string, now = 1) => {
      const created = await assignments.createPermissionSet(tenant, cause(now), name, {})
      if (created === 'name-taken') throw new Error(`There is ${name} already.`)
      return created
    }
    const assign = (now: number, target: AssignmentTarget) => assignments.assign(tenant, cause(now), target)
    const unassign = (now: number, target: AssignmentTarget) =>
      assignments.unassign(tenant, cause(now), target)
    return { ...opened, ...actionsOn(opened.store), create, assign, unassign }
  }

  t.test('permission sets are created, changed, listed by name and deleted', async t => {
    const { assignments, create } = await openWith(t)
    const content = {
      description: 'Reads "all" – änd more',
      sessionDuration: 'PT8H',
      tags: [{ key: 'team', value: '' }],
      inlinePolicy: '{"Version":"2012-10-17"}',
      permissionsBoundary: { ManagedPolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
    }
    const reader = await assignments.createPermissionSet(
      tenant,
      { now: 1000, exchange: 'x' },
      'Reader',
      content,
    )
    if (reader === 'name-taken') throw new Error('The name was free.')
    t.match(reader.id, /^ps-[0-9a-f]{16}$/)
    t.same(reader, { id: reader.id, name: 'Reader', content, created: 1000 })
    t.same(await assignments.permissionSet(tenant, reader.id), reader)
    t.equal(await assignments.createPermissionSet(tenant, cause(1001), 'Reader', {}), 'name-taken')
    t.equal(await assignments.permissionSet(other, reader.id), undefined, 'of another tenant')
    const admin = await create('Admin', 1002)
    t.same(await assignments.permissionSets(tenant, page), [admin, reader])
    t.same(await assignments.permissionSets(tenant, { limit: 1 }), [admin])
    t.same(await assignments.permissionSets(tenant, { limit: 1, after: 'Admin' }), [reader])
    const changed = await assignments.updatePermissionSet(tenant, reader.id, ({ content }) => ({
      ...content,
      relayState: 'https://console.aws.amazon.com/s3/',
    }))
    t.same(changed?.content, { ...content, relayState: 'https://console.aws.amazon.com/s3/' })
    t.same(await assignments.permissionSet(tenant, reader.id), changed)
    t.equal(await assignments.updatePermissionSet(tenant, 'ps-0000000000000000', () => ({})), undefined)
    await t.rejects(
      assignments.updatePermissionSet(tenant, reader.id, () => {
        throw new Error('no')
      }),
      { message: 'no' },
    )
    t.equal(await assignments.deletePermissionSet(tenant, cause(1003), reader.id), 'deleted')
    t.equal(await assignments.deletePermissionSet(tenant, cause(1004), reader.id), 'not-found')
    t.equal(await assignments.permissionSet(tenant, reader.id), undefined)
    t.same(await assignments.permissionSets(tenant, page), [admin])
    t.same(await assignments.permissionSets(tenant, { ...page, at: 1002 }), [
      admin,
      { ...changed, deleted: 1003 },
    ])
    t.same(await assignments.permissionSets(tenant, { ...page, at: 999 }), [])
    t.same(
      [...(await assignments.permissionSetsById(tenant, [reader.id, admin.id, 'ps-none'])).values()]
        .map(({ name }) => name)
        .toSorted(),
      ['Admin', 'Reader'],
      'deleted ones included',
    )
    t.not((await create('Reader', 1005)).id, reader.id, 'the name is free again')
  })

  t.test('the instance of a tenant has the name that it was given last', async t => {
    const { assignments, clear } = await openWith(t)
    t.equal(await assignments.instanceName(tenant), undefined)
    await assignments.nameInstance(tenant, 'Corp')
    await assignments.nameInstance(tenant, 'Corp-2')
    t.equal(await assignments.instanceName(tenant), 'Corp-2')
    t.equal(await assignments.instanceName(other), undefined)
    await clear()
    t.equal(await assignments.instanceName(tenant), undefined)
  })

  t.test('of two concurrent permission sets with one name, one is created', async t => {
    const { assignments } = await openWith(t)
    const both = await Promise.all(
      [1, 2].map(now => assignments.createPermissionSet(tenant, cause(now), 'Reader', {})),
    )
    t.equal(both.filter(result => result === 'name-taken').length, 1)
    t.equal((await assignments.permissionSets(tenant, page)).length, 1)
  })

  t.test('an account is assigned to users and groups that exist, once', async t => {
    const { assignments, create, assign, addUser, addGroup } = await openWith(t)
    const reader = await create('Reader')
    await addUser('marge')
    await addGroup('admins', ['marge'])
    const toMarge = { account, permissionSet: reader.id, principal: user('marge') }
    const request = await assign(2000, toMarge)
    t.match(request?.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    t.same(request, { id: request?.id, kind: 'create', at: 2000, ...toMarge })
    t.same(await assignments.request(tenant, 'create', request?.id ?? ''), request)
    t.equal(await assignments.request(tenant, 'delete', request?.id ?? ''), undefined, 'of another kind')
    t.equal(await assignments.request(other, 'create', request?.id ?? ''), undefined)
    const again = await assign(2001, toMarge)
    t.match(again, { kind: 'create', at: 2001, failure: undefined })
    await assign(2002, { ...toMarge, principal: group('admins') })
    const failed = await assign(2003, { ...toMarge, principal: user('admins') })
    t.same(failed, {
      id: failed?.id,
      kind: 'create',
      at: 2003,
      ...toMarge,
      principal: user('admins'),
      failure: 'no-principal',
    })
    t.equal(await assign(2004, { ...toMarge, permissionSet: 'ps-0000000000000000' }), undefined)
    const found = await assignments.assignments(tenant, page)
    t.same(
      found.map(({ id, ...assignment }) => assignment),
      [
        { ...toMarge, principalName: 'marge', created: 2000, exchange: 'y2000' },
        {
          ...toMarge,
          principal: group('admins'),
          principalName: 'Group admins',
          created: 2002,
          exchange: 'y2002',
        },
      ],
    )
    t.same(await assignments.requests(tenant, 'create', { ...page, failed: true }), [failed])
    t.equal((await assignments.requests(tenant, 'create', { ...page, failed: false })).length, 3)
    const [first, ...others] = await assignments.requests(tenant, 'create', page)
    t.same(first, request)
    t.same(
      await assignments.requests(tenant, 'create', { limit: 2, after: request?.id ?? '' }),
      others.slice(0, 2),
    )
    t.equal(await assignments.deletePermissionSet(tenant, cause(2005), reader.id), 'in-use')
  })

  t.test('a deleted assignment exists at earlier times', async t => {
    const { assignments, create, assign, unassign, addUser } = await openWith(t)
    const reader = await create('Reader')
    await addUser('marge')
    const target = { account, permissionSet: reader.id, principal: user('marge') }
    await assign(3000, target)
    t.match(await unassign(3010, target), { kind: 'delete', at: 3010, ...target })
    t.equal(await unassign(3011, target), undefined)
    t.same(await assignments.assignments(tenant, page), [])
    const idsAt = async (at: number) =>
      (await assignments.assignments(tenant, { ...page, at })).map(({ created }) => created)
    t.same(
      [await idsAt(2999), await idsAt(3000), await idsAt(3009), await idsAt(3010)],
      [[], [3000], [3000], []],
    )
    t.match(await assignments.assignments(tenant, { ...page, at: 3005 }), [
      { deleted: { at: 3010, exchange: 'y3010' } },
    ])
    await assign(3020, target)
    t.same([await idsAt(3005), await idsAt(3020)], [[3000], [3020]])
    t.equal(await assignments.deletePermissionSet(tenant, cause(3030), reader.id), 'in-use')
    await unassign(3031, target)
    t.equal(await assignments.deletePermissionSet(tenant, cause(3032), reader.id), 'deleted')
  })

  t.test('assignments are selected by account, permission set and principals, in pages', async t => {
    const { assignments, create, assign, addUser } = await openWith(t)
    const [reader, admin] = [await create('Reader'), await create('Admin')]
    for (const id of ['a', 'b', 'c']) await addUser(id)
    const accounts = [account, '444455556666']
    let now = 4000
    for (const id of ['a', 'b', 'c']) {
      for (const account of accounts) {
        await assign(++now, { account, permissionSet: reader.id, principal: user(id) })
      }
    }
    await assign(++now, { account, permissionSet: admin.id, principal: user('c') })
    const times = async (query: object) =>
      (await assignments.assignments(tenant, { ...page, ...query })).map(({ created }) => created)
    t.same(await times({}), [4001, 4002, 4003, 4004, 4005, 4006, 4007])
    t.same(await times({ account }), [4001, 4003, 4005, 4007])
    t.same(await times({ permissionSet: admin.id }), [4007])
    t.same(await times({ account, permissionSet: reader.id }), [4001, 4003, 4005])
    t.same(await times({ principals: ['c', 'a', 'nobody'] }), [4001, 4002, 4005, 4006, 4007])
    t.same(await times({ principals: [] }), [])
    t.same(await times({ principals: ['a'], principalType: 'User' }), [4001, 4002])
    t.same(await times({ principals: ['a'], principalType: 'Group' }), [])
    t.same(await times({ account: 'nul\0' }), [])
    const start = await assignments.assignments(tenant, { limit: 3 })
    t.same(await times({ limit: 3, after: start.at(-1)?.id }), [4004, 4005, 4006])
    t.same(await assignments.assigned(tenant, 'account', page), accounts)
    t.same(await assignments.assigned(tenant, 'account', { ...page, permissionSet: admin.id }), [account])
    t.same(await assignments.assigned(tenant, 'account', { limit: 1, after: account }), ['444455556666'])
    t.same(
      await assignments.assigned(tenant, 'permissionSet', { ...page, account }),
      [reader.id, admin.id].toSorted(),
    )
    t.same(await assignments.assigned(tenant, 'account', { ...page, at: 4001 }), [account])
    t.same(await assignments.assignments(other, page), [])
  })

  t.test(
    'assignments remain after their principal is deleted, and a new principal gets none of them',
    async t => {
      const { assignments, create, assign, unassign, addUser, addGroup, remove, changeUser } =
        await openWith(t)
      const reader = await create('Reader')
      await addUser('a', { userName: 'Ann' })
      await addUser('b')
      await addGroup('g')
      const target = { account, permissionSet: reader.id, principal: user('a') }
      await assign(5000, target)
      await assign(5001, { ...target, principal: user('b') })
      await assign(5002, { ...target, principal: group('g') })
      t.same(await assignments.dangling(tenant, page), [])
      await changeUser('a', { userName: 'Anna' })
      await remove('User', 'a')
      await remove('Group', 'g', removing)
      const shown = async () =>
        (await assignments.dangling(tenant, page)).map(
          ({ principal, principalName, principalDeleted, successor }) => [
            principal.id,
            principalName,
            principalDeleted,
            successor,
          ],
        )
      t.same(await shown(), [
        ['a', 'Anna', 1005, undefined],
        ['g', 'Group g', 1006, undefined],
      ])
      await addUser('a2', { userName: 'anna' })
      t.same(await shown(), [
        ['a', 'Anna', 1005, 'a2'],
        ['g', 'Group g', 1006, undefined],
      ])
      const left = await assignments.leftBehind(tenant, 'a2', 6000)
      t.match(left, [{ ...target, principalName: 'Ann', created: 5000 }])
      t.equal(left.length, 1)
      t.same(await assignments.leftBehind(tenant, 'a2', 4999), [], 'before it was assigned')
      t.same(await assignments.leftBehind(tenant, 'b', 6000), [])
      t.same(await assignments.leftBehind(tenant, 'nobody', 6000), [])
      const [first] = await assignments.dangling(tenant, { limit: 1 })
      t.match(await assignments.dangling(tenant, { limit: 1, after: first?.id ?? '' }), [
        { principal: { id: 'g' } },
      ])
      t.match(await unassign(5010, target), { kind: 'delete' }, 'it can be deleted')
      t.match(await shown(), [['g']])
    },
  )

  t.test('the assignments of a deleted principal are deleted with it if the tenant is set so', async t => {
    const { assignments, create, assign, addUser, remove } = await openWith(t)
    const { id: permissionSet } = await create('Reader')
    await addUser('a')
    await addUser('b')
    await assign(500, { account, permissionSet, principal: user('a') })
    await assign(501, { account, permissionSet, principal: user('b') })
    await remove('User', 'a', { ...removing, assignments: 'delete' })
    t.match(await assignments.assignments(tenant, page), [{ principal: user('b') }])
    t.same(await assignments.dangling(tenant, page), [])
    t.match(
      await assignments.assignments(tenant, { ...page, at: 502 }),
      [{ principal: user('a'), deleted: { at: Number } }, { principal: user('b') }],
      'they existed before',
    )
  })

  t.test('a request to provision is stored', async t => {
    const { assignments, create } = await openWith(t)
    const { id } = await create('Reader')
    const one = await assignments.provision(tenant, cause(7000), id, account)
    t.same(one, { id: one?.id, kind: 'provision', at: 7000, permissionSet: id, account })
    const all = await assignments.provision(tenant, cause(7001), id, undefined)
    t.same(all, { id: all?.id, kind: 'provision', at: 7001, permissionSet: id })
    t.same(await assignments.requests(tenant, 'provision', page), [one, all])
    t.equal(await assignments.provision(tenant, cause(7002), 'ps-none', account), undefined)
  })

  t.test('clearing a tenant deletes permission sets and assignments; a deleted tenant gets none', async t => {
    const { assignments, create, assign, addUser, clear } = await openWith(t)
    const { id } = await create('Reader')
    await addUser('a')
    const request = await assign(8000, { account, permissionSet: id, principal: user('a') })
    await clear()
    t.same(
      [
        await assignments.permissionSets(tenant, { ...page, at: 9000 }),
        await assignments.assignments(tenant, { ...page, at: 9000 }),
        await assignments.request(tenant, 'create', request?.id ?? ''),
      ],
      [[], [], undefined],
    )
    await t.rejects(assignments.createPermissionSet(99, cause(1), 'Reader', {}), {
      name: 'ScimError',
      message: 'The tenant has been deleted.',
    })
  })
}
