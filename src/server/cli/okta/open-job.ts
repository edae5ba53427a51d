import { randomInt } from 'node:crypto'
import { withRateLimit } from '../../../provisioning/kit/http-target.ts'
import { noLogFile, openLineFile } from '../../../provisioning/kit/log-file.ts'
import type { Target } from '../../../provisioning/kit/target.ts'
import type { App } from '../../../provisioning/okta/app.ts'
import { oktaTarget } from '../../../provisioning/okta/http.ts'
import { createJob, type OktaJob } from '../../../provisioning/okta/job/job.ts'
import {
  memoryStore,
  type OktaState,
  type OktaStore,
  oktaState,
} from '../../../provisioning/okta/job/job-state.ts'
import type { LogEntry, OktaLog } from '../../../provisioning/okta/job/run.ts'
import { createClockFrom, type JobClock, waitForClock } from '../job-clock.ts'
import { openJobFiles } from '../open-job-files.ts'
import { formatTime } from '../output.ts'
import type { JobSettings } from './job-options.ts'

export type OpenJob = {
  readonly job: OktaJob
  readonly state: OktaState
  /** Saves the state and releases its lock. */
  close(): Promise<void>
}

type Waiting = {
  /** Advances the job's clock instead of waiting. */
  readonly fast: boolean
}

/** Opens the state and log files and creates the job. */
export async function openJob(settings: JobSettings, waiting: Waiting): Promise<OpenJob> {
  const files = await openJobFiles(settings, {
    openState: oktaState.openStateFile,
    openLog: (path, clock) => openLineFile<LogEntry>(path, { clock, timeOf: ({ time }) => time }),
    isEmpty: ({ users, groups }) => users.size + groups.size === 0,
  })
  const { store, clock, log, close } = files
  return { job: jobOf(settings, store, clock, log, waiting), state: store.state, close }
}

/** A job without state or log files. */
export const createTransientJob = (settings: JobSettings, waiting: Waiting): OktaJob =>
  jobOf(settings, memoryStore(), createClockFrom(0), noLogFile, waiting)

const jobOf = (
  settings: JobSettings,
  store: OktaStore,
  clock: JobClock,
  log: OktaLog,
  { fast }: Waiting,
): OktaJob =>
  createJob({
    app: appOf(settings),
    store,
    target: targetOf(settings),
    clock: clock.now,
    waitUntil: (time, signal) => waitUntil(clock, fast, time, signal),
    log,
    newPassword,
  })

const appOf = (settings: JobSettings): App => ({
  family: settings.app,
  label: settings.appLabel,
  pushNow: settings.pushNow,
  groupImport: settings.groupImport === 'on',
  deletedGroups: settings.deletedGroups,
  password: settings.password,
  attributes: settings.attributes,
  batch: settings.batch === 0 ? Number.POSITIVE_INFINITY : settings.batch,
})

/** The target of commands that send nothing. */
const noTarget: Target = async () => ({
  kind: 'none',
  reason: 'connection',
  text: 'There is no base URL.',
})

function targetOf({ url, token, timeout, maxRps }: JobSettings): Target {
  if (url === undefined || token === undefined) return noTarget
  return withRateLimit(oktaTarget({ url, token, timeout }), { maxRps, honorRetryAfter: false })
}

/** Eight small letters and digits, as in Okta's reference. */
const newPassword = (): string => Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('')

async function waitUntil(
  clock: JobClock,
  fast: boolean,
  time: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!fast) {
    const until = formatTime(new Date(time).toISOString())
    process.stderr.write(`scimulator: the server responded with 429; waiting until ${until}\n`)
  }
  await waitForClock(clock, { fast, signal }, time)
  return signal?.aborted !== true
}
