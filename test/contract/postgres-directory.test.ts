import t, { type Test } from 'tap'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { openPostgresLater } from '../support/postgres-store.ts'
import { describeDirectory } from './directory.ts'
import { describeEffects } from './exchange-effects.ts'
import { describeRetention } from './history-retention.ts'
import { describePast } from './history-view.ts'
import { describeMemberships } from './memberships.ts'

const openWithLongReads = (t: Test) => openPostgresLater(t, { longWork: 0 })

t.test('with PostgreSQL', { skip: skipWithoutPostgres }, async t => {
  describeDirectory(t, openPostgresLater)
  t.test('with searches on connections for long reads', async t => describeDirectory(t, openWithLongReads))
  describePast(t, openPostgresLater)
  describeRetention(t, openPostgresLater)
  describeEffects(t, openPostgresLater)
  describeMemberships(t, openPostgresLater)
})
