import { once } from 'node:events'

export type Term = {
  /** Rises each time another instance becomes the leader. */
  readonly number: number
  /** Absent if there can be no other instance. */
  readonly holder?: string
}

export interface Leader {
  /**
   * Runs `work` each time this instance becomes the leader; it ends when `signal` aborts, not before. Another instance may be the
   * leader by then, so a write that only the leader may make names its term, and is rejected if that is over. Returns a function
   * that withdraws the work: it resolves once `work` has ended.
   */
  lead(work: (term: Term, signal: AbortSignal) => Promise<void>): () => Promise<void>
}

/** Resolves when the signal aborts, at once if it has. */
export const whenAborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort')
}

/** For a database with one instance, which is always the leader: `work` starts at once. */
export const createOnlyInstance = (): Leader => ({
  lead(work) {
    const end = new AbortController()
    const ended = work({ number: 1 }, end.signal)
    return () => {
      end.abort()
      return ended
    }
  },
})
