import type { Plan, PlanQuery } from '../common/plans/plan.ts'

export type Job<Value = unknown> = {
  readonly tenant: number
  /** Jobs with a common name take effect in the order in which they came. */
  readonly changes: readonly string[]
  /** Each attempt creates a new plan. */
  readonly plan: () => Plan<Value>
}

/** Jobs that refer to the resource run after those that create or delete it. */
export const existenceOf = (tenant: number, id: string): string => `exists ${tenant} ${id}`

export type Outcome = { readonly value: unknown } | { readonly error: unknown }

export type Running<Each> = {
  readonly job: Each
  readonly plan: Plan<unknown>
  readonly queries: readonly PlanQuery[]
  readonly results: readonly unknown[]
}

export type Asking<Each> = Omit<Running<Each>, 'results'>
