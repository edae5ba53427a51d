export type SampleRuns = {
  run<Result>(tenant: string, work: () => Promise<Result>): Promise<Result>
  isRunning(tenant: string): boolean
  /** Milliseconds since 1970. */
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
