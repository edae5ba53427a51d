import fc from 'fast-check'
import t, { type Test } from 'tap'
import { BusyError } from '../../../../src/domain/ports/database.ts'
import { groupType, userType } from '../../../../src/scim/core-schemas.ts'
import { prepareResource } from '../../../../src/scim/document.ts'
import type { MembershipEdit } from '../../../../src/scim/patch/elements.ts'
import { toResourceId } from '../../../../src/scim/resource.ts'
import { connectPostgres, createLane } from '../../../../src/storage/postgres/connect.ts'
import {
  type Connection,
  ConnectionLostError,
  type DatabaseLocation,
  openConnection,
} from '../../../../src/storage/postgres/connection.ts'
import { createLanes, type LanesOptions } from '../../../../src/storage/postgres/lanes.ts'
import { mergeCounts } from '../../../../src/storage/postgres/quota.ts'
import { createResourceStore } from '../../../../src/storage/postgres/resources.ts'
import type { Query } from '../../../../src/storage/postgres/statement.ts'
import { clearTenants, lockTenants } from '../../../../src/storage/postgres/tenants.ts'
import {
  actionsOn,
  add,
  groupDraft,
  place,
  refuse,
  rejectionOf,
  removing,
  tenant,
  userDraft,
} from '../../../contract/store-fixture.ts'
import { skipWithoutPostgres } from '../../../support/postgres.ts'
import { createTenants, openForTest, openPostgresStore } from '../../../support/postgres-store.ts'
import { assertProperty } from '../../../support/property.ts'

const skip = skipWithoutPostgres

const numbered = (count: number, prefix = 'u') => Array.from({ length: count }, (_, at) => `${prefix}${at}`)

/** The number of results by their kind: `fulfilled`, or the reason of the rejection. */
async function tally(promises: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const kinds = await Promise.all(
    promises.map(promise =>
      promise.then(
        () => 'fulfilled',
        () => rejectionOf(promise),
      ),
    ),
  )
  const numbers: Record<string, number> = {}
  for (const kind of kinds) numbers[kind] = (numbers[kind] ?? 0) + 1
  return numbers
}

const tables = [
  'resources',
  'keys',
  'memberships',
  'versions',
  'membership_events',
  'deleted_resources',
  'counts',
]

/** All rows, as JSON texts. */
async function dump(connection: Connection): Promise<Record<string, unknown>> {
  const rows = await Promise.all(
    tables.map(table =>
      connection.query<{ readonly row: string }>({
        text: `select to_jsonb(x)::text as row from ${table} x order by 1`,
      }),
    ),
  )
  return Object.fromEntries(tables.map((table, at) => [table, rows[at]]))
}

/** What a test does to the transactions of a connection. */
type Interference = {
  /** Returns the SQL to send instead of a statement. `nth` counts the statements since `begin`, from 0. */
  readonly replace?: (nth: number, sql: string) => string | undefined
  readonly afterCommit?: (connection: Connection) => Promise<void>
}

/** A store with one lane, whose statements a test can interfere with. */
function openWith(
  t: Test,
  location: DatabaseLocation,
  { replace, afterCommit }: Interference,
  options: LanesOptions = {},
) {
  const lane = createLane(async () => {
    const connection = await openConnection(location)
    let nth = 0
    return {
      ...connection,
      async queryAll(queries: readonly Query[]) {
        const rows = await connection.queryAll(
          queries.map(query => {
            nth = query.text === 'begin' ? 0 : nth + 1
            const text = replace?.(nth, query.text)
            return text === undefined ? query : { text, values: [] }
          }),
        )
        if (queries.some(({ text }) => text === 'commit')) await afterCommit?.(connection)
        return rows
      },
    }
  })
  const { reads, close } = connectPostgres(location, { readers: 1, lanes: 0 })
  t.teardown(async () => {
    await lane.close()
    await close()
  })
  return createResourceStore(reads, createLanes([lane], options))
}

t.test('concurrent changes of two instances are not lost', { skip }, async t => {
  const location = await createTenants(t)
  const stores = [openPostgresStore(t, location).store, openPostgresStore(t, location).store] as const
  const storeOf = (at: number) => stores[at % 2 === 0 ? 0 : 1]
  const { addUser, addGroup, membersOf } = actionsOn(stores[0])
  const users = numbered(50)
  await Promise.all([...users.map(id => addUser(id)), addGroup('g'), addUser('shared')])

  await Promise.all(
    users.map((id, at) =>
      storeOf(at).update(place('Group', 'g'), { now: 3000 }, () => groupDraft('g', [add(id)])),
    ),
  )
  t.same(new Set(await membersOf('g')), new Set(users))
  t.match(await stores[1].find(place('Group', 'g')), { version: 51 })

  await Promise.all(
    users.map((_, at) =>
      storeOf(at).update(place('User', 'shared'), { now: 3000 }, ({ document }) => {
        const { title = '', ...values } = JSON.parse(document)
        const next = prepareResource(userType, toResourceId('shared'), { ...values, title: `${title}x` })
        return { next, memberships: [], members: refuse }
      }),
    ),
  )
  const shared = await stores[0].find(place('User', 'shared'))
  t.equal(shared?.version, 51)
  t.equal(JSON.parse(shared?.document ?? '').title, 'x'.repeat(50))

  const taking = numbered(50, 'taker').map((id, at) =>
    storeOf(at).insert(place('User', id), { now: 4000 }, userDraft(id, { userName: 'same' }), 1000),
  )
  t.same(await tally(taking), { fulfilled: 1, uniqueness: 49 })
})

t.test('a member that one instance deletes is in no group that another one adds it to', { skip }, async t => {
  const location = await createTenants(t)
  const [one, other] = [openPostgresStore(t, location).store, openPostgresStore(t, location).store]
  const { addUser, addGroup } = actionsOn(one)
  const users = numbered(20)
  await Promise.all([
    ...users.map(id => addUser(id)),
    ...users.map(id => addGroup(`g-${id}`)),
    addGroup('all'),
  ])
  const joining = actionsOn(other)
  const results = await tally(
    users.flatMap(id => [
      one.remove(place('User', id), { now: 5000 }, removing),
      joining.edit(`g-${id}`, add(id)),
      joining.edit('all', add(id)),
    ]),
  )
  t.equal(
    (results.fulfilled ?? 0) + (results.noSuchMember ?? 0),
    60,
    'each is deleted, and joins before or not',
  )
  const connection = await openForTest(t, location)
  t.same(await connection.query({ text: 'select * from memberships' }), [])
  t.same(
    await connection.query({
      text: `select group_key from membership_events group by group_key, member_id
        having count(*) filter (where event = 'added') <> count(*) filter (where event = 'removed')`,
    }),
    [],
    'the history of each membership has its end',
  )
  t.same(
    await connection.query({
      text: `select r.id from resources r
        where r.version <> (select count(*) from versions v where v.resource_key = r.key)
          or r.version <> 1 + (select count(*) from membership_events e where e.group_key = r.key)`,
    }),
    [],
    'each change of members has a version',
  )
})

t.test(
  'creations on all connections of an instance do not exceed the limit of resources',
  { skip },
  async t => {
    const { store } = openPostgresStore(t, await createTenants(t), { lanes: 4 })
    const creating = numbered(100).map(id => store.insert(place('User', id), { now: 1 }, userDraft(id), 33))
    t.same(await tally(creating), { fulfilled: 33, quotaExceeded: 67 })
  },
)

t.test('a creation near the limit does not wait for one of another instance', { skip }, async t => {
  const location = await createTenants(t)
  const [one, other] = [await openForTest(t, location), openPostgresStore(t, location).store]
  await one.execute('begin')
  await one.execute(`insert into counts values (${tenant}, 'User', 0, pg_backend_pid(), 1)`)
  const create = (id: string) => other.insert(place('User', id), { now: 1 }, userDraft(id), 2)
  t.match(await create('a'), { version: 1 })
  t.match(await create('b'), { version: 1 }, 'what is under way elsewhere does not count yet')
  await one.execute('commit')
  t.equal(await rejectionOf(create('c')), 'quotaExceeded')
})

t.test('the numbers of resources by connection are merged', { skip }, async t => {
  const connection = await openForTest(t, await createTenants(t))
  await connection.execute(`
    insert into counts select ${tenant}, 'User', block, slot, 1 from generate_series(0, 1) block, generate_series(1, 16) slot
    union all select ${tenant}, 'User', 0, 17, -5`)
  await mergeCounts(connection)
  const rows = {
    text: `select block, count(*) as rows, sum(n) as n from counts group by block order by block`,
  }
  t.same(await connection.query(rows), [
    { block: 0, rows: 1, n: 11 },
    { block: 1, rows: 16, n: 16 },
  ])
})

t.test(
  'a rejected creation does not use a place that another one of its turn can have',
  { skip },
  async t => {
    const { store } = openPostgresStore(t, await createTenants(t))
    const insert = (id: string, userName: string) =>
      store.insert(place('User', id), { now: 1 }, userDraft(id, { userName }), 2)
    await insert('a', 'a')
    t.same(await Promise.all([rejectionOf(insert('b', 'a')), rejectionOf(insert('c', 'c'))]), [
      'uniqueness',
      'it was not rejected',
    ])
  },
)

t.test('nothing is created for a deleted tenant', { skip }, async t => {
  const location = await createTenants(t, [1])
  const { store } = openPostgresStore(t, location)
  const insert = (id: string) => store.insert(place('User', id), { now: 1 }, userDraft(id), 10)
  await insert('a')
  await (await openForTest(t, location)).execute('delete from tenants')
  t.equal(await rejectionOf(insert('b')), 'unauthorized')
})

t.test('nothing is left of a tenant that is cleared during its changes', { skip }, async t => {
  const location = await createTenants(t)
  const { store } = openPostgresStore(t, location)
  const { addUser, addGroup, changeUser, edit } = actionsOn(store)
  const users = numbered(10)
  await Promise.all([...users.map(id => addUser(id)), addGroup('g')])
  const connection = await openForTest(t, location)
  const clear = async () => {
    await connection.execute('begin')
    await clearTenants(connection, await lockTenants(connection, 't.key = 1'))
    await connection.execute('commit')
  }
  const changing = users.flatMap(id => [
    changeUser(id, { title: 'x' }),
    edit('g', add(id)),
    addUser(`new-${id}`),
  ])
  await Promise.all([clear(), Promise.allSettled(changing)])
  await clear()
  t.same(Object.values(await dump(connection)).flat(), [])
})

t.test('requests of a tenant that stays locked are rejected, those of others are not', { skip }, async t => {
  const location = await createTenants(t)
  const { store } = openPostgresStore(t, location, { lanes: 1 })
  const insert = (tenant: number, id: string) =>
    store.insert({ ...place('User', id), tenant }, { now: 1 }, userDraft(id), 10)
  const connection = await openForTest(t, location)
  await connection.execute('begin; set local idle_in_transaction_session_timeout = 0')
  await lockTenants(connection, 't.key = 2')
  const [rejected, created] = await Promise.allSettled([insert(2, 'a'), insert(1, 'b')])
  t.ok(rejected.status === 'rejected' && rejected.reason instanceof BusyError)
  t.match(created, { status: 'fulfilled' })
  await connection.execute('rollback')
  t.match(await insert(2, 'a'), { version: 1 })
})

t.test('a member that is created in the same turn is linked', { skip }, async t => {
  const { store } = openPostgresStore(t, await createTenants(t))
  const { addGroup, addUser, edit } = actionsOn(store)
  await addGroup('g')
  const promised = { ...refuse, promised: new Map([['b', 'User']]) }
  const [, { key }] = await Promise.all([
    store.update(place('Group', 'g'), { now: 2000 }, () => groupDraft('g', [add('b')], promised)),
    store.insert(place('User', 'b'), { now: 2000 }, { ...userDraft('b'), awaited: true }, 10),
  ])
  t.match((await store.related(tenant, 'groups', [key])).get(key), [{ id: 'g' }])
  await addUser('c')
  t.match(
    await Promise.all([edit('g', add('c')), store.remove(place('User', 'b'), { now: 3000 }, removing)]),
    [{ added: 1 }, true],
  )
})

t.test('resources that refer to each other are deleted in the same turn', { skip }, async t => {
  const { store } = openPostgresStore(t, await createTenants(t))
  const manager = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
  const { addUser, addGroup, edit, remove } = actionsOn(store)
  await addUser('a', { [manager]: { manager: { value: 'b' } } })
  await addUser('b', { [manager]: { manager: { value: 'a' } } })
  const removal = {
    ...removing,
    references: [`${manager}:manager.value`],
    removeReference: ({ id }: { readonly id: string }) =>
      prepareResource(userType, toResourceId(id), { userName: id }),
  }
  t.same(await Promise.all([remove('User', 'a', removal), remove('User', 'b', removal)]), [true, true])
  await addGroup('g')
  await addGroup('h', ['g'])
  await edit('g', add('h'))
  t.same(await Promise.all([remove('Group', 'g'), remove('Group', 'h')]), [true, true])
})

t.test('users of one group are deleted in the same turn', { skip }, async t => {
  const { store } = openPostgresStore(t, await createTenants(t))
  const { addUser, addGroup, membersOf, remove } = actionsOn(store)
  const users = numbered(5)
  await Promise.all(users.map(id => addUser(id)))
  await addGroup('g', users)
  t.same(await Promise.all(users.slice(1).map(id => remove('User', id))), [true, true, true, true])
  t.same(await membersOf('g'), ['u0'])
  t.match(await store.find(place('Group', 'g')), { version: 5 })
})

t.test('an exclusive value that a job gives up is free for the jobs after it', { skip }, async t => {
  const { store } = openPostgresStore(t, await createTenants(t))
  const { addUser, remove } = actionsOn(store)
  await addUser('a')
  await addUser('b')
  const create = (id: string, userName: string) =>
    store.insert(place('User', id), { now: 2000 }, userDraft(id, { userName }), 10)
  const rename = (id: string, userName: string) =>
    store.update(place('User', id), { now: 2000 }, () => userDraft(id, { userName }))
  const [rejected, removed, created, renamed, follower, duplicate] = await Promise.allSettled([
    create('c', 'a'),
    remove('User', 'a'),
    create('d', 'a'),
    rename('b', 'x'),
    create('f', 'b'),
    create('e', 'b'),
  ])
  for (const result of [rejected, duplicate]) t.match(result, { status: 'rejected', reason: { status: 409 } })
  for (const result of [removed, created, renamed, follower]) t.match(result, { status: 'fulfilled' })
})

t.test(
  'an exclusive value that a job gives up is free for later jobs on other connections',
  { skip },
  async t => {
    const { store } = openPostgresStore(t, await createTenants(t), { lanes: 2 })
    const { addUser } = actionsOn(store)
    const users = numbered(30)
    await Promise.all(users.map(id => addUser(id)))
    const rename = (id: string) =>
      store.update(place('User', id), { now: 2000 }, () => userDraft(id, { userName: `former ${id}` }))
    const create = (id: string) =>
      store.insert(place('User', `new-${id}`), { now: 2000 }, userDraft(id, { userName: id }), 100)
    t.same(await tally([...users.map(rename), ...users.map(create)]), { fulfilled: 60 })
  },
)

t.test('changes of one resource share a round', { skip }, async t => {
  const statements: string[] = []
  const record = (_: number, sql: string): undefined => {
    statements.push(/^\s*(begin|commit|update resources|insert into memberships)/.exec(sql)?.[1] ?? 'other')
  }
  const store = openWith(t, await createTenants(t), { replace: record })
  const { addUser, addGroup, edit, membersOf } = actionsOn(store)
  const users = numbered(50)
  await addGroup('g')
  await Promise.all(users.map(id => addUser(id)))
  statements.length = 0
  const results = await Promise.all(users.map(id => edit('g', add(id))))
  t.same(
    results.map(result => result?.version),
    users.map((_, at) => at + 2),
  )
  t.same(await membersOf('g'), users)
  t.same(
    statements.filter(statement => statement !== 'other'),
    ['begin', 'update resources', 'insert into memberships', 'commit'],
  )
})

type GroupChange = {
  readonly edits: readonly MembershipEdit[]
  readonly name: string
  readonly expects: number
}

const memberIds = fc.subarray(numbered(4), { minLength: 1 })
const groupChanges: fc.Arbitrary<readonly GroupChange[]> = fc.array(
  fc.record({
    edits: fc.array(
      fc.record({ kind: fc.constantFrom('add', 'add', 'remove', 'remove', 'replace'), members: memberIds }),
      { maxLength: 2 },
    ),
    name: fc.constantFrom('one', 'one', 'one', 'other'),
    expects: fc.constantFrom(0, 0, 0, 1, 3),
  }),
  { minLength: 2, maxLength: 8 },
)

t.test('changes of one resource at once have the results of changes one by one', { skip }, async t => {
  const location = await createTenants(t)
  const { store } = openPostgresStore(t, location, { lanes: 1 })
  const connection = await openForTest(t, location)
  const { addUser } = actionsOn(store)
  await Promise.all(numbered(4).map(id => addUser(id)))
  let groups = 0
  const change = async (id: string, { edits, name, expects }: GroupChange) => {
    const changed = store.update(place('Group', id), { now: 5000 }, current => {
      if (expects > current.version) throw new RangeError(`version ${current.version}`)
      const next = prepareResource(groupType, toResourceId(id), { displayName: name })
      return { next, memberships: edits, members: refuse }
    })
    return changed.then(
      result => result && [result.version, result.changed, result.added, result.removed, result.document],
      error => String(error),
    )
  }
  const stored = async (id: string) => {
    const key = (await store.find(place('Group', id)))?.key
    const rows = await Promise.all(
      [
        `select version, last_modified, label, document, search - 'id' as search from resources where key = $1`,
        `select attribute, value from keys where resource = $1 order by 1, 2`,
        `select version, action, document, previous_document from versions where resource_key = $1 order by moment`,
        `select event, member_id from membership_events where group_key = $1 order by moment`,
        `select member_id from memberships where group_key = $1 order by key`,
      ].map(text => connection.query({ text }, [key ?? 0])),
    )
    return JSON.parse(JSON.stringify(rows).replaceAll(id, 'id'))
  }
  const property = fc.asyncProperty(groupChanges, async changes => {
    const [together, alone] = [`together-${++groups}-`, `alone-${groups}-`]
    for (const id of [together, alone]) {
      await store.insert(place('Group', id), { now: 2000 }, groupDraft(id, [add('u0')]), 1000)
    }
    const results = await Promise.all(changes.map(each => change(together, each)))
    const expected: unknown[] = []
    for (const each of changes) expected.push(await change(alone, each))
    const named = (values: unknown, id: string) => JSON.parse(JSON.stringify(values).replaceAll(id, 'id'))
    t.same(named(results, together), named(expected, alone))
    t.same(await stored(together), await stored(alone))
  })
  await assertProperty(property, { numRuns: 60 })
})

t.test('a job that the database rejects does not affect the others of its transaction', { skip }, async t => {
  const location = await createTenants(t)
  const { store } = openPostgresStore(t, location)
  await (await openForTest(t, location)).execute(`alter table resources add check (label <> 'poison')`)
  const { addUser } = actionsOn(store)
  const [a, poison, b] = await Promise.allSettled(['a', 'poison', 'b'].map(id => addUser(id)))
  t.match(a, { status: 'fulfilled' })
  t.match(poison, { status: 'rejected', reason: { code: '23514' } })
  t.match(b, { status: 'fulfilled' })
})

t.test('a plan of many steps runs in a transaction of its own, before what follows it', { skip }, async t => {
  const transactions: string[][] = []
  const record = (_: number, sql: string): undefined => {
    if (sql === 'begin') transactions.push([])
    transactions.at(-1)?.push(/insert into deleted_resources|insert into resources/.exec(sql)?.[0] ?? '')
  }
  const store = openWith(t, await createTenants(t), { replace: record }, { maxSteps: 2 })
  const { addUser, addGroup, edit, remove } = actionsOn(store)
  await addUser('a')
  await addGroup('g', ['a'])
  transactions.length = 0
  const results = await Promise.all([addUser('b'), remove('Group', 'g', removing), edit('g', add('b'))])
  t.match(results, [{ version: 1 }, true, undefined])
  t.same(
    transactions.map(statements => statements.filter(Boolean)),
    [['insert into resources'], ['insert into deleted_resources'], []],
  )
})

/** Ends the session that runs it. */
const terminate = 'select pg_terminate_backend(pg_backend_pid())'

/** A change that uses most kinds of statements, on what `prepareRemoval` created. */
async function prepareRemoval(t: Test) {
  const location = await createTenants(t)
  const { store } = openPostgresStore(t, location)
  const { addUser, addGroup } = actionsOn(store)
  await addUser('a')
  await addUser('b')
  await addGroup('g', ['a', 'b'])
  await addGroup('h', ['g'])
  return {
    location,
    connection: await openForTest(t, location),
    change: (on: typeof store) => on.remove(place('Group', 'g'), { now: 9000, exchange: 'x' }, removing),
  }
}

t.test('a statement that fails, whichever it is, undoes the whole transaction', { skip }, async t => {
  const { location, connection, change } = await prepareRemoval(t)
  const before = await dump(connection)
  for (let failing = 1, isCommitted = false; !isCommitted; failing++) {
    const store = openWith(t, location, { replace: nth => (nth === failing ? 'select 1 / 0' : undefined) })
    const result = await change(store).catch(error => error.code)
    isCommitted = result === true
    if (isCommitted) t.ok(failing > 10, `${failing} statements`)
    else t.same([result, await dump(connection)], ['22012', before], `statement ${failing}`)
  }
  t.notSame(await dump(connection), before)
})

t.test(
  'a connection that is lost before the commit, whenever it is, leaves nothing behind',
  { skip },
  async t => {
    const { location, connection, change } = await prepareRemoval(t)
    const before = await dump(connection)
    for (let failing = 1, isCommitted = false; !isCommitted; failing++) {
      const store = openWith(t, location, { replace: nth => (nth === failing ? terminate : undefined) })
      const result = await change(store).catch(error => error)
      isCommitted = result === true
      if (isCommitted) t.ok(failing > 10, `${failing} statements`)
      else {
        t.ok(result instanceof ConnectionLostError, String(result))
        t.same(await dump(connection), before, `statement ${failing}`)
      }
    }
  },
)

t.test('a transaction whose connection is lost before the commit runs again', { skip }, async t => {
  const { location, connection, change } = await prepareRemoval(t)
  const before = await dump(connection)
  let losses = 1
  const store = openWith(t, location, {
    replace: nth => (nth === 5 && losses-- > 0 ? terminate : undefined),
  })
  t.equal(await change(store), true)
  t.notSame(await dump(connection), before)
})

t.test('a commit whose response is lost is found', { skip }, async t => {
  const { location, change } = await prepareRemoval(t)
  const store = openWith(t, location, {
    async afterCommit(connection) {
      await connection.close()
      throw new ConnectionLostError('lost')
    },
  })
  t.equal(await change(store), true)
  t.equal(await store.find(place('Group', 'g')), undefined)
  const group = store.update(place('Group', 'h'), { now: 9001 }, () => groupDraft('h', [add('a')]))
  await t.rejects(group, ConnectionLostError, 'a change without an exchange cannot be found')
  t.match(await store.update(place('User', 'a'), { now: 9002 }, () => userDraft('a')), { changed: false })
})
