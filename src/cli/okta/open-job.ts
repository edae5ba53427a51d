import { randomInt } from 'node:crypto'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { withRateLimit } from '../../entra/http-target.ts'
import type { Target } from '../../entra/target.ts'
import type { App } from '../../okta/app.ts'
import { oktaTarget } from '../../okta/http.ts'
import { createJob, type OktaJob } from '../../okta/job/job.ts'
import { memoryStore, type OktaState, type OktaStore, openStateFile } from '../../okta/job/job-state.ts'
import { noLog, type OktaLog, openLog } from '../../okta/job/log.ts'
import { createClockFrom, type JobClock } from '../job-clock.ts'
import { logFilePath, withCliErrors } from '../job-files.ts'
import { readFlags, readJobFile } from '../job-settings.ts'
import { formatTime } from '../output.ts'
import { type Complete, format, type JobSettings, type RequiredSetting, readSettings } from './job-options.ts'

/** The settings of a command from its flags and the job file. Throws a CliError with all errors. */
export function readJobSettings<Needs extends RequiredSetting>(
  command: Command,
  needs: readonly Needs[],
): Complete<Needs> {
  const { job } = command.opts<{ job?: string }>()
  return readSettings(readJobFile(format, job), readFlags(format, command), needs)
}

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
  await mkdir(dirname(settings.state), { recursive: true, mode: 0o700 }).catch(() => {})
  const store = await withCliErrors(openStateFile(settings.state))
  const { state } = store
  if (settings.url !== undefined) checkTarget(state, settings.url)
  const clock = createClockFrom(state.clock)
  const log = await withCliErrors(openLogFile(logFilePath(settings.state), clock))
  const close = async () => {
    log.flush()
    state.clock = clock.now()
    await store.close()
  }
  return { job: jobOf(settings, store, clock, log, waiting), state, close }
}

async function openLogFile(file: string, { now }: JobClock): Promise<OktaLog> {
  const log = openLog(file, now)
  // Fails now, not in the middle of a run, if the file can't be written.
  await appendFile(file, '', { mode: 0o600 })
  return log
}

/** A job without state or log files. */
export const createTransientJob = (settings: JobSettings, waiting: Waiting): OktaJob =>
  jobOf(settings, memoryStore(), createClockFrom(0), noLog, waiting)

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
const noTarget: Target = async () => ({ kind: 'none', reason: 'connection', text: 'There is no base URL.' })

function targetOf({ url, token, timeout, maxRps }: JobSettings): Target {
  if (url === undefined || token === undefined) return noTarget
  return withRateLimit(oktaTarget({ url, token, timeout }), { maxRps, honorRetryAfter: false })
}

/** Eight small letters and digits, as in Okta's reference. */
const newPassword = (): string => Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('')

/** Warns when the links of the state belong to another server, where every user would count as provisioned. */
function checkTarget(state: OktaState, url: string): void {
  if (state.users.size + state.groups.size === 0 || state.url === undefined) state.url = url
  if (state.url === url) return
  process.stderr.write(
    `scimulator: The links of this job belong to ${state.url}. If ${url} is another server, use another --state file.\n`,
  )
}

/** The longest delay of a Node.js timer. */
const maxTimeout = 2 ** 31 - 1

async function waitUntil(
  clock: JobClock,
  fast: boolean,
  time: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (fast) clock.advanceTo(time)
  else {
    const until = formatTime(new Date(time).toISOString())
    process.stderr.write(`scimulator: the server responded with 429; waiting until ${until}\n`)
  }
  while (!signal?.aborted && clock.now() < time) {
    // Rejects when the signal aborts.
    await pause(Math.min(time - clock.now(), maxTimeout), undefined, signal && { signal }).catch(() => {})
  }
  return signal?.aborted !== true
}
