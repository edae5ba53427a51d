import t from 'tap'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { describeDirectory } from './directory.ts'
import { describeEffects } from './exchange-effects.ts'
import { describePast } from './history-view.ts'
import { openPostgres } from './postgres-fixture.ts'

t.test('with PostgreSQL', { skip: skipWithoutPostgres }, async t => {
  describeDirectory(t, openPostgres)
  describePast(t, openPostgres)
  describeEffects(t, openPostgres)
})
