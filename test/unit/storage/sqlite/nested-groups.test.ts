import t, { type Test } from 'tap'
import { type Database, openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { migrate } from '../../../../src/storage/sqlite/migrations.ts'
import { createNestedGroups } from '../../../../src/storage/sqlite/related.ts'

/** Users have the keys from 1, groups those from 1001. */
function open(t: Test) {
  const db = openSqlite(undefined)
  migrate(db)
  t.teardown(() => db.close())
  const insert = db.prepare(`
    insert into resources (key, tenant, type, id, document, search, keys, version, created, last_modified,
      label, display, names, enabled) values (?, 1, ?, ?, '{}', jsonb('{}'), '[]', 1, 1, 1, '', ?, '', 1)`)
  const join = db.prepare(
    'insert into memberships (key, tenant, group_key, member_id, member_key) values ((select count(*) from memberships), 1, ?, ?, ?)',
  )
  for (let key = 1; key <= 50; key++) insert.run(key, 'User', `u${key}`, `u${key}`)
  for (let key = 1001; key <= 1010; key++) insert.run(key, 'Group', `g${key}`, `g${key}`)
  return { db, join: (member: number, group: number) => join.run(group, String(member), member) }
}

/** The same database, recording the groups whose outer groups are looked up. */
function recordGroups(db: Database, lookedUp: (readonly number[])[], statements: string[] = []): Database {
  const prepare = (sql: string) => {
    const statement = db.prepare(sql)
    return {
      all: (...parameters: readonly unknown[]) => {
        const [first] = parameters
        if (first instanceof Object && 'groups' in first) {
          lookedUp.push(JSON.parse(String(first.groups)))
          statements.push(sql)
        }
        return statement.all(...parameters)
      },
    }
  }
  return Object.assign(Object.create(db), { prepare }) as Database
}

t.test('a page takes one query per level of nesting, and none without groups', t => {
  const { db, join } = open(t)
  const lookedUp: (readonly number[])[] = []
  const groupsOf = createNestedGroups(recordGroups(db, lookedUp))
  const users = Array.from({ length: 50 }, (_, at) => at + 1)
  t.equal(groupsOf(users).size, 50)
  t.same(lookedUp, [])

  for (const user of users) join(user, 1001 + (user % 5))
  for (let group = 1001; group < 1010; group++) join(group, group + 1)
  t.equal(groupsOf(users).get(50)?.length, 10, 'itself, and nine groups that contain each other')
  t.same(
    lookedUp.map(groups => groups.length),
    [5, 1, 1, 1, 1, 1],
  )
  t.end()
})

t.test('a group is looked up once, however many paths lead to it', t => {
  const { db, join } = open(t)
  const lookedUp: (readonly number[])[] = []
  const groups = Array.from({ length: 10 }, (_, at) => 1001 + at)
  for (const inner of groups) for (const outer of groups) if (inner !== outer) join(inner, outer)
  join(1, 1001)
  const [found] = createNestedGroups(recordGroups(db, lookedUp))([1]).values()
  t.same(
    found?.map(({ id, indirect = false }) => [id, indirect]),
    groups.map(key => [`g${key}`, key !== 1001]),
  )
  t.same(lookedUp, [[1001], groups.slice(1)])
  t.end()
})

t.test('memberships are read by their index, from the groups outwards', t => {
  const { db, join } = open(t)
  const statements: string[] = []
  join(1, 1001)
  createNestedGroups(recordGroups(db, [], statements))([1])
  const plan = db
    .prepare<unknown[], { detail: string }>(`explain query plan ${statements[0]}`)
    .all({ groups: '[]', most: 1 })
    .map(({ detail }) => detail)
  t.same(
    plan.filter(detail => /\bm\b/.test(detail)),
    ['SEARCH m USING COVERING INDEX memberships_by_member (member_key=?)'],
  )
  t.end()
})
