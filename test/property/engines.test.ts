import assert from 'node:assert/strict'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { Directory } from '../../src/domain/ports/directory.ts'
import type {
  ListQuery,
  PageQuery,
  ResourceStore,
  Slice,
  TypeQuery,
} from '../../src/domain/ports/resources.ts'
import { groupType, userType } from '../../src/scim/core-schemas.ts'
import { prepareResource } from '../../src/scim/document.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import type { MembershipEdit } from '../../src/scim/patch/elements.ts'
import { toResourceId } from '../../src/scim/resource.ts'
import { createPurge } from '../../src/storage/postgres/directory.ts'
import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../src/storage/sqlite/directory.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { clearTenants } from '../../src/storage/sqlite/tenant-rows.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { filterOn, keep, memberFilter, pathOn, place, tenant } from '../contract/store-fixture.ts'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { createTenants, openForTest, openPostgresStore } from '../support/postgres-store.ts'
import { assertProperty } from '../support/property.ts'

type Row = Readonly<Record<string, unknown>>

/** What the test uses of an engine. */
type Engine = {
  readonly store: ResourceStore
  readonly purge: Directory['purge']
  readonly clear: () => Promise<void>
  readonly select: (sql: string) => Promise<readonly Row[]>
  /** Expressions for columns that the engines store differently. */
  readonly wholeText: (alias: string, column: string) => string
}

function openSqliteEngine(t: Test): Engine {
  const db = openSqlite(undefined)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db)
  t.teardown(async () => {
    await writer.close()
    await connections.close()
  })
  return {
    store: createResourceStore(connections, writer),
    purge: createDirectory(connections, writer).purge,
    clear: () => writer.write(() => clearTenants(db, `tenant = ${tenant}`)),
    select: async sql => db.prepare<[], Row>(sql).all(),
    wholeText: (alias, column) => `${alias}.${column}`,
  }
}

async function openPostgresEngine(t: Test): Promise<Engine> {
  const location = await createTenants(t)
  const { store, lanes } = openPostgresStore(t, location)
  const connection = await openForTest(t, location)
  return {
    store,
    purge: createPurge(lanes),
    clear: () =>
      connection.execute(
        'truncate resources, keys, memberships, versions, membership_events, deleted_resources, counts',
      ),
    select: text => connection.query<Row>({ text }),
    wholeText: (alias, column) => `coalesce(${alias}.whole, ${alias}.${column})`,
  }
}

const everKnown = '(select key, id from resources union all select key, id from deleted_resources)'

/** The rows of the other tables, without keys: history, deleted resources, look-up keys and counts. */
async function readTables({ select, wholeText }: Engine): Promise<unknown> {
  const [history = [], deleted = [], keys = [], counts = []] = await Promise.all(
    [
      `select r.id, h.version, h.at, h.exchange, h.action, h.document, h.difference, h.previous, h.member,
          m.id as linked
        from (
          select moment, resource_key as owner, version, at, exchange, action, document, difference,
            previous_document as previous, null as member, null as member_key from versions
          union all
          select e.moment, e.group_key, null, e.at, e.exchange, e.event, null, null, null,
            ${wholeText('e', 'member_id')}, e.member_key from membership_events e) h
        join ${everKnown} r on r.key = h.owner left join ${everKnown} m on m.key = h.member_key
        order by h.moment`,
      `select id, type, label, folded_label, display, names, document, groups, version, created, last_written,
        deleted_at, exchange, state, predecessor, successor from deleted_resources order by key`,
      `select k.type, k.attribute, ${wholeText('k', 'value')} as value, r.id
        from keys k join resources r on r.key = k.resource`,
      'select type, sum(n) as n from counts group by type having sum(n) <> 0',
    ].map(select),
  )
  return [
    history,
    deleted.map(({ groups, ...row }) => [row, typeof groups === 'string' ? JSON.parse(groups) : groups]),
    keys.map(row => JSON.stringify(row)).sort(),
    counts.map(({ type, n }) => `${type} ${n}`).sort(),
  ]
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

const userValues = optional({
  displayName: one(texts),
  title: one(texts),
  externalId: one(texts),
  active: fc.boolean(),
  emails: fc.array(fc.record({ value: one(['a@x.org', 'b@x.org']), type: one(['home', 'work']) }), {
    maxLength: 2,
  }),
  name: optional({ familyName: one(texts) }),
  // Long enough for differences between versions.
  nickName: one(['Bo', 'long '.repeat(1000)]),
  [enterprise]: optional({
    department: one(texts),
    manager: fc.record({ value: one(['r0', 'r1', 'gone']) }),
  }),
})
// PostgreSQL sorts texts with the same first 256 characters by their hash: no two of these have.
const userNames = fc
  .tuple(one(texts.slice(0, -1)), fc.nat({ max: 9 }))
  .map(([text, number]) => `${number}${text}`)

/** An id that no resource has, longer than an index entry. */
const farAway = 'far/'.repeat(1000)

/** Resources have the ids r0, r1 and so on, in order of creation. */
const memberIds = fc.uniqueArray(one(['r0', 'r1', 'r2', 'r3', 'r4', 'gone', farAway]), { maxLength: 4 })
const memberEdits: fc.Arbitrary<readonly MembershipEdit[]> = fc.array(
  fc.oneof(
    fc.record({ kind: one(['add', 'remove', 'replace'] as const), members: memberIds }),
    fc.constant({ kind: 'remove-all' as const }),
    one(['value eq "r1"', 'display sw "a"', 'value ew "far/"']).map(text => ({
      kind: 'remove-where' as const,
      where: memberFilter(text),
    })),
  ),
  { maxLength: 3 },
)

/** `target` is the number of a resource, modulo that of all. */
type Operation =
  | { readonly do: 'create-user'; readonly userName: string; readonly values: object }
  | { readonly do: 'create-group'; readonly displayName: string; readonly edits: readonly MembershipEdit[] }
  | { readonly do: 'change-user'; readonly target: number; readonly values: object }
  | { readonly do: 'edit-members'; readonly target: number; readonly edits: readonly MembershipEdit[] }
  | { readonly do: 'remove'; readonly target: number; readonly onDelete: 'retain' | 'remove' }
  | { readonly do: 'purge'; readonly ids: readonly string[] | 'all' }

const target = fc.nat({ max: 11 })
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('create-user'), userName: userNames, values: userValues }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('create-group'), displayName: one(texts), edits: memberEdits }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('change-user'), target, values: userValues }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('edit-members'), target, edits: memberEdits }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('remove'), target, onDelete: one(['retain', 'remove']) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('purge'),
      ids: fc.oneof(fc.constant('all' as const), fc.uniqueArray(one(['r0', 'r1', 'r2']))),
    }),
  },
) as fc.Arbitrary<Operation>
const operations = fc.array(operation, { minLength: 5, maxLength: 30 })

const userFilters = [
  'title co "A"',
  'userName sw "a"',
  'userName gt "b" and active eq true',
  'not (emails pr)',
  'emails[type eq "work" and value eq "a@x.org"]',
  'externalId ew "b" or externalId le "A"',
  'name.familyName ge "É"',
  `${enterprise}:department ne "z"`,
  'groups.value eq "r1"',
  'groups.display eq "É"',
  'groups[display sw "a"]',
  'groups pr',
  'id eq "r1"',
  'userName eq "1a"',
  'meta.created lt "1970-01-01T00:00:01.004Z"',
]
const groupFilters = [
  'displayName co "b"',
  'members.value eq "r1"',
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
  // The key is the number of a resource here.
  fc.record({ by: one(['after', 'before'] as const), key: fc.nat({ max: 20 }), count }),
)
const order = one(['ascending', 'descending'] as const)
const pages: fc.Arbitrary<PageQuery> = fc.oneof(
  fc.record({ typeQueries, slice: slices, total: fc.boolean() }),
  fc.record({ typeQueries, slice: byIndex, total: fc.boolean(), order }),
)
const orders: fc.Arbitrary<ListQuery> = fc.record({ typeQueries, order })

/** Runs operations one after another, and reads everything that they left. Keys are replaced by ids. */
async function runOn(
  engine: Engine,
  operations: readonly Operation[],
  pages: readonly PageQuery[],
  orders: readonly ListQuery[],
): Promise<unknown> {
  const { store, purge } = engine
  await engine.clear()
  const created: {
    readonly id: string
    readonly type: 'User' | 'Group'
    readonly key: number | undefined
  }[] = []
  const outcomes: unknown[] = []
  let now = 1000

  const note = async (promise: Promise<unknown>): Promise<number | undefined> => {
    try {
      const result = await promise
      const { key, ...rest } = (result ?? {}) as { readonly key?: number }
      outcomes.push(typeof result === 'object' && !Array.isArray(result) ? rest : result)
      return key
    } catch (error) {
      outcomes.push(String(error))
      return undefined
    }
  }

  for (const each of operations) {
    const cause = { now: ++now, ...(now % 3 > 0 && { exchange: `x${now}` }) }
    const id = `r${created.length}`
    switch (each.do) {
      case 'create-user': {
        const next = prepareResource(userType, toResourceId(id), { userName: each.userName, ...each.values })
        const draft = { next, memberships: [], members: keep }
        const key = await note(store.insert(place('User', id), cause, draft, 6))
        created.push({ id, type: 'User', key })
        break
      }
      case 'create-group': {
        const next = prepareResource(groupType, toResourceId(id), { displayName: each.displayName })
        const draft = { next, memberships: each.edits, members: keep, awaited: true }
        const key = await note(store.insert(place('Group', id), cause, draft, 100))
        created.push({ id, type: 'Group', key })
        break
      }
      case 'change-user':
      case 'edit-members': {
        const { id, type } = created[each.target % created.length] ?? { id: 'none', type: 'User' }
        await note(
          store.update(place(type, id), cause, ({ document }) => {
            const { schemas: _, ...values } = JSON.parse(document) as JsonObject
            const changed =
              each.do === 'change-user' && type === 'User' ? { ...values, ...each.values } : values
            return {
              next: prepareResource(type === 'User' ? userType : groupType, toResourceId(id), changed),
              memberships: each.do === 'edit-members' && type === 'Group' ? each.edits : [],
              members: keep,
            }
          }),
        )
        break
      }
      case 'remove': {
        const { id, type } = created[each.target % created.length] ?? { id: 'none', type: 'User' }
        const removal = {
          onDelete: each.onDelete,
          references: [`${enterprise}:manager.value`],
          removeReference: ({ id, document }: { readonly id: string; readonly document: string }) => {
            const { schemas: _, [enterprise]: extension, ...values } = JSON.parse(document)
            const { manager: __, ...rest } = extension ?? {}
            return prepareResource(userType, toResourceId(id), { ...values, [enterprise]: rest })
          },
        }
        await note(store.remove(place(type, id), cause, removal))
        break
      }
      case 'purge':
        await note(purge(tenant, now, each.ids))
    }
  }

  const keys = created.flatMap(({ key }) => key ?? [])
  const idOf = new Map(created.map(({ id, key }) => [key, id]))
  const withIds = (map: ReadonlyMap<number, unknown>) =>
    [...map].map(([key, value]) => [idOf.get(key), value])
  const withoutKeys = (resources: readonly { readonly key: number }[]) =>
    resources.map(({ key: _, ...rest }) => rest)
  const list = async (query: PageQuery) => {
    const { slice } = query
    const first = Math.min(...keys, Number.MAX_SAFE_INTEGER) - 1
    const at = slice.by === 'index' ? slice : { ...slice, key: keys[slice.key] ?? first }
    const { page, ...rest } = await store.list(tenant, { ...query, slice: at })
    return [withoutKeys(page), rest]
  }
  return Promise.all([
    outcomes,
    readTables(engine),
    Promise.all(pages.map(list)),
    Promise.all(
      orders.map(async query => Array.from(await store.orderedKeys(tenant, query), key => idOf.get(key))),
    ),
    withoutKeys(await store.findByKeys(tenant, keys.toReversed())),
    withIds(await store.related(tenant, 'members', keys)),
    withIds(await store.related(tenant, 'groups', keys)),
    withIds(await store.related(tenant, 'groups', keys, 'nested')),
    store.relatedById(tenant, ['r0', 'r1', 'gone', '\0']),
    Promise.all(
      ['r0', 'r3', 'a\0', '\ud800'].map(async id => {
        const found = await store.find(place('User', id))
        return found && withoutKeys([found])
      }),
    ),
    Promise.all(keys.map(key => store.hasMoreMembers(tenant, key, 1))),
  ])
}

t.test('both engines write and return the same', { skip: skipWithoutPostgres }, async t => {
  const [sqlite, postgres] = [openSqliteEngine(t), await openPostgresEngine(t)]
  await assertProperty(
    fc.asyncProperty(
      operations,
      fc.array(pages, { minLength: 12, maxLength: 12 }),
      fc.array(orders, { minLength: 3, maxLength: 3 }),
      async (...values) => {
        assert.deepEqual(await runOn(postgres, ...values), await runOn(sqlite, ...values))
      },
    ),
    { numRuns: 40 },
  )
  t.pass('each')
})
