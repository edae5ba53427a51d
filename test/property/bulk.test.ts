import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { bulk, patch, post, statuses } from '../support/bulk.ts'
import { assertProperty } from '../support/property.ts'
import { aGroup, aUser, enterpriseUrn } from '../support/samples.ts'
import { buildTestApp, patchOp, type ScimClient } from '../support/scim.ts'

/** Users u0… with managers and groups g0… with members, each referenced by number; references may be circular. */
type Wish = {
  readonly managers: readonly (number | undefined)[]
  readonly groups: readonly { readonly users: readonly number[]; readonly groups: readonly number[] }[]
  readonly joins: readonly { readonly group: number; readonly user: number }[]
}

const wishes: fc.Arbitrary<Wish> = fc
  .record({ users: fc.integer({ min: 1, max: 5 }), groups: fc.integer({ min: 1, max: 4 }) })
  .chain(({ users, groups }) => {
    const user = fc.nat({ max: users - 1 })
    const group = fc.nat({ max: groups - 1 })
    return fc.record({
      managers: fc.array(fc.option(user, { nil: undefined }), { minLength: users, maxLength: users }),
      groups: fc.array(
        fc.record({
          users: fc.uniqueArray(user, { maxLength: 3 }),
          groups: fc.uniqueArray(group, { maxLength: 3 }),
        }),
        { minLength: groups, maxLength: groups },
      ),
      joins: fc.array(fc.record({ group, user }), { maxLength: 3 }),
    })
  })
  .map(wish => ({
    ...wish,
    // No group is a member of itself.
    groups: wish.groups.map((one, at) => ({ ...one, groups: one.groups.filter(other => other !== at) })),
  }))

const operationsOf = ({ managers, groups, joins }: Wish) => [
  ...managers.map((manager, at) =>
    post(
      '/Users',
      `u${at}`,
      aUser(`u${at}`, {
        displayName: `u${at}`,
        ...(manager !== undefined && { [enterpriseUrn]: { manager: { value: `bulkId:u${manager}` } } }),
      }),
    ),
  ),
  ...groups.map(({ users, groups: others }, at) => {
    const members = [...users.map(user => `bulkId:u${user}`), ...others.map(other => `bulkId:g${other}`)]
    return post('/Groups', `g${at}`, aGroup(`g${at}`, members))
  }),
  ...joins.map(({ group, user }) =>
    patch(
      `/Groups/bulkId:g${group}`,
      patchOp({ op: 'add', path: 'members', value: [{ value: `bulkId:u${user}` }] }),
    ),
  ),
]

/** The expected directory, by names. */
const expected = ({ managers, groups, joins }: Wish) => ({
  managers: managers.map(manager => (manager === undefined ? undefined : `u${manager}`)),
  members: groups.map(({ users, groups: others }, at) => {
    const joining = joins.filter(({ group }) => group === at).map(({ user }) => user)
    const names = [...[...users, ...joining].map(user => `u${user}`), ...others.map(other => `g${other}`)]
    return [...new Set(names)].toSorted()
  }),
})

async function found(client: ScimClient) {
  const users: readonly { id: string; displayName: string; [urn: string]: unknown }[] =
    (await client.get('/Users?sortBy=displayName')).body.Resources ?? []
  const groups: readonly { members?: readonly { display: string }[] }[] =
    (await client.get('/Groups?sortBy=displayName')).body.Resources ?? []
  const names = new Map(users.map(({ id, displayName }) => [id, displayName]))
  return {
    managers: users.map(user => {
      const extension = user[enterpriseUrn] as { manager?: { value: string } } | undefined
      return extension?.manager && names.get(extension.manager.value)
    }),
    members: groups.map(({ members = [] }) => members.map(({ display }) => display).toSorted()),
  }
}

t.test('R-204 R-207 the order of the operations has no effect on the directory', async t => {
  const { another } = await buildTestApp(t, 'rfc')
  await assertProperty(
    fc.asyncProperty(
      wishes.chain(wish =>
        fc.tuple(
          fc.constant(wish),
          fc.shuffledSubarray(operationsOf(wish), { minLength: operationsOf(wish).length }),
        ),
      ),
      fc.boolean(),
      async ([wish, operations], oneByOne) => {
        const { client } = await another('rfc')
        const results = await bulk(client, operations, oneByOne ? { failOnErrors: 1 } : {})
        assert.deepEqual(
          statuses(results).filter(status => !/^20[01]$/.test(status)),
          [],
        )
        assert.deepEqual(await found(client), expected(wish))
      },
    ),
    { numRuns: 60 },
  )
})

t.test('R-204 after failed operations, no reference is dangling', async t => {
  const { another } = await buildTestApp(t, 'rfc')
  await assertProperty(
    fc.asyncProperty(
      wishes,
      fc.uniqueArray(fc.nat({ max: 8 }), { minLength: 1, maxLength: 3 }),
      fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      async (wish, broken, failOnErrors) => {
        const { client } = await another('rfc')
        const operations = operationsOf(wish).map((operation, at) =>
          broken.includes(at) && operation.method === 'POST'
            ? { ...operation, data: { schemas: [] } }
            : operation,
        )
        const results = await bulk(client, operations, failOnErrors === undefined ? {} : { failOnErrors })
        const created = results.filter(({ status }: { status: string }) => status === '201').length
        const { body: users } = await client.get('/Users')
        const { body: groups } = await client.get('/Groups')
        assert.equal(
          users.totalResults + groups.totalResults,
          created,
          'all resources that were reported exist',
        )
        const ids = new Set([...(users.Resources ?? []), ...(groups.Resources ?? [])].map(({ id }) => id))
        const { managers, members } = await found(client)
        const managed = (users.Resources ?? []).filter((user: object) => enterpriseUrn in user).length
        assert.equal(managers.filter(Boolean).length, managed, 'each manager exists')
        for (const { members: list = [] } of groups.Resources ?? []) {
          assert.ok(
            list.every(({ value }: { value: string }) => ids.has(value)),
            'each member exists',
          )
        }
        assert.ok(members.flat().every(Boolean))
      },
    ),
    { numRuns: 60 },
  )
})
