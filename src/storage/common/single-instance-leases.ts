import type { Leases } from '../../domain/ports/leases.ts'

/** For a database with one instance, which always has the lease: `work` starts at once. */
export const createSingleInstanceLeases = (): Leases => ({
  hold(name, work) {
    const end = new AbortController()
    const ended = work({ name, number: 1 }, end.signal)
    return () => {
      end.abort()
      return ended
    }
  },
})
