/** The runs of the sample by this instance. */
export type SampleRuns = {
  /** Runs `work`, which provisions the sample into a tenant. */
  run<Result>(tenant: string, work: () => Promise<Result>): Promise<Result>
  isRunning(tenant: string): boolean
  /** When the last run into a tenant ended, in milliseconds since 1970. */
  endedAt(tenant: string): number | undefined
}

export function createSampleRuns(clock: () => number): SampleRuns {
  const running = new Set<string>()
  const ended = new Map<string, number>()
  return {
    async run(tenant, work) {
      running.add(tenant)
      try {
        return await work()
      } finally {
        running.delete(tenant)
        ended.set(tenant, clock())
      }
    },
    isRunning: tenant => running.has(tenant),
    endedAt: tenant => ended.get(tenant),
  }
}
