import { clearTimeout, setTimeout } from 'node:timers'

export type Backpressure = {
  /** Undefined unless more than half is in use. Otherwise resolves when less than a quarter is, or after `patience`. */
  readonly room: () => Promise<void> | undefined
  /** Called after something was taken out. */
  readonly noteTaken: () => void
  /** Whether nothing was taken out for as long as `patience`, nor since. */
  readonly isStuck: () => boolean
  /** Called when nothing was taken out for as long as `patience`. */
  readonly noteStuck: () => void
}

type BackpressureOptions = {
  /** The part that is in use: 1 if it is full. */
  readonly used: () => number
  /** Another number after each thing that was taken out. */
  readonly position: () => number
  /** Milliseconds. */
  readonly patience: number
}

/** Slows down those who fill a queue until it is emptied, unless it is stuck. */
export function createBackpressure({ used, position, patience }: BackpressureOptions): Backpressure {
  let stuckAt: number | undefined
  let awaited: PromiseWithResolvers<void> | undefined
  let timer: NodeJS.Timeout | undefined

  const release = (): void => {
    clearTimeout(timer)
    awaited?.resolve()
    awaited = undefined
  }
  const isStuck = (): boolean => stuckAt !== undefined && stuckAt === position()

  return {
    room() {
      if (awaited) return awaited.promise
      if (used() <= 1 / 2 || isStuck()) return undefined
      awaited = Promise.withResolvers()
      const before = position()
      timer = setTimeout(() => {
        if (position() === before) stuckAt = before
        release()
      }, patience)
      return awaited.promise
    },
    noteTaken() {
      if (awaited && used() < 1 / 4) release()
    },
    isStuck,
    noteStuck() {
      stuckAt = position()
    },
  }
}
