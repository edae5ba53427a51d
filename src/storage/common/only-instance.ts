import type { Leader } from '../../domain/ports/leader.ts'

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
