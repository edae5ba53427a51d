/**
 * Runs a job as often as it is requested, once at a time. Requests during a run share the next one, so what happened before a
 * request is seen by the run that its promise waits for.
 */
export function coalesce(job: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  const start = () => {
    const run = job().finally(() => {
      if (running === run) running = undefined
    })
    running = run
    return run
  }

  return () => {
    if (!running && !next) return start()
    next ??= Promise.resolve(running)
      .catch(() => {})
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}
