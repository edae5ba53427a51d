import t from 'tap'
import { seedUsers } from '../../../bench/seed-scimulator.ts'
import { inspect, requireConsistent } from '../../../scripts/endure/consistency.ts'
import { pageWith } from '../../../scripts/endure/page.ts'
import type { Outcome } from '../../../scripts/endure/run.ts'

const outcome = (id: string, more: Partial<Outcome> = {}): Outcome => ({
  trial: { id, title: `The ${id}`, statement: 'It works.', run: async () => [] },
  seconds: 61,
  figures: [['times', '7']],
  ...more,
})

t.test('keeps the sections of trials that were not run, in the order of the trials', t => {
  const ids = ['first', 'second', 'third']
  const before = pageWith('', [outcome('third'), outcome('first')], ids, 'a machine')
  const after = pageWith(before, [outcome('second', { figures: [['times', '8']] })], ids, 'another')
  t.same(after.match(/^(## .*|\| times .*|\d+ s on .*)$/gm), [
    ...['## The first', '| times | 7 |', '61 s on a machine.'],
    ...['## The second', '| times | 8 |', '61 s on another.'],
    ...['## The third', '| times | 7 |', '61 s on a machine.'],
  ])
  t.end()
})

t.test('a failed trial leaves the page unchanged, and a skipped one shows the reason', t => {
  const before = pageWith('', [outcome('first')], ['first'], 'a machine')
  t.equal(pageWith(before, [outcome('first', { failure: 'no' })], ['first'], 'a machine'), before)
  const skipped = pageWith(
    '',
    [outcome('first', { figures: [], skipped: 'no permission.' })],
    ['first'],
    'a machine',
  )
  t.match(skipped, /Skipped: no permission\./)
  t.end()
})

/** Traces of partial writes, and the messages that report them. */
const partialWrites: readonly (readonly [sql: string, message: RegExp])[] = [
  ['update resources set version = version + 1 where key = 1', /1 resources whose version/],
  ['delete from versions where resource_key = 2', /1 resources whose version/],
  [`insert into keys values (1, 'User', 'userName', 'nobody', 1)`, /1 keys that their resource/],
  [`delete from keys where attribute = 'userName' and resource = 1`, /1 resources without one of their keys/],
  ['delete from resources where key = 3', /keys that their resource/],
  [`insert into memberships values (1, 1, 77, 'x', null, 0, null, null)`, /1 memberships of a group/],
  [
    `insert into memberships values (1, 1, 1, 'x', null, 0, null, null);
     insert into membership_events (moment, event, at, group_key, member_id) values
       (9001, 'added', 0, 1, 'x'), (9002, 'removed', 0, 1, 'x')`,
    /1 memberships that ended according to the history/,
  ],
  ['insert into last_seen values (99, 0)', /1 rows of missing resources/],
  ['update tokens set tenant = 9', /1 rows of missing tenants/],
  ['update counts set n = n + 1', /1 wrong counts of resources/],
]

t.test('detects partial writes in a database', async t => {
  const file = `${t.testdir()}/scimulator.db`
  await seedUsers(file, 'acme', 'a-token-for-a-test', 5)
  inspect(file, db => {
    t.doesNotThrow(() => requireConsistent(db, 'unchanged'))
    for (const [sql, message] of partialWrites) {
      db.exec('begin')
      db.exec(sql)
      t.throws(() => requireConsistent(db, 'after a partial write'), { name: 'TrialError', message }, sql)
      db.exec('rollback')
    }
  })
})
