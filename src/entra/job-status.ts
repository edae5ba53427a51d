import type { Quarantine } from './job-state.ts'

/** How a job is, as Entra's page shows it. Times are milliseconds since 1970. */
export type JobStatus = {
  readonly code: 'NotRun' | 'Active' | 'Quarantine' | 'Disabled'
  readonly initialCycleDone: boolean
  readonly watermark: number | undefined
  readonly nextCycleAt: number | undefined
  readonly quarantine: Quarantine | undefined
  readonly users: number
  readonly groups: number
  /** Objects that have a link to the target. */
  readonly links: number
  /** Objects, and references, that wait for another attempt. */
  readonly escrows: { readonly objects: number; readonly references: number }
}
