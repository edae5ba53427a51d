import t from 'tap'
import { skipWithoutPostgres } from '../support/postgres.ts'
import { openPostgresLater } from '../support/postgres-store.ts'
import { openSqliteStore } from '../support/sqlite-store.ts'
import { describeIdentityStore } from './identity-store.ts'

t.test('with SQLite', async t => describeIdentityStore(t, openSqliteStore))
t.test('with PostgreSQL', { skip: skipWithoutPostgres }, async t =>
  describeIdentityStore(t, openPostgresLater),
)
