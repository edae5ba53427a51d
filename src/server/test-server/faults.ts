import type { Fault, FaultActivation, FaultPreset } from '../../domain/contract/faults.ts'
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
