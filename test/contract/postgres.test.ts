import t, { type Test } from 'tap'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { openPostgresLater } from '../support/postgres-store.ts'
import { describePromisedMembers } from './promised-members.ts'
import { describeStore } from './resources.ts'
import { describeSecrets } from './secrets.ts'

const openWithLongReads = (t: Test) => openPostgresLater(t, { longWork: 0 })

t.test('with PostgreSQL', { skip: skipWithoutPostgres }, async t => {
  describeStore(t, openPostgresLater)
  t.test('with lists on connections for long reads', async t => describeStore(t, openWithLongReads))
  describeSecrets(t, openPostgresLater)
  describePromisedMembers(t, openPostgresLater)
})
