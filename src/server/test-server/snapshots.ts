import type { Snapshot } from '../../domain/contract/snapshots.ts'
import type { ConsoleClient } from './console.ts'

export type TestSnapshots = {
  /** Saves users and groups with their history, settings, declared types and clock. */
  snapshot(name?: string): Promise<Snapshot>
  /**
   * Restores a snapshot, by the result of `snapshot` or its ID; by default, the newest. Also empties the journal and removes faults,
   * so that each test begins in the same state. Tokens remain.
   */
  restore(snapshot?: string | Pick<Snapshot, 'id'>): Promise<void>
}

export function createTestSnapshots(consoleFor: (member: string) => ConsoleClient): TestSnapshots {
  let newest: string | undefined
  return {
    async snapshot(name) {
      const saved = await consoleFor('snapshot').call('POST /snapshots', { body: { name } })
      newest = saved.id
      return saved
    },
    async restore(snapshot = newest) {
      const { call } = consoleFor('restore')
      if (snapshot === undefined) throw new Error('restore: there is no snapshot. Call snapshot() first.')
      const id = typeof snapshot === 'string' ? snapshot : snapshot.id
      // Before the reset, so that a wrong ID deletes nothing.
      const { items } = await call('GET /snapshots')
      if (!items.some(item => item.id === id)) throw new Error(`restore: there is no snapshot "${id}".`)
      await call('POST /reset')
      await call('POST /snapshots/:id/restore', { params: { id } })
    },
  }
}
