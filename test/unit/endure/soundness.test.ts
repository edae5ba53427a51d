import t from 'tap'
import { seedUsers } from '../../../bench/seed-scimulator.ts'
import { inspect, requireSound } from '../../../scripts/endure/soundness.ts'

/** Results of incomplete writes, and their reports. */
const halves: readonly (readonly [sql: string, told: RegExp])[] = [
  ['update resources set version = version + 1 where key = 1', /1 resources whose version/],
  ['delete from versions where resource_key = 2', /1 resources whose version/],
  [`insert into keys values (1, 'User', 'userName', 'nobody', 1)`, /1 keys that their resource/],
  [`delete from keys where attribute = 'userName' and resource = 1`, /1 resources that miss/],
  ['delete from resources where key = 3', /keys that their resource/],
  [`insert into memberships values (1, 1, 77, 'x', null)`, /1 memberships of a group/],
  [
    `insert into memberships values (1, 1, 1, 'x', null);
     insert into membership_events (moment, event, at, group_key, member_id) values
       (9001, 'added', 0, 1, 'x'), (9002, 'removed', 0, 1, 'x')`,
    /1 memberships of which history says that they ended/,
  ],
  ['insert into last_seen values (99, 0)', /1 rows of resources that are gone/],
  ['update tokens set tenant = 9', /1 rows of tenants that are gone/],
  ['update counts set n = n + 1', /1 numbers of resources/],
]

t.test('an incomplete write is detected', async t => {
  const file = `${t.testdir()}/scimulator.db`
  await seedUsers(file, 'acme', 'a-token-for-a-test', 5)
  inspect(file, db => {
    t.doesNotThrow(() => requireSound(db, 'without a change'))
    for (const [sql, told] of halves) {
      db.exec('begin')
      db.exec(sql)
      t.throws(() => requireSound(db, 'by half'), { name: 'TrialError', message: told }, sql)
      db.exec('rollback')
    }
  })
})
