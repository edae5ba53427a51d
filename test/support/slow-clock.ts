import type { Test } from 'tap'

/**
 * Each reading of the clock during this test is 5 ms after the one before, so that every slice of long work ends at
 * once.
 */
export function useSlowClock(t: Pick<Test, 'teardown'>): void {
  const { now } = performance
  let time = now.call(performance)
  performance.now = () => {
    time += 5
    return time
  }
  t.teardown(() => {
    performance.now = now
  })
}

/** The number of turns of the event loop until a task has ended. */
export async function turnsDuring(task: Promise<unknown>): Promise<number> {
  let turns = 0
  let isDone = false
  const count = () => {
    turns++
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  await task.finally(() => {
    isDone = true
  })
  return turns
}
