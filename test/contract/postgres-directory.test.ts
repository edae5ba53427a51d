import t from 'tap'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { openPostgresLater } from '../support/postgres-store.ts'
import { describeDirectory } from './directory.ts'
import { describeEffects } from './exchange-effects.ts'
import { describePast } from './history-view.ts'

t.test('with PostgreSQL', { skip: skipWithoutPostgres }, async t => {
  describeDirectory(t, openPostgresLater)
  describePast(t, openPostgresLater)
  describeEffects(t, openPostgresLater)
})
