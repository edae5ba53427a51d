import { minute } from '../../../domain/duration.ts'
import type { LogFile } from '../../kit/log-file.ts'
import {
  createRun as createKitRun,
  type Run as KitRun,
  type RunDeps,
  type RunOptions,
} from '../../kit/run.ts'
import { nextAttempt } from '../../kit/scim-request.ts'
import type { Target, TargetRequest, TargetResponse } from '../../kit/target.ts'
import type { UserEffect } from '../planning/plans.ts'
import type { Failure, Task } from '../planning/requests.ts'
import type { App } from '../settings.ts'
import type { OktaState } from './changes.ts'

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

export type Pause = {
  readonly request: TargetRequest
  /** Milliseconds. */
  readonly wait: number
  readonly until: number
}

type PauseOptions = {
  readonly clock: () => number
  /** Waits until this time by the job's clock. Resolves to false if the job is stopped meanwhile. */
  readonly waitUntil: (time: number) => Promise<boolean>
  readonly onPause: (pause: Pause) => void
}

const firstPause = 5 * minute

/** Okta doesn't document how often it retries; afterwards the 429 becomes a task. */
const maxAttempts = 8

/**
 * Repeats a request after a 429 and a pause. Okta honors `Retry-After` in whole seconds; without one, or with a
 * date, it waits five minutes, and then twice as long each time (Okta's SCIM concepts). It does so for no other status.
 */
function withPauses(target: Target, { clock, waitUntil, onPause }: PauseOptions): Target {
  return async request => {
    for (let attempt = 1; ; attempt++) {
      const response = await target(request)
      if (!isThrottled(response) || attempt === maxAttempts) return response
      const wait = retryAfterOf(response) ?? firstPause * 2 ** (attempt - 1)
      const until = clock() + wait
      onPause({ request, wait, until })
      if (!(await waitUntil(until))) return response
    }
  }
}

const isThrottled = (response: TargetResponse): boolean =>
  response.kind === 'response' && response.status === 429

/** Seconds. A longer `Retry-After` is a mistake, such as a time in place of a duration. */
const maxRetryAfter = 31 * 24 * 60 * 60

/** Milliseconds. */
const retryAfterOf = (response: TargetResponse): number | undefined => {
  const seconds = response.kind === 'response' ? response.retryAfter : undefined
  return seconds !== undefined && Number.isInteger(seconds) && seconds >= 0 && seconds <= maxRetryAfter
    ? seconds * 1000
    : undefined
}
