/** What happened to one person. */
export type Effect = 'created' | 'linked' | 'updated' | 'suspended' | 'reactivated' | 'deleted'

/** What one run did. */
export type Report = {
  /** `refused`: the server refused the token, and the run ended with that request. */
  readonly ending: 'completed' | 'stopped' | 'refused'
  readonly startedAt: number
  readonly requests: number
  readonly users: Readonly<Record<Effect, number>>
  /** Changes that failed in this run. */
  readonly failed: number
}

export type Counts = { requests: number; readonly users: Record<Effect, number>; failed: number }

export const noCounts = (): Counts => ({
  requests: 0,
  users: { created: 0, linked: 0, updated: 0, suspended: 0, reactivated: 0, deleted: 0 },
  failed: 0,
})
