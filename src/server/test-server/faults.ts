import type { Fault, FaultActivation, FaultPreset } from '../../domain/contract/faults.ts'
import { durationSchema } from '../../domain/contract/operation.ts'
import type { Snapshot } from '../../domain/contract/snapshots.ts'
import type { RunningServer } from '../server.ts'
import { type ConsoleClient, ConsoleError } from './console.ts'

export type TestFaults = {
  /**
   * Adds a preset by its ID, or a fault of your own:
   * `add({ match: { operations: ['create'] }, effect: { kind: 'status', status: 503 }, times: 1 })`. It applies to the next
   * request that matches.
   */
  add(fault: string | FaultActivation): Promise<Fault>
  /** Removes a fault, by the result of `add` or its ID. Resolves with false if it is not active: its `times` may be over. */
  remove(fault: string | Pick<Fault, 'id'>): Promise<boolean>
  clear(): Promise<void>
  list(): Promise<readonly Fault[]>
  presets(): Promise<readonly FaultPreset[]>
}

export const createTestFaults = (consoleFor: (member: string) => ConsoleClient): TestFaults => ({
  add: async fault =>
    consoleFor('faults.add').call('POST /faults', {
      body: typeof fault === 'string' ? { preset: fault } : fault,
    }),
  async remove(fault) {
    const params = { fault: typeof fault === 'string' ? fault : fault.id }
    try {
      await consoleFor('faults.remove').call('DELETE /faults/:fault', { params })
      return true
    } catch (error) {
      if (error instanceof ConsoleError && error.status === 404) return false
      throw error
    }
  },
  clear: async () => consoleFor('faults.clear').call('DELETE /faults'),
  list: async () => (await consoleFor('faults.list').call('GET /faults')).items,
  presets: async () => (await consoleFor('faults.presets').call('GET /faults/presets')).items,
})

export type TestClock = {
  now(): Promise<Date>
  /** Moves it forward by a duration such as `90d` or `1h30m`. Returns its new time. */
  advance(duration: string): Promise<Date>
  /** Returns it to real time. Stored times remain; `reset` and `restore` return both. */
  reset(): Promise<Date>
}

const expectedDuration = 'expected a duration such as 90d or 1h30m, with w, d, h, m and s.'
const durationText = durationSchema(expectedDuration)

export function createTestClock(
  consoleFor: (member: string) => ConsoleClient,
  { tenants }: Pick<RunningServer, 'tenants'>,
  tenant: string,
): TestClock {
  const params = { tenant }
  const now = async (member: string): Promise<Date> => {
    const clock = await consoleFor(member).call('GET /tenants/:tenant/clock', { params })
    return new Date(clock.now)
  }
  return {
    now: () => now('clock.now'),
    async advance(duration) {
      const { error } = durationText.safeParse(duration)
      if (error) throw new TypeError(`clock.advance: ${expectedDuration}`)
      const clock = await consoleFor('clock.advance').call('PUT /tenants/:tenant/clock', {
        params,
        body: { advance: duration },
      })
      return new Date(clock.now)
    },
    async reset() {
      await tenants.setClock(tenant, 0)
      return now('clock.reset')
    },
  }
}

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
