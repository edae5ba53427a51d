import { googleTarget } from '../../../provisioning/google/http.ts'
import { createJob, type GoogleJob } from '../../../provisioning/google/job/job.ts'
import { type GoogleState, googleState, memoryStore } from '../../../provisioning/google/job/job-state.ts'
import type { LogEntry } from '../../../provisioning/google/job/provision-person.ts'
import { withRateLimit } from '../../../provisioning/kit/http-target.ts'
import { noLogFile, openLineFile } from '../../../provisioning/kit/log-file.ts'
import { createClockFrom, type JobClock } from '../job-clock.ts'
import { openJobFiles } from '../open-job-files.ts'
import type { Complete } from '../read-settings.ts'
import { appOf, type JobSettings } from './job-options.ts'

type Connected = Complete<JobSettings, 'url' | 'token'>

export type OpenJob = {
  readonly job: GoogleJob
  readonly state: GoogleState
  readonly clock: JobClock
  /** Saves the state and releases its lock. */
  close(): Promise<void>
}

const targetOf = ({ url, token, timeout, maxRps }: Connected) =>
  withRateLimit(googleTarget({ url, token, timeout }), { maxRps, honorRetryAfter: false })

/** Opens the state and log files and creates the job. */
export async function openJob(settings: Connected): Promise<OpenJob> {
  const { store, clock, log, close } = await openJobFiles(settings, {
    openState: googleState.openStateFile,
    openLog: (path, clock) => openLineFile<LogEntry>(path, { clock, timeOf: ({ time }) => time }),
    isEmpty: ({ people }) => people.size === 0,
  })
  const job = createJob({
    app: appOf(settings),
    store,
    target: targetOf(settings),
    clock: clock.now,
    log,
  })
  return { job, state: store.state, clock, close }
}

/** A job without state or log files. */
export const createTransientJob = (settings: Connected): GoogleJob =>
  createJob({
    app: appOf(settings),
    store: memoryStore(),
    target: targetOf(settings),
    clock: createClockFrom(0).now,
    log: noLogFile,
  })
