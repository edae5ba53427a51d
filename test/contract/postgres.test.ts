import t from 'tap'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { openPostgres } from './postgres-fixture.ts'
import { describePromisedMembers } from './promised-members.ts'
import { describeStore } from './resources.ts'
import { describeSecrets } from './secrets.ts'

t.test('with PostgreSQL', { skip: skipWithoutPostgres }, async t => {
  describeStore(t, openPostgres)
  describeSecrets(t, openPostgres)
  describePromisedMembers(t, openPostgres)
})
