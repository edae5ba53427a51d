import t from 'tap'
import { openConnection } from '../../../../src/storage/sqlite/connection.ts'

/** better-sqlite3 compiles a function for the rows of a statement whenever it is planned. */
function countPlans(run: () => void): number {
  const original = globalThis.Function
  let count = 0
  globalThis.Function = new Proxy(original, {
    apply(target, self, args) {
      count++
      return Reflect.apply(target, self, args)
    },
  })
  try {
    run()
  } finally {
    globalThis.Function = original
  }
  return count
}

const open = () => {
  const db = openConnection(':memory:')
  db.exec(`
    create table members (key integer primary key, member integer, name text, removed integer not null) strict;
    create index by_member on members (member, key) where member is not null;
    create index by_name on members (name, key) where removed = 0;
    insert into members values (1, 10, 'one?', 0), (2, 20, '@two', 0), (3, 30, 'it''s three', 1)`)
  return db
}

t.test('a statement is planned once, whatever the values of its parameters', async t => {
  const db = open()
  const ofMember = db.prepare('select key from members where member = ? limit ?')
  const named = db.prepare(
    'select key from members where name = @name and key > @key and removed = 0 limit @limit',
  )
  ofMember.all(10, 1)
  named.all({ name: 'one?', key: 0, limit: 1 })
  t.equal(
    countPlans(() => {
      t.strictSame(ofMember.all(20, 2), [{ key: 2 }])
      t.strictSame(ofMember.all(30, 3), [{ key: 3 }])
      t.strictSame(named.all({ name: '@two', key: 1, limit: 2 }), [{ key: 2 }])
      t.strictSame(named.all({ name: '@two', key: 2, limit: 3 }), [])
    }),
    0,
  )
})

t.test('texts and comments of a statement are not changed', async t => {
  const db = open()
  t.strictSame(
    db
      .prepare(`
        select '?', '@a', 'it''s ?', name as "a ? b" -- really?
        from members where name in (?, '@two') order by key`)
      .all('one?'),
    [
      { "'?'": '?', "'@a'": '@a', "'it''s ?'": "it's ?", 'a ? b': 'one?' },
      { "'?'": '?', "'@a'": '@a', "'it''s ?'": "it's ?", 'a ? b': '@two' },
    ],
  )
})
