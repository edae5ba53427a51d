import type { Plan, PlanQuery } from '../common/plans/plan.ts'

/** A plan to run in a transaction, perhaps with others. */
export type Job<Value = unknown> = {
  readonly tenant: number
  /** What it creates, changes or deletes. Jobs with a common name take effect in the order in which they came. */
  readonly changes: readonly string[]
  /** Creates the plan, again for each attempt. */
  readonly plan: () => Plan<Value>
}

/** The name of a resource for jobs that create or delete it. Jobs that refer to the resource run after these. */
export const existenceOf = (tenant: number, id: string): string => `exists ${tenant} ${id}`

export type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** A job whose plan has begun. */
export type Running<Each> = {
  readonly job: Each
  readonly plan: Plan<unknown>
  /** The queries of the last step, and their results. */
  readonly queries: readonly PlanQuery[]
  readonly results: readonly unknown[]
}

/** A job whose plan waits for results. */
export type Asking<Each> = Omit<Running<Each>, 'results'>
