import { once } from 'node:events'

/** A lease that this instance got. */
export type LeaseHeld = {
  readonly name: string
  /** Rises each time the lease passes to another instance. */
  readonly number: number
  /** This instance; absent if there can be no other. */
  readonly holder?: string
}

/** Work that one instance at a time does. */
export interface Leases {
  /**
   * Runs `work` each time this instance gets the lease; it ends when `signal` aborts, not before. The lease may have passed to
   * another instance by then, so a write that only its holder may make names it, and is rejected if it has passed on. Returns a
   * function that gives the lease up: it resolves once `work` has ended.
   */
  hold(name: string, work: (lease: LeaseHeld, signal: AbortSignal) => Promise<void>): () => Promise<void>
}

/** Resolves when the signal aborts, at once if it has. */
export const whenAborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort')
}
