type LossOptions = {
  /** What has to catch up. */
  readonly bottleneck: 'disk' | 'database'
  /** Called with the errors of exchanges that can't be stored. */
  readonly onLost: (error: unknown) => void
}

/** Counts and reports the exchanges that are lost. */
export function createLosses({ bottleneck, onLost }: LossOptions) {
  let lost = 0
  /** Exchanges that were left out since there was no room. */
  let leftOut = 0
  return {
    lose(error: unknown, count = 1): void {
      lost += count
      onLost(error)
    },
    /** There is no room for an exchange besides those that wait. */
    leaveOut(waiting: number): void {
      lost++
      if (leftOut++ > 0) return
      onLost(
        new Error(
          `The journal can't be written as fast as requests arrive: ${waiting} are waiting. Further ones are missing from it until the ${bottleneck} has caught up.`,
        ),
      )
    },
    /** There is room again. */
    end(): void {
      if (leftOut === 0) return
      onLost(new Error(`The journal is written again; ${leftOut} requests are missing from it.`))
      leftOut = 0
    },
    count: (): number => lost,
  }
}
