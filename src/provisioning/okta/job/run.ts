import type { Target } from '../../kit/target.ts'
import type { App } from '../app.ts'
import type { Failure, Task } from '../planning/task.ts'
import { withPauses } from '../throttling.ts'
import type { OktaState, OktaStore } from './job-state.ts'
import type { LogEntry, OktaLog } from './log.ts'
import { type Counts, noCounts } from './report.ts'

export type JobDeps = {
  readonly app: App
  readonly store: OktaStore
  /** `oktaTarget({ url, token })`, with a rate limit. */
  readonly target: Target
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Waits until a time by that clock. Resolves to false if the signal aborts meanwhile. */
  readonly waitUntil: (time: number, signal: AbortSignal | undefined) => Promise<boolean>
  readonly log: OktaLog
  /** A filler for the attribute `password` of a new user. */
  readonly newPassword: () => string
}

/** One run of the job, which sends changes one after the other. */
export type Run = Pick<JobDeps, 'app' | 'newPassword'> & {
  readonly state: OktaState
  readonly counts: Counts
  /** Counts requests, and pauses after a 429. */
  readonly target: Target
  isStopped(): boolean
  /** Whether the failure is a 429 whose pause was interrupted, which is no result. */
  isInterrupted(failure: Failure): boolean
  /** The task that a failure makes of an object, which may have one already. */
  taskOf(failure: Failure, record: { readonly task?: Task } | undefined): Task
  log(entry: Omit<LogEntry, 'time'>): void
  /** Stores the result of one object. A process that is killed afterwards does not send it again. */
  save(): Promise<void>
}

export function createRun(deps: JobDeps, signal: AbortSignal | undefined): Run {
  const { app, store, clock, newPassword } = deps
  const counts = noCounts()
  const log: Run['log'] = entry => deps.log.write({ time: new Date(clock()).toISOString(), ...entry })
  const counted: Target = request => {
    counts.requests++
    return deps.target(request)
  }
  const isStopped = () => signal?.aborted === true
  return {
    app,
    newPassword,
    state: store.state,
    counts,
    target: withPauses(counted, {
      clock,
      waitUntil: time => deps.waitUntil(time, signal),
      onPause: ({ wait }) => {
        counts.pauses++
        log({ event: 'paused', result: 'skipped', detail: `429: paused for ${wait / 1000} s.` })
      },
    }),
    isStopped,
    isInterrupted: ({ cause }) => isStopped() && cause.kind === 'status' && cause.status === 429,
    taskOf: (failure, record) => ({
      ...failure,
      at: clock(),
      attempts: (record?.task?.attempts ?? 0) + 1,
    }),
    log,
    async save() {
      store.state.clock = clock()
      deps.log.flush()
      await store.save()
    },
  }
}
