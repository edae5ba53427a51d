import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { requireConsistent } from '../../scripts/endure/consistency.ts'
import type { Draft } from '../../src/domain/ports/resources.ts'
import { toResourceId } from '../../src/scim/resource.ts'
import { add, groupDraft, keep, removing, retaining, userDraft } from '../contract/store-fixture.ts'
import { assertProperty } from '../support/property.ts'
import { openWhole } from '../support/whole-database.ts'

const tenant = fc.constantFrom('acme', 'other')
const user = fc.constantFrom('u0', 'u1', 'u2', 'u3')
const group = fc.constantFrom('g0', 'g1')

/** Requests of clients. */
const request = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('user' as const),
      tenant,
      id: user,
      title: fc.constantFrom('a', 'b'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('join' as const), tenant, id: group, member: user }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('remove' as const), tenant, id: user, retain: fc.boolean() }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('read' as const), tenant, id: fc.oneof(user, group) }),
  },
)
/** Actions in the console. */
const action = fc.oneof(
  fc.record({ do: fc.constant('save' as const) }),
  fc.record({ do: fc.constant('restore' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('reset' as const), tenant }),
  fc.record({ do: fc.constant('reset all' as const) }),
  fc.record({ do: fc.constant('purge' as const), tenant }),
  fc.record({ do: fc.constant('anew' as const), tenant }),
  fc.record({ do: fc.constant('write' as const) }),
)
/** The events of one turn of the event loop: requests first, since they reach the writer together. */
const turn = fc.record({
  requests: fc.array(request, { maxLength: 6 }),
  action: fc.option(action, { nil: undefined }),
})
type Turn = typeof turn extends fc.Arbitrary<infer Value> ? Value : never
type Request = Turn['requests'][number]
type Action = NonNullable<Turn['action']>

type Whole = ReturnType<typeof openWhole>

/** All rows of a tenant, without their keys. */
function heldBy({ db }: Whole, key: number) {
  const rows = (sql: string) => db.prepare<[{ key: number }], unknown>(sql).all({ key })
  const named = `(select key, id from resources where tenant = @key union all select key, id from deleted_resources where tenant = @key)`
  return {
    settings: rows('select profile, on_delete, switches, declared from tenants where key = @key'),
    resources: rows(
      'select type, id, document, keys, version, label, predecessor from resources where tenant = @key order by key',
    ),
    deletedResources: rows(
      'select id, document, groups, state, version, successor from deleted_resources where tenant = @key order by key',
    ),
    keys: rows(
      'select k.attribute, k.value, n.id from keys k join resources n on n.key = k.resource where k.tenant = @key order by 1, 2, 3',
    ),
    memberships: rows(
      `select n.id, m.member_id, m.member_key is null as unknown from memberships m join ${named} n on n.key = m.group_key order by m.key`,
    ),
    versions: rows(
      `select n.id, v.version, v.action, v.document, v.difference, v.previous_document from versions v join ${named} n on n.key = v.resource_key order by v.moment`,
    ),
    events: rows(
      `select n.id, e.event, e.member_id from membership_events e join ${named} n on n.key = e.group_key order by e.moment`,
    ),
    lastSeen: rows(`select n.id, s.at from last_seen s join ${named} n on n.key = s.key order by s.key`),
    counts: rows(
      'select type, sum(n) as n from counts where tenant = @key group by type having sum(n) > 0 order by type',
    ),
  }
}
type Held = ReturnType<typeof heldBy>

type Kept = { readonly id: string; readonly held: ReadonlyMap<number, Held> }

async function play(whole: Whole, turns: readonly Turn[]): Promise<void> {
  const { store, directory, tenants, snapshots, reset, writer, db } = whole
  let now = 1000
  const keyOf = (id: string) => tenants.find(id)?.key ?? 0
  const everything = () => new Map(tenants.list().map(({ key }) => [key, heldBy(whole, key)]))
  const remaining: Kept[] = []
  const exists = db.prepare<[number, string]>('select 1 from resources where tenant = ? and id = ?')
  // Ids are unique: a second creation in a turn becomes a change.
  const created = new Set<string>()

  /** Sends all changes to the writer before it returns. */
  const send = (step: Request): Promise<unknown> => {
    const cause = { now: ++now, exchange: `x${now}` }
    const tenant = keyOf(step.tenant)
    const place = (type: string) => ({ tenant, type, id: toResourceId(step.id) })
    const put = (type: string, draft: Draft) => {
      if (exists.get(tenant, step.id) || created.has(`${tenant} ${step.id}`)) {
        return store.update(place(type), cause, () => draft)
      }
      created.add(`${tenant} ${step.id}`)
      return store.insert(place(type), cause, draft, 99)
    }
    switch (step.do) {
      case 'user':
        return put('User', userDraft(step.id, { title: step.title }))
      case 'join':
        return put('Group', groupDraft(step.id, [add(step.member)], keep))
      case 'remove':
        return store.remove(place('User'), cause, step.retain ? retaining : removing)
      case 'read':
        return Promise.all(['User', 'Group'].map(type => store.find(place(type)))).then(found => {
          for (const stored of found) if (stored) directory.recordSeen(tenant, stored.key, cause.now)
        })
    }
  }

  /** Returns the snapshot that was restored. */
  const act = async (expectation: Action): Promise<Kept | undefined> => {
    switch (expectation.do) {
      case 'save':
        remaining.push({ id: (await snapshots.save()).id, held: everything() })
        return undefined
      case 'restore': {
        const back = remaining[expectation.which % Math.max(1, remaining.length)]
        if (back) await restore(back)
        return back
      }
      case 'reset':
        await reset(expectation.tenant)
        return undefined
      case 'reset all':
        await reset()
        return undefined
      case 'purge':
        await directory.purge(keyOf(expectation.tenant), ++now, 'all')
        return undefined
      case 'anew':
        await tenants.remove(expectation.tenant)
        await tenants.create({ profile: 'rfc' }, expectation.tenant)
        return undefined
      case 'write':
        await writer.flush()
        return undefined
    }
  }

  const restore = async ({ id, held }: Kept): Promise<void> => {
    const restored = await snapshots.restore(id)
    const deleted = [...held.keys()].filter(key => !everything().has(key))
    assert.equal(restored?.skipped.length, deleted.length, 'deleted tenants are skipped')
  }

  for (const { requests, action } of turns) {
    const before = everything()
    created.clear()
    const requested = requests.map(step => send(step))
    const back = action && act(action)
    await Promise.all(requested)
    const restored = await back
    const reported = JSON.stringify({ requests, action })
    if (restored) {
      const isAsked = (key: number) => requests.some(step => keyOf(step.tenant) === key)
      for (const [key, held] of everything()) {
        const expected: Held | undefined = restored.held.get(key) ?? (isAsked(key) ? held : before.get(key))
        assert.deepEqual(held, expected, reported)
      }
    }
    requireConsistent(db, reported)
    await writer.flush()
    requireConsistent(db, `${reported}, and pending changes`)
    if (restored)
      for (const [key, held] of restored.held) {
        const is = everything().get(key)
        if (is) assert.deepEqual(is, held, `${reported}, and pending changes`)
      }
  }
  for (const back of remaining) {
    await restore(back)
    for (const [key, held] of everything()) assert.deepEqual(held, back.held.get(key) ?? held, 'in the end')
  }
}

for (const where of ['in memory', 'in a file']) {
  t.test(`${where}: each snapshot is restored unchanged, whatever is requested meanwhile`, async t => {
    const folder = t.testdir()
    let run = 0
    await assertProperty(
      fc.asyncProperty(fc.array(turn, { minLength: 3, maxLength: 14 }), async turns => {
        const whole = openWhole(where === 'in a file' ? `${folder}/${++run}.db` : undefined)
        try {
          await whole.tenants.create({ profile: 'rfc' }, 'acme')
          await whole.tenants.create({ profile: 'rfc' }, 'other')
          await play(whole, turns)
        } finally {
          await whole.close()
        }
      }),
      { numRuns: where === 'in a file' ? 6 : 25 },
    )
  })
}
