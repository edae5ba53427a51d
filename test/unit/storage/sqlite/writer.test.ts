import { setImmediate as nextTurn } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import type { Slices } from '../../../../src/domain/event-loop/slices.ts'
import { DatabaseError, openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { createWriter, type WriterOptions } from '../../../../src/storage/sqlite/writer.ts'

/** Every step of a job ends a slice. */
const shortSlices: Slices = { isOver: () => true, next: () => nextTurn(), hasWaiting: () => false }

/** A writer over a table, and a count of the commits from a trace of the statements. */
const open = (t: Test, options: WriterOptions = {}, setup = '') => {
  const db = openSqlite(`${t.testdir()}/x.db`)
  db.exec(`create table names (name text unique); ${setup}`)
  const insert = db.prepare('insert into names values (?)')
  const prepare = db.prepare.bind(db)
  let commits = 0
  db.prepare = ((sql: string) => {
    const statement = prepare(sql)
    if (sql !== 'commit') return statement
    const run = () => {
      commits++
      return statement.run()
    }
    return { run }
  }) as typeof db.prepare
  const writer = createWriter(db, options)
  t.teardown(async () => {
    await writer.close()
    db.close()
  })
  return {
    writer,
    db,
    add: (name: string) => insert.run(name).changes,
    names: () => prepare('select name from names order by name').pluck().all(),
    commits: () => commits,
  }
}

t.test('jobs of one turn share a commit', async t => {
  const { writer, add, names, commits } = open(t)
  t.same(await Promise.all(['a', 'b', 'c'].map(name => writer.write(() => add(name)))), [1, 1, 1])
  t.same([names(), commits()], [['a', 'b', 'c'], 1])
})

t.test('a job that throws is rolled back alone', async t => {
  const { writer, add, names } = open(t)
  const failing = (name: string) => () => {
    add(name)
    throw new Error(`no ${name}`)
  }
  const outcomes = await Promise.allSettled([
    writer.write(() => add('a')),
    writer.write(failing('b')),
    writer.write(() => add('c')),
  ])
  t.same(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  await t.rejects(writer.write(failing('d')), /no d/, 'also without other jobs')
  t.same(names(), ['a', 'c'])
})

t.test('deferred jobs join the next commit, and their errors affect no other', async t => {
  const lost: unknown[] = []
  const { writer, add, names, commits } = open(t, { onDeferredError: error => lost.push(error) })
  writer.defer(() => add('soon'))
  writer.defer(() => {
    throw new Error('lost')
  })
  await writer.write(() => add('a'))
  t.same([names(), commits()], [['a', 'soon'], 1])
  t.match(lost, [{ message: 'lost' }])
})

t.test('deferred jobs are written even without other writes', async t => {
  const { writer, add, names } = open(t)
  await new Promise<void>(resolve => {
    const alive = setInterval(() => {}, 1000)
    writer.defer(() => {
      add('a')
      setImmediate(() => {
        clearInterval(alive)
        resolve()
      })
    })
  })
  t.same(names(), ['a'])
})

t.test(
  'a deferred job writes its rest in later commits, at the latest when the writer is closed',
  async t => {
    const { writer, add, names, commits } = open(t)
    const addEach = (all: readonly string[]) => {
      const [first = '', ...rest] = all
      add(first)
      if (rest.length > 0) writer.defer(() => addEach(rest), 0)
    }
    writer.defer(() => addEach(['a', 'b']))
    await writer.write(() => add('c'))
    t.same([names(), commits()], [['a', 'c'], 1])
    await writer.flush()
    t.same([names(), commits()], [['a', 'b', 'c'], 2])
    writer.defer(() => addEach(['d', 'e', 'f']))
    await writer.close()
    t.same([names(), commits()], [['a', 'b', 'c', 'd', 'e', 'f'], 5])
  },
)

t.test('a job that fails while it writes is rolled back alone', async t => {
  const { writer, add, names, commits } = open(t)
  const insertBoth = (one: string, other: string) =>
    writer.writeInSlicesIfLong(function* () {
      if (one === other) yield
      add(one)
      return add(other)
    })
  const outcomes = await Promise.allSettled([
    insertBoth('a', 'b'),
    insertBoth('c', 'a'),
    insertBoth('h', 'h'),
    insertBoth('d', 'e'),
    writer.write(() => add('f')),
    insertBoth('g', 'a'),
  ])
  t.same(
    outcomes.map(outcome => (outcome.status === 'rejected' ? outcome.reason.message : 'fulfilled')),
    [
      'fulfilled',
      'UNIQUE constraint failed: names.name',
      'UNIQUE constraint failed: names.name',
      'fulfilled',
      'fulfilled',
      'UNIQUE constraint failed: names.name',
    ],
  )
  t.same([names(), commits()], [['a', 'b', 'd', 'e', 'f'], 1])
})

t.test('flush and close write all pending jobs', async t => {
  const { writer, add, names } = open(t)
  writer.defer(() => add('a'))
  await writer.flush()
  t.same(names(), ['a'])
  writer.defer(() => add('b'))
  const written = writer.write(() => add('c'))
  await writer.close()
  t.same(names(), ['a', 'b', 'c'])
  t.equal(await written, 1)
  await t.rejects(
    writer.write(() => add('d')),
    DatabaseError,
  )
})

t.test('when a commit fails, all its jobs fail, and onFatal is called', async t => {
  const fatal: Error[] = []
  // A deferred constraint is only checked by the commit.
  const { writer, db, add, names } = open(
    t,
    { onFatal: error => fatal.push(error) },
    `pragma foreign_keys = on;
    create table ties (name text references names (name) deferrable initially deferred);`,
  )
  const tie = db.prepare(`insert into ties values ('nobody')`)
  const outcomes = await Promise.allSettled([writer.write(() => add('a')), writer.write(() => tie.run())])
  t.same(
    outcomes.map(outcome => outcome.status === 'rejected' && outcome.reason instanceof DatabaseError),
    [true, true],
  )
  t.match(fatal, [{ message: /can't be written \(FOREIGN KEY constraint failed\)\. Check the disk/ }])
  t.same(names(), [])
  await writer.write(() => add('b'))
  t.same(names(), ['b'], 'the next job succeeds')
})

t.test('a full disk is reported in one sentence', async t => {
  const fatal: Error[] = []
  const { writer, db, add } = open(t, { onFatal: error => fatal.push(error) })
  db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`)
  const large = 'x'.repeat(1_000_000)
  await t.rejects(
    writer.write(() => add(large)),
    { message: /can't be written \(database or disk is full\)/ },
  )
  await Promise.allSettled([writer.write(() => add(large)), writer.write(() => 1)])
  t.equal(fatal.length, 2)
  t.equal(await writer.write(() => add('small')), 1)
})

t.test('reads see the state before a job in slices, and other jobs wait for its commit', async t => {
  const { writer, db, add, names } = open(t, { slices: shortSlices, longJob: 0 })
  const reads = new Sqlite(db.name, { readonly: true })
  t.teardown(() => reads.close())
  const committed = reads.prepare('select name from names order by name').pluck()
  const seen: unknown[] = []
  const ended: string[] = []
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const long = writer
    .writeInSlicesIfLong(function* () {
      yield
      for (const name of ['a', 'b', 'c']) {
        begin()
        add(name)
        setImmediate(() => seen.push(committed.all()))
        yield
      }
    })
    .then(() => ended.push('long'))
  await begun
  const short = writer.write(() => add('d')).then(() => ended.push('short'))
  await writer.flush()
  await Promise.all([long, short])
  t.same(ended, ['long', 'short'])
  t.same(seen.slice(0, 2), [[], []])
  t.same(names(), ['a', 'b', 'c', 'd'])
})

t.test('a job in slices that throws is rolled back as a whole', async t => {
  const { writer, add, names } = open(t, { slices: shortSlices, longJob: 0 })
  const failing = writer.writeInSlicesIfLong(function* () {
    yield
    add('a')
    yield
    throw new Error('no b')
  })
  await t.rejects(failing, /no b/)
  await writer.write(() => add('c'))
  t.same(names(), ['c'])
})

t.test('a short job of unknown length shares the commit of its turn', async t => {
  const { writer, add, names, commits } = open(t, { longJob: Number.POSITIVE_INFINITY })
  const short = writer.writeInSlicesIfLong(function* () {
    yield
    add('a')
    yield
    return add('b')
  })
  t.same(await Promise.all([short, writer.write(() => add('c'))]), [1, 1])
  t.same([names(), commits()], [['a', 'b', 'c'], 1])
})

t.test('a long job of unknown length starts again in slices, before the jobs that follow it', async t => {
  const { writer, add, names } = open(t, { slices: shortSlices, longJob: 0 })
  const ended: string[] = []
  const seen: unknown[] = []
  const note = (name: string) => () => void ended.push(name)
  writer.defer(() => add('deferred'))
  const before = writer.write(() => add('before')).then(note('before'))
  const long = writer
    .writeInSlicesIfLong(function* () {
      seen.push(names())
      yield
      add('a')
      yield
      return add('b')
    })
    .then(note('long'))
  const after = writer.write(() => seen.push(names())).then(note('after'))
  await Promise.all([before, long, after])
  t.same(ended, ['before', 'long', 'after'])
  t.same(seen, [['before'], ['before'], ['a', 'b', 'before']], 'the first attempt is rolled back')
  t.same(names(), ['a', 'b', 'before', 'deferred'])
})

t.test('long jobs of one turn run in the order of the calls', async t => {
  const { writer, add } = open(t, { slices: shortSlices, longJob: 0 })
  const ended: string[] = []
  const long = (name: string) =>
    writer
      .writeInSlicesIfLong(function* () {
        yield
        add(name)
        yield
      })
      .then(() => ended.push(name))
  await Promise.all(['a', 'b', 'c'].map(long))
  t.same(ended, ['a', 'b', 'c'])
})

t.test('a job of unknown length that throws is rolled back, in its first attempt and in slices', async t => {
  for (const longJob of [0, Number.POSITIVE_INFINITY]) {
    const { writer, add, names } = open(t, { slices: shortSlices, longJob })
    const failing = writer.writeInSlicesIfLong(function* () {
      yield
      add('a')
      yield
      throw new Error('no b')
    })
    await t.rejects(failing, /no b/)
    t.same(names(), [])
  }
})

t.test('close waits for a job that has to start again in slices, and rejects later ones', async t => {
  const { writer, add, names } = open(t, { slices: shortSlices, longJob: 0 })
  const long = writer.writeInSlicesIfLong(function* () {
    yield
    add('a')
    yield
    return add('b')
  })
  await writer.close()
  t.same([names(), await long], [['a', 'b'], 1])
  await t.rejects(
    writer.writeInSlicesIfLong(function* () {
      yield
    }),
    DatabaseError,
  )
})

t.test('no other job runs until a job between commits has ended', async t => {
  const { writer, db, add, names } = open(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  const ended: string[] = []
  const between = writer.betweenCommits(async () => {
    ended.push(`before: ${names()}, ${db.inTransaction}`)
    await promise
    ended.push(`after: ${names()}, ${db.inTransaction}`)
    return 'result'
  })
  const first = writer.write(() => add('a'))
  await first
  const second = writer.write(() => add('b'))
  await nextTurn()
  await nextTurn()
  resolve()
  t.equal(await between, 'result')
  await second
  t.same(ended, ['before: a, false', 'after: a, false'])
  t.same(names(), ['a', 'b'])
  await t.rejects(
    writer.betweenCommits(async () => {
      throw new Error('failed')
    }),
    /failed/,
  )
})
