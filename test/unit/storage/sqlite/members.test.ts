import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { migrate } from '../../../../src/storage/sqlite/migrations.ts'
import { createMemberReader } from '../../../../src/storage/sqlite/related.ts'
import { turnsDuring, useSlowClock } from '../../../support/slow-clock.ts'

const group = 1
const manyMembers = 4_500

/** A group with many members, whose changes are noted as the store notes them. */
function open(t: Test) {
  useSlowClock(t)
  const db = openSqlite(undefined)
  migrate(db)
  t.teardown(() => db.close())
  db.prepare(`
    insert into resources (key, tenant, type, id, document, search, keys, version, created, last_modified,
      label, display, names, enabled)
    values (?, 1, 'Group', 'g', '{}', jsonb('{}'), '[]', 1, 1, 1, '', '', '', 1)`).run(group)
  const insert = db.prepare(`
    insert into memberships (key, tenant, group_key, member_id)
    select 1 + coalesce(max(key), 0), 1, ?, ? from memberships`)
  const remove = db.prepare('delete from memberships where group_key = ? and member_id = ?')
  const note = db.prepare(
    'insert into membership_events (event, at, group_key, member_id) values (?, 1, ?, ?)',
  )
  const touch = db.prepare('update resources set version = version + 1 where key = ?')
  const change = (event: 'added' | 'removed', id: string) => {
    const statement = event === 'added' ? insert : remove
    statement.run(group, id)
    note.run(event, group, id)
    touch.run(group)
  }
  const ids = Array.from({ length: manyMembers }, (_, at) => `m${at}`)
  for (const id of ids) insert.run(group, id)
  const reader = createMemberReader(db)
  const read = async () => ((await reader.membersOf([group])).get(group) ?? []).map(({ id }) => id)
  return { ids, change, read, hasMore: reader.hasMore }
}

t.test('other work is done while the members of a large group are read', async t => {
  const { ids, read } = open(t)
  const reading = read()
  t.ok((await turnsDuring(reading)) >= 2)
  t.same(await reading, ids)
})

t.test('members that join in the meantime are read, too', async t => {
  const { ids, change, read } = open(t)
  const reading = read()
  change('added', 'x')
  await nextTurn()
  change('added', 'y')
  t.same(await reading, [...ids, 'x', 'y'])
})

t.test('if one leaves in the meantime, the members are those of one moment', async t => {
  const { ids, change, read } = open(t)
  const reading = read()
  change('removed', 'm0')
  change('added', 'x')
  t.same(await reading, [...ids.slice(1), 'x'])
})

t.test('members are read even if one leaves in each turn', async t => {
  const { ids, change, read } = open(t)
  let left = 0
  let isDone = false
  const reading = read().finally(() => {
    isDone = true
  })
  for (; !isDone; left++) {
    change('removed', `m${left}`)
    await nextTurn()
  }
  const members = await reading
  t.same(members, ids.slice(-members.length))
})

t.test('whether a group has more members than a number', async t => {
  const { hasMore } = open(t)
  t.same(
    [0, manyMembers - 1, manyMembers, manyMembers + 1].map(count => hasMore(group, count)),
    [true, true, false, false],
  )
  t.equal(hasMore(group + 1, 0), false)
})
