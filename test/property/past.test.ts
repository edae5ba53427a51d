import fc from 'fast-check'
import t from 'tap'
import type { Directory } from '../../src/ports/directory.ts'
import { connect } from '../../src/sqlite/connections.ts'
import { openSqlite } from '../../src/sqlite/database.ts'
import { createDirectory } from '../../src/sqlite/directory.ts'
import { migrate } from '../../src/sqlite/migrations.ts'
import { createResourceStore } from '../../src/sqlite/resources.ts'
import { createWriter } from '../../src/sqlite/writer.ts'
import { atMoment } from '../contract/history-view.ts'
import { groupDraft, keep, place, removing, retaining, tenant, userDraft } from '../contract/store-fixture.ts'
import { assertProperty } from '../support/property.ts'

const userIds = ['u0', 'u1', 'u2', 'u3']
const groupIds = ['g0', 'g1']
const user = fc.constantFrom(...userIds)
const group = fc.constantFrom(...groupIds)
// Some members never existed, or no longer exist.
const members = fc.uniqueArray(fc.constantFrom(...userIds, 'nobody'), { maxLength: 3 })

const operation = fc.oneof(
  fc.record({ do: fc.constant('user' as const), id: user, active: fc.boolean(), title: fc.string() }),
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
  return { directory, perform, close: () => connections.close() }
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
    { numRuns: 150 },
  )
})
