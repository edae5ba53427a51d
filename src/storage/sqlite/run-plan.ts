import type { SlicedJob } from '../../domain/ports/database.ts'
import {
  type ChangeName,
  type Plan,
  type PlanChange,
  type PlanChanges,
  type PlanQueries,
  type PlanQuery,
  type QueryName,
  rowsOf,
} from '../common/plans/plan.ts'

/** Runs queries of plans. */
export type QueryRunners = {
  readonly [Name in QueryName]: (...of: PlanQueries[Name]['of']) => PlanQueries[Name]['result']
}

/** Writes changes of plans. */
export type ChangeRunners = {
  readonly [Name in ChangeName]: (row: PlanChanges[Name]) => void
}

/** The queries and changes that some plans use. */
export type PlanRunners = {
  readonly queries: Partial<QueryRunners>
  readonly changes: Partial<ChangeRunners>
}

/** Rows that are read or written between two yields of a job: about a millisecond. */
const rowsPerStep = 50

/** Runs a plan inside a transaction. Writes nothing before the first yield, unless there is none. */
export function* runPlan<Value>(plan: Plan<Value>, { queries, changes }: PlanRunners): SlicedJob<Value> {
  let rows = 0
  let step = plan.next([])
  while (!step.done) {
    const results: unknown[] = []
    for (const query of step.value) {
      if (rows >= rowsPerStep) {
        rows = 0
        yield
      }
      const result = runQuery(queries, query)
      results.push(result)
      rows += Array.isArray(result) ? 1 + result.length : 1
    }
    step = plan.next(results)
  }
  const decision = step.value
  if (isLong(decision.changes)) yield
  rows = 0
  for (const change of decision.changes) {
    if (rows >= rowsPerStep) {
      rows = 0
      yield
    }
    writeChange(changes, change)
    rows += rowsOf(change)
  }
  return decision.value
}

function runQuery(queries: PlanRunners['queries'], { query, of }: PlanQuery): unknown {
  const run = queries[query] as ((...of: readonly unknown[]) => unknown) | undefined
  if (!run) throw new Error(`Nothing runs the query ${query}.`)
  return run(...of)
}

function writeChange(changes: PlanRunners['changes'], { change, row }: PlanChange): void {
  const write = changes[change] as ((row: unknown) => void) | undefined
  if (!write) throw new Error(`Nothing writes the change ${change}.`)
  write(row)
}

function isLong(changes: readonly PlanChange[]): boolean {
  let rows = 0
  for (const change of changes) {
    rows += rowsOf(change)
    if (rows > rowsPerStep) return true
  }
  return false
}
