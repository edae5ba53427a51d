import type { Analyst } from './analysis/analyst.ts'
import type { Standings } from './analysis/standings.ts'
import type { Writer } from './database/writer.ts'
import type { Faults } from './faults/faults.ts'
import type { SqliteJournal } from './journal/sqlite-journal.ts'
import type { SqliteDirectory } from './store/sqlite-directory.ts'
import type { SqliteTenants } from './tenants/sqlite-tenants.ts'

/**
 * Deletes users, groups, their history, the journal and what it showed, turns faults off and sets the clock back: of
 * the tenant with this id, or of all. All on disk at once, or nothing. Returns the ids of the tenants.
 */
export type Reset = (tenant?: string) => Promise<readonly string[]>

type Parts = {
  readonly writer: Writer
  readonly tenants: Pick<SqliteTenants, 'resetClocks'>
  readonly directory: Pick<SqliteDirectory, 'clear' | 'clearAll'>
  readonly journal: Pick<SqliteJournal, 'clear'>
  readonly analysis: Pick<Analyst, 'clear'>
  readonly standings: Pick<Standings, 'clear'>
  readonly faults: Pick<Faults, 'disarmAll' | 'disarmOf'>
}

export function createReset(parts: Parts): Reset {
  const { writer, tenants, directory, journal, analysis, standings, faults } = parts
  return async id => {
    const reset = () => {
      const clocks = tenants.resetClocks(id)
      if (id === undefined) directory.clearAll()
      else for (const { key } of clocks.tenants) directory.clear(key)
      return {
        ids: clocks.tenants.map(tenant => tenant.id),
        onceOnDisk: [clocks.remember, journal.clear(id), analysis.clear(id)],
      }
    }
    // Two commits in one turn: what was answered before is in the journal's table by the second, and goes, too.
    const before = writer.flush()
    const done = writer.write(reset).then(({ ids, onceOnDisk }) => {
      for (const step of onceOnDisk) step()
      standings.clear(id)
      if (id === undefined) faults.disarmAll()
      else faults.disarmOf(id)
      return ids
    })
    await Promise.all([before, writer.flush()])
    return await done
  }
}
