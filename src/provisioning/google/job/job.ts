import { causeText } from '../../kit/failure.ts'
import { executePlan } from '../../kit/plan.ts'
import type { Target } from '../../kit/target.ts'
import type { App } from '../app.ts'
import type { GoogleDirectory } from '../directory/google-directory.ts'
import { categoryOf } from '../planning/error-category.ts'
import { activate } from '../planning/provision-user.ts'
import { peopleIn } from './changes.ts'
import type { GoogleStore } from './job-state.ts'
import type { GoogleLog } from './log.ts'
import { provisionPerson, type Run } from './provision-person.ts'
import { noCounts, type Report } from './report.ts'

export type JobDeps = {
  readonly app: App
  readonly store: GoogleStore
  /** `googleTarget({ url, token })`, with a rate limit. */
  readonly target: Target
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly log: GoogleLog
}

export type Progress = { readonly done: number; readonly total: number; readonly requests: number }

type RunOptions = {
  readonly directory: GoogleDirectory
  /** Stops the run: a running change finishes, and the state is saved. */
  readonly signal?: AbortSignal
  /** Called after each person. */
  readonly onProgress?: (progress: Progress) => void
}

export type Activation =
  | { readonly ok: true; readonly users?: number }
  | { readonly ok: false; readonly message: string }

/** Google's auto-provisioning of one app. Only one of its methods may run at a time. */
export type GoogleJob = {
  /** Sends the request with which provisioning starts. */
  activate(): Promise<Activation>
  /** Sends what is due: changes of people in scope, ends of delays, and what failed before. */
  sync(options: RunOptions): Promise<Report>
}

export function createJob(deps: JobDeps): GoogleJob {
  const { app, store, clock, log } = deps
  const { state } = store

  function createRun(directory: GoogleDirectory): Run {
    const counts = noCounts()
    return {
      app,
      directory,
      state,
      startedAt: clock(),
      counts,
      target: request => {
        counts.requests++
        return deps.target(request)
      },
      now: clock,
      log: entry => log.write({ time: new Date(clock()).toISOString(), ...entry }),
      async save() {
        state.clock = clock()
        log.flush()
        await store.save()
      },
    }
  }

  async function provisionAll(run: Run, { signal, onProgress }: RunOptions): Promise<Report['ending']> {
    const ids = peopleIn(run.directory, state)
    for (const [at, id] of ids.entries()) {
      if (signal?.aborted) return 'stopped'
      const failure = await provisionPerson(run, id)
      onProgress?.({ done: at + 1, total: ids.length, requests: run.counts.requests })
      // Each further request would be refused as well.
      if (failure && categoryOf(failure.cause) === 'authorization') return 'refused'
    }
    return 'completed'
  }

  return {
    async activate() {
      const result = await executePlan(activate(), deps.target)
      if ('cause' in result) return { ok: false, message: causeText(result.cause) }
      return { ok: true, ...(result.users !== undefined && { users: result.users }) }
    },

    async sync(options) {
      const run = createRun(options.directory)
      const ending = await provisionAll(run, options)
      state.lastRunAt = run.startedAt
      await run.save()
      return { ending, startedAt: run.startedAt, ...run.counts }
    },
  }
}
