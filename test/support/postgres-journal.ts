import type { Test } from 'tap'
import type { Term } from '../../src/domain/ports/leader.ts'
import { createPostgresAnalysis } from '../../src/storage/postgres/analysis.ts'
import { connectPostgres, openJournalLane } from '../../src/storage/postgres/connect.ts'
import { type DatabaseLocation, openConnection } from '../../src/storage/postgres/connection.ts'
import { createPostgresJournal, type PostgresJournalOptions } from '../../src/storage/postgres/journal.ts'
import { plenty } from '../contract/journal.ts'
import { takeTables } from './postgres-tables.ts'

type Options = Partial<Omit<PostgresJournalOptions, 'reads' | 'lane'>>

/** The journal and the analysis of one instance over a schema. It is closed with the test. */
export function openPostgresJournal(
  t: Pick<Test, 'teardown'>,
  location: DatabaseLocation,
  { retention = plenty, ...options }: Options = {},
) {
  const { reads, close } = connectPostgres(location, { readers: 2, lanes: 0 })
  const lane = openJournalLane(location)
  const journal = createPostgresJournal({ reads, lane, retention, ...options })
  const analysis = createPostgresAnalysis({ reads, lane, journal })
  t.teardown(async () => {
    await journal.close()
    await lane.close()
    await close()
  })
  return { journal, analysis }
}

/** The term that `createTables` gives to the test. */
export const ownTerm: Term = { number: 1, holder: 'test' }

/** A schema with all tables, and a connection to it. */
export async function createTables(t: Test) {
  const location = await takeTables(t)
  const connection = await openConnection(location)
  t.teardown(connection.close)
  await connection.execute(
    `update leases set number = 1, holder = 'test', until = 'infinity' where name = 'leader'`,
  )
  return { location, connection }
}
