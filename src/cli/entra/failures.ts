import type { JobState } from '../../entra/job-state.ts'

/** An object, or its manager or members, that waits for another attempt because one has failed. */
export type Waiting = {
  readonly name: string
  readonly objectId: string
  readonly what: 'user' | 'group' | 'manager' | 'members'
  readonly errorCode: string
  readonly reason: string
  readonly attempts: number
  /** By the job's clock; undefined where it waits for another object. */
  readonly nextAttempt: number | undefined
}

export function waitingIn(state: JobState): readonly Waiting[] {
  return [...state.objects].flatMap(([objectId, { kind, name, escrow, references }]) => {
    const parts = [
      { escrow, what: kind },
      { escrow: references, what: kind === 'user' ? ('manager' as const) : ('members' as const) },
    ]
    return parts.flatMap(({ escrow, what }) => {
      if (!escrow || escrow.attempts === 0) return []
      const { errorCode, reason, attempts, nextAttempt } = escrow
      const isTimed = nextAttempt < Number.MAX_SAFE_INTEGER
      return [
        { name, objectId, what, errorCode, reason, attempts, nextAttempt: isTimed ? nextAttempt : undefined },
      ]
    })
  })
}
