import type { Database } from 'better-sqlite3'

type Job = {
  readonly run: () => void
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Makes all writes of a turn of the event loop with one commit. The returned function resolves with the result once it is committed. */
export function createGroupCommit(db: Database): <Result>(change: () => Result) => Promise<Result> {
  let jobs: Job[] = []
  const runAll = db.transaction((jobs: readonly Job[]) => {
    for (const { run } of jobs) run()
  })
  const commit = () => {
    const committed = jobs
    jobs = []
    try {
      runAll(committed)
      for (const { resolve } of committed) resolve()
    } catch (error) {
      for (const { reject } of committed) reject(error)
    }
  }
  return async <Result>(change: () => Result) => {
    let result: Result | undefined
    await new Promise<void>((resolve, reject) => {
      jobs.push({
        run: () => {
          result = change()
        },
        resolve,
        reject,
      })
      if (jobs.length === 1) setImmediate(commit)
    })
    return result as Result
  }
}
