import type { JournalOptions } from '../../src/storage/sqlite/journal.ts'
import { openJournal } from '../../src/storage/sqlite/journal-file.ts'
import { writeJournalInPlace } from '../../src/storage/sqlite/open-journal.ts'
import { plenty } from '../contract/journal.ts'

/** The connections to a journal, in memory without a path, and its database, which is closed with them. */
export function openTestJournal({
  path,
  ...options
}: Partial<JournalOptions> & { readonly path?: string } = {}) {
  const db = openJournal(path)
  return { db, connections: writeJournalInPlace(db, { retention: plenty, ...options }) }
}
