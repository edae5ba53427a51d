import { nextAttempt } from '../../kit/failure.ts'
import type { LogFile } from '../../kit/log-file.ts'
import {
  createRun as createKitRun,
  type Run as KitRun,
  type RunDeps,
  type RunOptions,
} from '../../kit/run.ts'
import type { App } from '../app.ts'
import type { UserEffect } from '../planning/provision-user.ts'
import type { Failure, Task } from '../planning/task.ts'
import { withPauses } from '../throttling.ts'
import type { OktaState } from './job-state.ts'

/** An entry of the job's log. Okta's System Log has other names; its entries for these events are not known. */
export type LogEntry = {
  /** By the job's clock, in ISO 8601. */
  readonly time: string
  readonly event:
    | 'user created'
    | 'user linked'
    | 'user updated'
    | 'user reactivated'
    | 'user deactivated'
    | 'group created'
    | 'group linked'
    | 'group pushed'
    | 'group deleted'
    | 'group left in the app'
    | 'member left out'
    | 'import'
    | 'paused'
  readonly result: 'success' | 'failure' | 'skipped'
  readonly id?: string
  readonly name?: string
  readonly target?: string
  readonly detail?: string
}

export type OktaLog = LogFile<LogEntry>

export const noCounts = () => ({
  users: { created: 0, linked: 0, updated: 0, reactivated: 0, deactivated: 0 } satisfies Record<
    UserEffect,
    number
  >,
  groups: { created: 0, linked: 0, deleted: 0 },
  membersAdded: 0,
  membersRemoved: 0,
  failed: 0,
  leftOut: 0,
  pauses: 0,
})

type Counts = ReturnType<typeof noCounts>

export type Report = Counts & { readonly ending: 'completed' | 'stopped'; readonly requests: number }

export type JobDeps = RunDeps<OktaState, LogEntry> & {
  readonly app: App
  readonly waitUntil: (time: number, signal: AbortSignal | undefined) => Promise<boolean>
  readonly newPassword: () => string
}

export type Run = KitRun<OktaState, LogEntry> &
  Pick<JobDeps, 'app' | 'newPassword'> & {
    readonly counts: Counts
    isInterrupted(failure: Failure): boolean
    taskOf(failure: Failure, record: { readonly task?: Task } | undefined): Task
    report(): Report
  }

export function createRun(deps: JobDeps, options: RunOptions): Run {
  const { app, newPassword, clock } = deps
  const counts = noCounts()
  const run = createKitRun(deps, options)
  return {
    ...run,
    app,
    newPassword,
    counts,
    target: withPauses(run.target, {
      clock,
      waitUntil: time => deps.waitUntil(time, options.signal),
      onPause: ({ wait }) => {
        counts.pauses++
        run.log({ event: 'paused', result: 'skipped', detail: `429: paused for ${wait / 1000} s.` })
      },
    }),
    isInterrupted: ({ cause }) => run.isStopped() && cause.kind === 'status' && cause.status === 429,
    taskOf: (failure, record) => nextAttempt(failure, record?.task, clock()),
    report: () => ({
      ending: run.isStopped() ? 'stopped' : 'completed',
      requests: run.requests.all,
      ...counts,
    }),
  }
}
