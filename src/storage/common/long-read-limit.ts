import { createWorkLimit } from '../../domain/event-loop/slices.ts'
import { BusyError } from '../../domain/ports/database.ts'

type RunQueries<Query, Rows> = (queries: readonly Query[], signal?: AbortSignal) => Promise<readonly Rows[]>

/**
 * Passes a number of calls on at a time and lets the others wait, so that one caller of many does not delay the
 * calls of others.
 */
export function limitLongReads<Query, Rows>(
  { run }: { readonly run: RunQueries<Query, Rows> },
  { maxRunning, maxWaiting }: { readonly maxRunning: number; readonly maxWaiting: number },
): { readonly run: RunQueries<Query, Rows> } {
  const limit = createWorkLimit(maxRunning, { maximum: maxWaiting, error: () => tooManyWaiting(maxWaiting) })
  return { run: (queries, signal) => limit(() => run(queries, signal), signal) }
}

export const tooManyWaiting = (most: number) =>
  new BusyError(`${most} searches are waiting, which is the maximum. Try again later.`)
