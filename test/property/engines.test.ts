import assert from 'node:assert/strict'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { ListQuery, PageQuery, Slice, TypeQuery } from '../../src/ports/resources.ts'
import { connectPostgres } from '../../src/postgres/connect.ts'
import { openConnection } from '../../src/postgres/connection.ts'
import { migrate as migratePostgres } from '../../src/postgres/migrations.ts'
import { createResourceReads } from '../../src/postgres/resources.ts'
import { groupType, userType } from '../../src/scim/core-schemas.ts'
import { prepareResource } from '../../src/scim/document.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import { toResourceId } from '../../src/scim/resource.ts'
import { connect } from '../../src/sqlite/connections.ts'
import { openSqlite } from '../../src/sqlite/database.ts'
import { migrate } from '../../src/sqlite/migrations.ts'
import { createResourceStore } from '../../src/sqlite/resources.ts'
import { clearTenants } from '../../src/sqlite/tenant-clearing.ts'
import { createWriter } from '../../src/sqlite/writer.ts'
import { filterOn, keep, pathOn, place, removing, tenant } from '../contract/store-fixture.ts'
import { copyToPostgres } from '../support/copy-to-postgres.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'
import { assertProperty } from '../support/property.ts'

/** The store of each engine, with the same rows after `copy`. */
async function openEngines(t: Test) {
  const db = openSqlite(undefined)
  migrate(db)
  const sqlite = connect(db)
  const writer = createWriter(db)
  const store = createResourceStore(sqlite, writer)
  const location = await createSchema(t)
  await migratePostgres(location)
  const postgres = connectPostgres(location, { readers: 2, lanes: 0 })
  const connection = await openConnection(location)
  t.teardown(async () => {
    await writer.close()
    await sqlite.close()
    await postgres.close()
    await connection.close()
  })
  return {
    store,
    reads: createResourceReads(postgres.reads),
    clear: () => writer.write(() => clearTenants(db, `tenant = ${tenant}`)),
    copy: () => copyToPostgres(db, connection),
  }
}

const one = <Chosen>(values: readonly Chosen[]) => fc.constantFrom(...values)

// In orders that differ between languages, code units and code points, and around the length of an index entry.
const texts = [
  '',
  'a',
  'A',
  'a b',
  'ab',
  'B',
  'é',
  'É',
  'z',
  '_',
  '\uffee',
  '😀',
  'ß',
  'x'.repeat(256),
  `${'x'.repeat(255)}y!`,
]
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const optional = <Values extends object>(values: { [Name in keyof Values]: fc.Arbitrary<Values[Name]> }) =>
  fc.record(values, { requiredKeys: [] })

const users = fc.uniqueArray(
  fc.record({
    userName: fc.tuple(one(texts), fc.nat({ max: 99 })).map(([text, number]) => `${text}${number}`),
    values: optional({
      displayName: one(texts),
      title: one(texts),
      externalId: one(texts),
      active: fc.boolean(),
      emails: fc.array(fc.record({ value: one(['a@x.org', 'b@x.org']), type: one(['home', 'work']) }), {
        maxLength: 2,
      }),
      name: optional({ familyName: one(texts) }),
      [enterprise]: optional({ department: one(texts) }),
    }),
  }),
  { selector: ({ userName }) => userName.toLowerCase(), maxLength: 14 },
)
/** An id that no resource has, longer than an index entry. */
const farAway = 'far/'.repeat(1000)

const groups = fc.array(
  fc.record({
    displayName: one(texts),
    members: fc.uniqueArray(one(['u0', 'u1', 'u2', 'g0', 'gone', farAway])),
  }),
  { maxLength: 3 },
)

const userFilters = [
  'title co "A"',
  'userName sw "a"',
  'userName gt "b" and active eq true',
  'not (emails pr)',
  'emails[type eq "work" and value eq "a@x.org"]',
  'externalId ew "b" or externalId le "A"',
  'name.familyName ge "É"',
  `${enterprise}:department ne "z"`,
  'groups.value eq "g0"',
  'groups.display eq "É"',
  'groups[display sw "a"]',
  'groups pr',
  'id eq "u1"',
  'userName eq "a1"',
  'meta.created lt "1970-01-01T00:00:01.004Z"',
]
const groupFilters = [
  'displayName co "b"',
  'members.value eq "u1"',
  `members.value eq "${farAway}"`,
  'members[value ew "far/"]',
  'members[display sw "a" or type eq "group"]',
  'members.display eq "É"',
  'not (members pr)',
]
const sortings = [
  'userName',
  'displayName',
  'title',
  'externalId',
  'active',
  'emails.value',
  'emails.type',
  'meta.created',
  'name.familyName',
  'id',
]

const filterOf = (type: typeof userType, filters: readonly string[]) =>
  fc.option(one(filters), { nil: undefined }).map(text => text && filterOn(type, text))

const typeQueries = fc
  .record({
    user: filterOf(userType, userFilters),
    group: filterOf(groupType, groupFilters),
    types: one([['User'], ['Group'], ['User', 'Group']]),
    sortBy: fc.option(one(sortings), { nil: undefined }),
  })
  .map(({ user, group, types, sortBy }): readonly TypeQuery[] =>
    types.map(type => {
      const filter = type === 'User' ? user : group
      const isSorted = sortBy !== undefined && (type === 'User' || ['displayName', 'id'].includes(sortBy))
      return {
        type,
        ...(filter && { filter }),
        ...(isSorted && { sortBy: pathOn(type === 'User' ? userType : groupType, sortBy) }),
      }
    }),
  )

const count = fc.nat({ max: 6 })
const byIndex: fc.Arbitrary<Slice> = fc.record({
  by: fc.constant('index' as const),
  offset: fc.oneof({ weight: 9, arbitrary: fc.nat({ max: 9 }) }, { weight: 1, arbitrary: one([2 ** 40]) }),
  count,
})
const slices: fc.Arbitrary<Slice> = fc.oneof(
  byIndex,
  fc.record({ by: one(['after', 'before'] as const), key: fc.nat({ max: 20 }), count }),
)
const order = one(['ascending', 'descending'] as const)
const pages: fc.Arbitrary<PageQuery> = fc.oneof(
  fc.record({ typeQueries, slice: slices, total: fc.boolean() }),
  fc.record({ typeQueries, slice: byIndex, total: fc.boolean(), order }),
)
const orders: fc.Arbitrary<ListQuery> = fc.record({ typeQueries, order })

t.test(
  'both engines return the same resources, lists and relations',
  { skip: skipWithoutPostgres },
  async t => {
    const { store, reads, clear, copy } = await openEngines(t)

    const create = async (type: typeof userType, id: string, values: JsonObject, now: number) =>
      store.insert(
        place(type === userType ? 'User' : 'Group', id),
        { now: 1000 + now },
        { next: prepareResource(type, toResourceId(id), values), memberships: [], members: keep },
        100,
      )

    await assertProperty(
      fc.asyncProperty(
        users,
        groups,
        fc.array(pages, { minLength: 20, maxLength: 20 }),
        fc.array(orders, { minLength: 5, maxLength: 5 }),
        async (users, groups, pages, orders) => {
          await clear()
          const keys: number[] = []
          for (const [at, { userName, values }] of users.entries())
            keys.push((await create(userType, `u${at}`, { userName, ...values } as JsonObject, at)).key)
          for (const [at, { displayName, members }] of groups.entries()) {
            const { key } = await create(groupType, `g${at}`, { displayName: `${displayName}${at}` }, at)
            keys.push(key)
            await store.update(place('Group', `g${at}`), { now: 2000 }, ({ document }) => ({
              next: prepareResource(groupType, toResourceId(`g${at}`), JSON.parse(document)),
              memberships: [{ kind: 'add', members: members.filter(id => id !== `g${at}`) }],
              members: keep,
            }))
          }
          // Leaves a gap between the keys.
          await store.remove(place('User', 'u3'), { now: 3000 }, removing)
          await copy()

          const answers = (engine: Pick<typeof store, keyof typeof reads>) =>
            Promise.all([
              Promise.all(pages.map(query => engine.list(tenant, query))),
              Promise.all(orders.map(query => engine.orderedKeys(tenant, query))),
              engine.findByKeys(tenant, keys.toReversed()),
              engine.related('members', keys),
              engine.related('groups', keys),
              engine.related('groups', keys, 'nested'),
              engine.relatedById(tenant, ['u0', 'g0', 'gone', '\0']),
              Promise.all(['u0', 'u3', 'a\0', '\ud800'].map(id => engine.find(place('User', id)))),
              Promise.all(keys.map(key => engine.hasMoreMembers(key, 1))),
            ])
          assert.deepEqual(await answers(reads), await answers(store))
        },
      ),
      { numRuns: 60 },
    )
    t.pass('each')
  },
)
