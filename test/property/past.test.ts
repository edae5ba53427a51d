import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Directory } from '../../src/domain/ports/directory.ts'
import { connectPostgres } from '../../src/storage/postgres/connect.ts'
import { type Connection, openConnection } from '../../src/storage/postgres/connection.ts'
import { createPostgresDirectory } from '../../src/storage/postgres/directory.ts'
import { migrate as migratePostgres } from '../../src/storage/postgres/migrations.ts'
import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../src/storage/sqlite/directory.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { atMoment } from '../contract/history-view.ts'
import { groupDraft, keep, place, removing, retaining, tenant, userDraft } from '../contract/store-fixture.ts'
import { copyToPostgres } from '../support/copy-to-postgres.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'
import { assertProperty } from '../support/property.ts'

const userIds = ['u0', 'u1', 'u2', 'u3']
const groupIds = ['g0', 'g1']
const user = fc.constantFrom(...userIds)
const group = fc.constantFrom(...groupIds)
/** An id that no resource has, longer than an index entry. */
const farAway = 'far/'.repeat(1000)
// Some members never existed, or no longer exist.
const members = fc.uniqueArray(fc.constantFrom(...userIds, 'nobody', farAway), { maxLength: 3 })
// Most versions of large documents are stored as differences.
const title = fc.oneof(
  fc.string(),
  fc.string().map(text => `${'large '.repeat(1000)}${text}`),
)

const operation = fc.oneof(
  fc.record({ do: fc.constant('user' as const), id: user, active: fc.boolean(), title }),
  fc.record({ do: fc.constant('group' as const), id: group }),
  fc.record({
    do: fc.constant('members' as const),
    id: group,
    kind: fc.constantFrom('add', 'remove', 'replace'),
    members,
  }),
  fc.record({ do: fc.constant('remove user' as const), id: user, retain: fc.boolean() }),
  fc.record({ do: fc.constant('remove group' as const), id: group }),
  fc.record({ do: fc.constant('purge' as const) }),
)
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never

function openStore() {
  const db = openSqlite(undefined)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db)
  const store = createResourceStore(connections, writer)
  const directory = createDirectory(connections, writer)

  const perform = async (step: Operation, now: number): Promise<void> => {
    const cause = { now, exchange: `x${now}` }
    switch (step.do) {
      case 'user': {
        const draft = userDraft(step.id, { active: step.active, title: step.title })
        const at = place('User', step.id)
        if (!(await store.update(at, cause, () => draft))) await store.insert(at, cause, draft, 99)
        return
      }
      case 'group':
        if (await store.find(place('Group', step.id))) return
        await store.insert(place('Group', step.id), cause, groupDraft(step.id), 99)
        return
      case 'members': {
        const edit = { kind: step.kind, members: step.members } as const
        await store.update(place('Group', step.id), cause, () => groupDraft(step.id, [edit], keep))
        return
      }
      case 'remove user':
        await store.remove(place('User', step.id), cause, step.retain ? retaining : removing)
        return
      case 'remove group':
        await store.remove(place('Group', step.id), cause, retaining)
        return
      case 'purge':
        await directory.purge(tenant, now, 'all')
    }
  }
  return { db, directory, perform, flush: writer.flush, close: () => connections.close() }
}

const all = { limit: 200 }
const byId = (one: { id: string }, other: { id: string }) => one.id.localeCompare(other.id)

/** The current representation of the existing resources. */
async function shownNow(directory: Directory) {
  const shown: unknown[] = []
  for (const type of ['User', 'Group']) {
    const { items } = await directory.identities(tenant, type, all)
    for (const { key: _, lastSeen: _seen, successor: _next, ...identity } of items) {
      if (identity.status !== 'active' && identity.status !== 'disabled') continue
      const members = await directory.members(tenant, type, identity.id, all)
      shown.push({
        ...identity,
        groups: [...identity.groups].sort(byId),
        members: [...(members?.items ?? [])].sort(byId),
      })
    }
  }
  return shown
}

/** The representation at a moment. */
async function shownThen(directory: Directory, at: number) {
  const shown: unknown[] = []
  for (const type of ['User', 'Group']) {
    const { items } = await directory.historyView.identities(tenant, type, atMoment(at), all)
    for (const { key: _, lastSeen: _seen, ...identity } of items) {
      const members = await directory.historyView.members(tenant, type, identity.id, atMoment(at), all)
      shown.push({
        ...identity,
        groups: [...identity.groups].sort(byId),
        members: [...(members?.items ?? [])].sort(byId),
      })
    }
  }
  return shown
}

t.test('the directory at each moment equals the state after each operation', async () => {
  await assertProperty(
    fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async operations => {
      const { directory, perform, close } = openStore()
      const recorded: { at: number; shown: unknown[] }[] = []
      for (const [step, one] of operations.entries()) {
        const at = 1000 + step
        await perform(one, at)
        recorded.push({ at, shown: await shownNow(directory) })
      }
      for (const { at, shown } of recorded) {
        const found = await shownThen(directory, at)
        if (JSON.stringify(found) !== JSON.stringify(shown)) {
          throw new Error(`At ${at}: ${JSON.stringify(found)}\ninstead of ${JSON.stringify(shown)}`)
        }
      }
      close()
    }),
    { numRuns: 100 },
  )
})

/** The tables of resources and their history. */
const resourceTables = [
  'resources',
  'keys',
  'memberships',
  'counts',
  'versions',
  'membership_events',
  'deleted_resources',
  'last_seen',
]

/** Adds a copy of all rows under another tenant, with the same keys, ids and requests, but other texts. */
async function addOtherTenant(connection: Connection): Promise<void> {
  const other = {
    tenant: tenant + 1,
    label: 'other',
    display: 'other',
    names: 'other u0',
    document: '{"other":true}',
    groups: [{ id: 'other' }],
    at: 1,
    created: 1,
  }
  for (const table of resourceTables) {
    await connection.query(
      { text: `insert into ${table} select (jsonb_populate_record(x, $1)).* from ${table} x` },
      [JSON.stringify(other)],
    )
  }
}

/** All reads of a directory. */
async function readEverything(
  { effects, historyView, ...directory }: Directory,
  moments: readonly number[],
): Promise<unknown> {
  const pages = async <Item>(read: (page: object) => Promise<{ items: readonly Item[]; next?: string }>) => {
    const first = await read({ limit: 3 })
    return first.next === undefined ? [first] : [first, await read({ limit: 3, cursor: first.next })]
  }
  const ofType = async (type: string, ids: readonly string[]) => ({
    lists: await Promise.all(
      [{}, { text: 'U1' }, { text: '\0' }, ...statuses.map(status => ({ status }))].map(query =>
        pages(page => directory.identities(tenant, type, { ...all, ...page, ...query })),
      ),
    ),
    one: await Promise.all(
      ids.map(async id => [
        await directory.identity(tenant, type, id),
        await directory.findLabel(tenant, type, id),
        await directory.members(tenant, type, id, { limit: 2 }),
        await pages(async page => (await directory.history(tenant, type, id, { ...all, ...page })) ?? none),
        await directory.documentChanges(tenant, type, id, 5),
      ]),
    ),
    past: await Promise.all(
      moments.map(async at => [
        await pages(page => historyView.identities(tenant, type, atMoment(at), { ...all, ...page })),
        await historyView.identities(tenant, type, atMoment(at), { ...all, text: 'u1', status: 'active' }),
        await Promise.all(ids.map(id => historyView.identity(tenant, type, id, atMoment(at)))),
        await pages(
          async page =>
            (await historyView.members(tenant, type, 'g0', atMoment(at), { ...all, ...page })) ?? none,
        ),
      ]),
    ),
    effects: await Promise.all(
      moments.map(async at => {
        const moment = { exchange: `x${at}`, at }
        return Promise.all(
          ids.map(async id => [
            await effects.causedBy(tenant, type, id, moment),
            await effects.stateBefore(tenant, type, id, moment),
            await effects.holdersBefore(tenant, type, { attribute: 'userName', value: id }, moment),
          ]),
        )
      }),
    ),
  })
  const query = { ...all, inactiveSince: 1010, references: [], containers: ['Group'] }
  return [
    await ofType('User', [...userIds, 'nobody', 'u\0']),
    await ofType('Group', groupIds),
    await Promise.all(
      [{}, ...reasons.map(reason => ({ reason }))].map(one => directory.stale(tenant, { ...query, ...one })),
    ),
    await Promise.all(
      moments.map(async at =>
        [
          ...(await effects.typesBefore(tenant, [...userIds, ...groupIds], { exchange: `x${at}`, at })),
        ].sort(),
      ),
    ),
    await directory.counts([tenant, tenant + 2]),
    await directory.timeline(tenant, { now: 1015, parts: 7 }),
    await directory.purgeable(tenant, 'all', 3),
    await directory.purgeable(tenant, ['u2', 'u1', 'u\0'], 3),
    await Promise.all(
      [[], ['title'], ['nickName'], ['name', 'givenName']].map(path =>
        directory.hasValue(tenant, 'User', path),
      ),
    ),
  ]
}

const none = { items: [] }
const statuses = ['active', 'disabled', 'retained', 'removed'] as const
const reasons = [
  'disabled',
  'retained',
  'inactive',
  'unresolved-reference',
  'empty-group',
  'replaced',
] as const

t.test(
  'PostgreSQL returns the same directory, history, past states and effects, whatever other tenants have',
  { skip: skipWithoutPostgres },
  async t => {
    const location = await createSchema(t)
    await migratePostgres(location)
    const postgres = connectPostgres(location, { readers: 2, lanes: 0 })
    const connection = await openConnection(location)
    t.teardown(async () => {
      await postgres.close()
      await connection.close()
    })
    const inPostgres = createPostgresDirectory(postgres.reads, { purge: async () => [] })

    await assertProperty(
      fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 25 }), async operations => {
        const { db, directory, perform, flush, close } = openStore()
        for (const [step, one] of operations.entries()) {
          await perform(one, 1000 + step)
          directory.recordSeen(tenant, step % 4, 1002 + step)
        }
        await flush()
        await copyToPostgres(db, connection)
        await addOtherTenant(connection)
        const moments = [999, 1004, 1009, 1010, 1014, 1024]
        assert.deepEqual(await readEverything(inPostgres, moments), await readEverything(directory, moments))
        close()
      }),
      { numRuns: 25 },
    )
  },
)
