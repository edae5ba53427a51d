import { readdirSync, readFileSync, unlinkSync } from 'node:fs'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { countedTypes, createCounts, createQuota } from '../../../../src/storage/sqlite/counts.ts'
import { openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { migrate } from '../../../../src/storage/sqlite/migrations.ts'
import { assertProperty } from '../../../support/property.ts'

const open = (t: Pick<Test, 'teardown'>) => {
  const db = openSqlite(undefined)
  migrate(db)
  t.teardown(() => db.close())
  return db
}

const types = ['User', 'Group', 'Device'] as const

t.test('a place is correct after any insertions and deletions', async t => {
  const db = open(t)
  const counts = createCounts(db)
  // Few keys in many blocks, including both ends of a block.
  const key = fc
    .tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom(0, 1, 2000, 4094, 4095))
    .map(([block, within]) => block * 4096 + within + 1)
  const insertions = fc.uniqueArray(
    fc.record({ key, type: fc.constantFrom(...types), isDeleted: fc.boolean() }),
    {
      selector: ({ key }) => key,
      maxLength: 30,
    },
  )
  assertProperty(
    fc.property(insertions, fc.subarray([...types], { minLength: 1 }), (all, selected) => {
      db.exec('delete from counts')
      for (const { key, type } of all) counts.note(1, type, key, 1)
      for (const { key, type, isDeleted } of all) if (isDeleted) counts.note(1, type, key, -1)
      const keys = all
        .filter(({ type, isDeleted }) => !isDeleted && selected.includes(type))
        .map(({ key }) => key)
        .sort((one, other) => one - other)
      for (let offset = 0; offset <= keys.length; offset += 1) {
        const { from, skip } = counts.place(1, selected, offset)
        t.equal(keys.filter(key => key > from)[skip], keys[offset])
      }
      t.equal(
        selected.reduce((sum, type) => sum + counts.number(1, type), 0),
        keys.length,
      )
      const known = db.prepare(`select type from ${countedTypes} order by type`).pluck()
      t.same(known.all({ tenant: 1 }), [...new Set(all.map(({ type }) => type))].sort())
      t.same(known.all({ tenant: 2 }), [])
    }),
    { numRuns: 50 },
  )
})

t.test('a distant place is found by the counts of blocks', async t => {
  const counts = createCounts(open(t))
  for (let key = 1; key <= 20_000; key += 1) if (key % 3) counts.note(1, 'User', key, 1)
  for (const offset of [4095, 4096, 5000, 10_000, 13_332]) {
    const { from, skip } = counts.place(1, ['User'], offset)
    t.ok(skip < 4096 && from <= 20_000, `${offset}: ${from} ${skip}`)
    const before = Array.from({ length: Math.max(0, from) }, (_, at) => at + 1).filter(key => key % 3).length
    t.equal(before + skip, offset)
  }
  t.same(counts.place(1, ['User'], 13_334), { from: Number.MAX_SAFE_INTEGER, skip: 0 }, 'beyond the end')
})

t.test('a quota never caches less than the actual number', async t => {
  const counts = createCounts(open(t))
  const quota = createQuota(counts)
  const add = (key: number) => {
    counts.note(1, 'User', key, 1)
    quota.note(1, 'User')
  }
  for (const key of [1, 2]) {
    t.ok(quota.hasRoom(1, 'User', 2))
    add(key)
  }
  t.notOk(quota.hasRoom(1, 'User', 2))
  t.ok(quota.hasRoom(1, 'Group', 2))
  t.ok(quota.hasRoom(1, 'User', 3))
  counts.note(1, 'User', 1, -1)
  t.ok(quota.hasRoom(1, 'User', 2), 'a deletion starts a new count')
})

t.test('an older database is counted by block when it is opened', async t => {
  const folder = 'migrations/sqlite'
  const files = readdirSync(folder).map(name => [name, readFileSync(`${folder}/${name}`, 'utf8')] as const)
  const older = t.testdir(Object.fromEntries(files))
  for (const [name] of files) if (name >= '0004') unlinkSync(`${older}/${name}`)
  const db = openSqlite(undefined)
  t.teardown(() => db.close())
  migrate(db, { folder: older })
  const insert = db.prepare(`
    insert into resources (key, tenant, type, id, document, search, keys, version, created, last_modified,
      label, display, names, enabled) values (?, ?, ?, ?, '{}', jsonb('{}'), '[]', 1, 1, 1, '', '', '', 1)`)
  for (const id of ['acme', 'other'])
    db.prepare(`
      insert into tenants (id, profile, on_delete, throttle, switches, clock_offset, created)
      values (?, 'aws', 'retain', 'off', '{}', 0, 0)`).run(id)
  for (const [key, tenant, type] of [
    [1, 1, 'User'],
    [4095, 1, 'User'],
    [4096, 1, 'User'],
    [4097, 1, 'Group'],
    [9000, 2, 'User'],
  ] as const) {
    insert.run(key, tenant, type, String(key))
  }
  migrate(db)
  t.same(db.prepare('select tenant, type, block, n from counts').raw().all(), [
    [1, 'Group', 1, 1],
    [1, 'User', 0, 2],
    [1, 'User', 1, 1],
    [2, 'User', 2, 1],
  ])
})
