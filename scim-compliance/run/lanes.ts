/** Checks run side by side; one that is repeated runs alone. */
export function createLanes() {
  let running = 0
  let alone: Promise<void> | undefined
  let onIdle: (() => void) | undefined
  const beside = async <Result>(task: () => Promise<Result>): Promise<Result> => {
    while (alone) await alone
    running++
    try {
      return await task()
    } finally {
      running--
      if (running === 0) onIdle?.()
    }
  }
  const byItself = async <Result>(task: () => Promise<Result>): Promise<Result> => {
    while (alone) await alone
    const { promise, resolve } = Promise.withResolvers<void>()
    alone = promise
    try {
      if (running > 0)
        await new Promise<void>(idle => {
          onIdle = idle
        })
      return await task()
    } finally {
      onIdle = undefined
      alone = undefined
      resolve()
    }
  }
  return { beside, byItself }
}
