import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { type AccessEntry, readAccess } from '../../src/aws-api/account-access/access.ts'
import { countDefects } from '../../src/domain/access-review.ts'
import type { AccountAssignments } from '../../src/domain/ports/account-assignments.ts'
import type { Directory } from '../../src/domain/ports/directory.ts'
import { findDefect, readDefects, summarizeAccess } from '../../src/insight/access-review.ts'
import { connectPostgres } from '../../src/storage/postgres/connect.ts'
import { openConnection } from '../../src/storage/postgres/connection.ts'
import { createPostgresDirectory } from '../../src/storage/postgres/directory.ts'
import { readInPlace } from '../../src/storage/postgres/long-reads.ts'
import { migrate as migratePostgres } from '../../src/storage/postgres/migrations.ts'
import { createAccountAssignments as createOnPostgres } from '../../src/storage/postgres/stores.ts'
import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../src/storage/sqlite/directory.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { createAccountAssignments } from '../../src/storage/sqlite/stores.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { atMoment } from '../contract/history-view.ts'
import { groupDraft, place, removing, retaining, tenant, userDraft } from '../contract/store-fixture.ts'
import { copyToPostgres } from '../support/copy-to-postgres.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'
import { assertProperty } from '../support/property.ts'

const userIds = ['u0', 'u1', 'u2']
const groupIds = ['g0', 'g1']
const accounts = ['111122223333', '444455556666']
const user = fc.constantFrom(...userIds)
const group = fc.constantFrom(...groupIds)
const principal = fc.oneof(
  fc.record({ type: fc.constant('User' as const), id: user }),
  fc.record({ type: fc.constant('Group' as const), id: group }),
)
const operation = fc.oneof(
  fc.record({ do: fc.constant('user' as const), id: user, active: fc.boolean() }),
  fc.record({ do: fc.constant('group' as const), id: group }),
  fc.record({ do: fc.constant('members' as const), id: group, members: fc.subarray(userIds) }),
  fc.record({ do: fc.constant('delete' as const), principal, retain: fc.boolean() }),
  fc.record({
    do: fc.constantFrom('assign' as const, 'assign' as const, 'unassign' as const),
    principal,
    account: fc.constantFrom(...accounts),
  }),
)
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never
type Principal = { readonly type: 'User' | 'Group'; readonly id: string }

type Reads = {
  readonly assignments: AccountAssignments
  readonly directory: Directory
}

/** Who is assigned what, in plain sets. */
function createModel() {
  const users = new Map<string, boolean>()
  /** The members of each group, with the time when they joined. */
  const groups = new Map<string, ReadonlyMap<string, number>>()
  const assigned = new Map<string, { readonly account: string; readonly principal: Principal }>()
  const keyOf = (account: string, { type, id }: Principal) => `${account} ${type} ${id}`
  const exists = ({ type, id }: Principal) => (type === 'User' ? users : groups).has(id)
  return {
    users,
    groups,
    exists,
    assign(account: string, principal: Principal) {
      if (exists(principal)) assigned.set(keyOf(account, principal), { account, principal })
    },
    unassign: (account: string, principal: Principal) => assigned.delete(keyOf(account, principal)),
    remove({ type, id }: Principal) {
      if (type === 'Group') groups.delete(id)
      else {
        users.delete(id)
        for (const [group, members] of groups) {
          groups.set(group, new Map([...members].filter(([member]) => member !== id)))
        }
      }
    },
    replaceMembers(group: string, members: readonly string[], now: number) {
      const former = groups.get(group)
      groups.set(group, new Map(members.map(member => [member, former?.get(member) ?? now])))
    },
    entries: (): readonly string[] =>
      [...assigned.values()]
        .flatMap(({ account, principal }): readonly string[] => {
          const start = `${account} ${principal.type} ${principal.id}`
          const { type, id } = principal
          if (!exists(principal)) return [`${start} no-principal`]
          const result = (member: string) => (users.get(member) ? 'access' : 'disabled')
          if (type === 'User') return [`${start} direct ${result(id)} ${id}`]
          const members = [...(groups.get(id) ?? [])]
          if (members.length === 0) return [`${start} no-members`]
          return members.map(([member, joined]) => `${start} since ${joined} ${result(member)} ${member}`)
        })
        .sort(),
  }
}

const textOf = ({ account, principal, result, user, joined }: AccessEntry): string => {
  const way = joined === undefined ? 'direct' : `since ${joined}`
  return [account, principal.type, principal.id, ...(user ? [way, result, user.id] : [result])].join(' ')
}

/** All entries, read in small pages. */
async function readAll(reads: Reads, at?: number, filter: object = {}): Promise<readonly string[]> {
  const found: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await readAccess(reads, tenant, {
      ...filter,
      limit: 2,
      ...(cursor !== undefined && { cursor }),
      ...(at !== undefined && { asOf: atMoment(at) }),
    })
    found.push(...page.items.map(textOf))
    if (page.next === undefined) return found.sort()
    cursor = page.next
  }
}

/** The entries that should not be there, and the counts, are those of the whole list. */
async function checkReview(reads: Reads, at?: number): Promise<void> {
  const asOf = at === undefined ? {} : { asOf: atMoment(at) }
  const { items } = await readAccess(reads, tenant, { limit: 1000, ...asOf })
  const defects = await Promise.all(items.map(entry => findDefect(reads.directory, tenant, entry)))
  const expected = items.flatMap((entry, index) => {
    const defect = defects[index]
    return defect ? [`${defect} ${textOf(entry)}`] : []
  })
  const found: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await readDefects(reads, tenant, {
      limit: 2,
      defect: 'any',
      ...asOf,
      ...(cursor !== undefined && { cursor }),
    })
    found.push(...page.items.map(entry => `${entry.defect} ${textOf(entry)}`))
    if (page.next === undefined) break
    cursor = page.next
  }
  assert.deepEqual(found.sort(), expected.sort(), `at ${at}`)
  const summary = await summarizeAccess(reads, tenant, at === undefined ? undefined : atMoment(at))
  assert.equal(summary.total, items.length)
  assert.equal(countDefects(summary), expected.length)
  assert.deepEqual(
    summary.accounts,
    [...Map.groupBy(items, ({ account }) => account)]
      .map(([account, ofAccount]) => ({
        account,
        people: new Set(
          ofAccount
            .filter(({ result }) => result !== 'no-members')
            .map(({ user, principal }) => (user ?? principal).id),
        ).size,
      }))
      .sort((one, other) => one.account.localeCompare(other.account)),
  )
}

async function openSqlitePart() {
  const db = openSqlite(undefined)
  migrate(db)
  db.exec(`
    insert into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created)
    values (${tenant}, 'acme', 'aws', 'retain', 'off', '{}', 0, 0)`)
  const connections = connect(db)
  const writer = createWriter(db)
  const store = createResourceStore(connections, writer)
  const directory = createDirectory(connections, writer)
  const assignments = createAccountAssignments(connections, writer)
  const model = createModel()
  const created = await assignments.createPermissionSet(tenant, { now: 1 }, 'Reader', {})
  const permissionSet = typeof created === 'string' ? '' : created.id

  const perform = async (step: Operation, now: number): Promise<void> => {
    const cause = { now, exchange: `x${now}` }
    switch (step.do) {
      case 'user': {
        const draft = userDraft(step.id, { active: step.active })
        const at = place('User', step.id)
        if (!(await store.update(at, cause, () => draft))) await store.insert(at, cause, draft, 99)
        model.users.set(step.id, step.active)
        return
      }
      case 'group':
        if (model.groups.has(step.id)) return
        await store.insert(place('Group', step.id), cause, groupDraft(step.id), 99)
        model.groups.set(step.id, new Map())
        return
      case 'members': {
        if (!model.groups.has(step.id)) return
        const members = step.members.filter(id => model.users.has(id))
        await store.update(place('Group', step.id), cause, () =>
          groupDraft(step.id, [{ kind: 'replace', members }]),
        )
        model.replaceMembers(step.id, members, now)
        return
      }
      case 'delete':
        await store.remove(
          place(step.principal.type, step.principal.id),
          cause,
          step.retain ? retaining : removing,
        )
        model.remove(step.principal)
        return
      case 'assign':
      case 'unassign':
        await assignments[step.do](tenant, cause, { ...step, permissionSet })
        model[step.do](step.account, step.principal)
    }
  }
  return { db, reads: { assignments, directory }, model, perform, close: () => connections.close() }
}

/** Runs operations one moment after the other. Returns the access after each. */
async function run(part: Awaited<ReturnType<typeof openSqlitePart>>, operations: readonly Operation[]) {
  const recorded: { readonly at: number; readonly entries: readonly string[] }[] = []
  for (const [step, operation] of operations.entries()) {
    const at = 1000 + step
    await part.perform(operation, at)
    const entries = await readAll(part.reads)
    assert.deepEqual(entries, part.model.entries())
    for (const id of userIds) {
      if (!part.model.users.has(id)) continue
      assert.deepEqual(
        await readAll(part.reads, undefined, { user: id }),
        entries.filter(entry => entry.endsWith(` ${id}`) && /access|disabled/.test(entry)),
      )
    }
    recorded.push({ at, entries })
  }
  return recorded
}

t.test('access, now and at each earlier moment, is that of a simple model', async () => {
  await assertProperty(
    fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async operations => {
      const part = await openSqlitePart()
      const recorded = await run(part, operations)
      for (const { at, entries } of recorded) {
        assert.deepEqual(await readAll(part.reads, at), entries, `at ${at}`)
      }
      await checkReview(part.reads)
      for (const { at } of recorded.slice(-5, -1)) await checkReview(part.reads, at)
      await part.close()
    }),
    { numRuns: 60 },
  )
})

t.test('access is the same with PostgreSQL', { skip: skipWithoutPostgres }, async t => {
  const location = await createSchema(t)
  await migratePostgres(location)
  const connection = await openConnection(location)
  const { reads, close } = connectPostgres(location, { readers: 2 })
  t.teardown(async () => {
    await connection.close()
    await close()
  })
  const lane = { transaction: () => Promise.reject(new Error('Nothing is written.')) }
  const onPostgres: Reads = {
    directory: createPostgresDirectory(reads, { purge: async () => [] }),
    assignments: createOnPostgres({ reads, longReads: readInPlace(reads), lane }),
  }
  await assertProperty(
    fc.asyncProperty(fc.array(operation, { minLength: 10, maxLength: 25 }), async operations => {
      const part = await openSqlitePart()
      const recorded = await run(part, operations)
      await copyToPostgres(part.db, connection)
      assert.deepEqual(await readAll(onPostgres), part.model.entries())
      for (const { at, entries } of recorded.slice(-6)) {
        assert.deepEqual(await readAll(onPostgres, at), entries, `at ${at}`)
      }
      await checkReview(onPostgres)
      await checkReview(onPostgres, recorded.at(-2)?.at)
      assert.deepEqual(
        await onPostgres.assignments.dangling(tenant, { limit: 50 }),
        await part.reads.assignments.dangling(tenant, { limit: 50 }),
      )
      await part.close()
    }),
    { numRuns: 6 },
  )
})
