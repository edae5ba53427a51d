import { causeText } from '../../kit/failure.ts'
import { executePlan } from '../../kit/plan.ts'
import { createRun, type RunDeps, type RunOptions } from '../../kit/run.ts'
import type { App } from '../app.ts'
import type { GoogleDirectory } from '../directory/google-directory.ts'
import { categoryOf } from '../planning/error-category.ts'
import { activate } from '../planning/provision-user.ts'
import { peopleIn } from './changes.ts'
import type { GoogleState } from './job-state.ts'
import { type LogEntry, noCounts, provisionPerson, type Report, type Run } from './provision-person.ts'

export type JobDeps = RunDeps<GoogleState, LogEntry> & { readonly app: App }

export type Activation =
  | { readonly ok: true; readonly users?: number }
  | { readonly ok: false; readonly message: string }

/** Google's auto-provisioning of one app. Only one of its methods may run at a time. */
export type GoogleJob = {
  activate(): Promise<Activation>
  sync(options: RunOptions & { readonly directory: GoogleDirectory }): Promise<Report>
}

export const createJob = (deps: JobDeps): GoogleJob => ({
  async activate() {
    const result = await executePlan(activate(), deps.target)
    if ('cause' in result) return { ok: false, message: causeText(result.cause) }
    return { ok: true, ...(result.users !== undefined && { users: result.users }) }
  },

  async sync({ directory, ...options }) {
    const counts = noCounts()
    const run: Run = { ...createRun(deps, options), app: deps.app, directory, counts }
    let isRefused = false
    const work = async (id: string) => {
      const failure = await provisionPerson(run, id)
      // Each further request would be refused as well.
      isRefused = failure !== undefined && categoryOf(failure.cause) === 'authorization'
    }
    const isComplete = await run.each('users', peopleIn(directory, run.state), work, () => !isRefused)
    run.state.lastRunAt = run.startedAt
    await run.save()
    const ending = isRefused ? 'refused' : isComplete ? 'completed' : 'stopped'
    return { ending, startedAt: run.startedAt, requests: run.requests.all, ...counts }
  },
})
