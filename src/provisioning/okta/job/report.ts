import type { UserEffect } from '../planning/provision-user.ts'

/** What one run of the job did. */
export type Report = {
  readonly ending: 'completed' | 'stopped'
  readonly requests: number
  readonly users: Readonly<Record<UserEffect, number>>
  readonly groups: { readonly created: number; readonly linked: number; readonly deleted: number }
  readonly membersAdded: number
  readonly membersRemoved: number
  /** Changes that failed in this run. */
  readonly failed: number
  /** Members of pushed groups who were left out. */
  readonly leftOut: number
  /** Pauses after a 429. */
  readonly pauses: number
}

export type Counts = {
  requests: number
  readonly users: Record<UserEffect, number>
  readonly groups: { created: number; linked: number; deleted: number }
  membersAdded: number
  membersRemoved: number
  failed: number
  leftOut: number
  pauses: number
}

export const noCounts = (): Counts => ({
  requests: 0,
  users: { created: 0, linked: 0, updated: 0, reactivated: 0, deactivated: 0 },
  groups: { created: 0, linked: 0, deleted: 0 },
  membersAdded: 0,
  membersRemoved: 0,
  failed: 0,
  leftOut: 0,
  pauses: 0,
})
