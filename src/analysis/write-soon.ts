import { setTimeout as delay } from 'node:timers/promises'
import type { Writer } from '../database/writer.ts'

type Outcome<Result> = { readonly value: Result } | { readonly error: unknown }

/**
 * Writes with the next commit, whoever's that is, so that nothing waits for the disk on account of it; after so many
 * milliseconds with a commit of its own. Rejects with what the job throws.
 */
export async function writeSoon<Result>(
  writer: Pick<Writer, 'soon' | 'flush'>,
  patience: number,
  job: () => Result,
): Promise<Result> {
  let outcome: Outcome<Result> | undefined
  const written = new Promise<void>(resolve => {
    writer.soon(() => {
      outcome = outcomeOf(job)
      resolve()
      // For the writer to take back what it has written of it.
      if ('error' in outcome) throw outcome.error
    })
  })
  const waited = new AbortController()
  await Promise.race([written, delay(patience, undefined, { signal: waited.signal }).catch(() => {})])
  waited.abort()
  if (!outcome) await writer.flush()
  if (!outcome) throw new Error('The database took nothing.')
  if ('error' in outcome) throw outcome.error
  return outcome.value
}

function outcomeOf<Result>(job: () => Result): Outcome<Result> {
  try {
    return { value: job() }
  } catch (error) {
    return { error }
  }
}
