import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { httpTarget } from '../../entra/http-target.ts'
import { createJob, type Job } from '../../entra/job.ts'
import type { JobState, JobStore } from '../../entra/job-state.ts'
import { openLogFile } from '../../entra/log-file.ts'
import { paced } from '../../entra/pace.ts'
import type { ProvisioningLog } from '../../entra/provisioning-log.ts'
import { openStateFile, StateError } from '../../entra/state-file.ts'
import type { Target } from '../../entra/target.ts'
import { CliError } from '../cli-error.ts'
import { configOf } from './config-of.ts'
import { type JobClock, jobClock } from './job-clock.ts'
import type { JobSettings } from './job-settings.ts'

export type OpenJob = {
  readonly job: Job
  readonly state: JobState
  readonly clock: JobClock
  /** Saves the state, and lets others work with it. */
  close(): Promise<void>
}

/** Opens the memory of a job, and puts the job together. */
export async function openJob(settings: JobSettings): Promise<OpenJob> {
  const config = configOf(settings)
  await mkdir(dirname(settings.state), { recursive: true, mode: 0o700 }).catch(() => {})
  const store = await orCliError(openStateFile(settings.state))
  if (settings.url !== undefined) rememberTarget(store.state, settings.url)
  const clock = jobClock(store.state)
  const log = await orCliError(openLog(logFileOf(settings.state), clock))
  const job = createJob({ config, state: store, target: targetOf(settings), clock: clock.now, log })
  const close = async () => {
    await log.flush()
    await store.close()
  }
  return { job, state: store.state, clock, close }
}

/** Links to one target mean nothing to another, where all would seem to be done already. */
function rememberTarget(state: JobState, url: string): void {
  const { origin, pathname } = new URL(url)
  const here = `${origin}${pathname}`
  if (state.objects.size === 0 || state.tenantUrl === undefined) state.tenantUrl = here
  if (state.tenantUrl === here) return
  process.stderr.write(
    `scimulator: The links of this job lead to ${state.tenantUrl}. If ${here} is another target, run ` +
      '`scimulator entra restart --full` first, or name another --state.\n',
  )
}

/** A job that keeps nothing. */
export const jobOf = (settings: JobSettings, state: JobStore, log: ProvisioningLog): Job =>
  createJob({ config: configOf(settings), state, target: targetOf(settings), clock: Date.now, log })

/** The log lies beside the state. */
export const logFileOf = (state: string): string => `${state.replace(/\.json$/, '')}.log.ndjson`

async function openLog(file: string, clock: JobClock): Promise<ProvisioningLog> {
  const log = await openLogFile(file, clock.now)
  // Rather now than in the middle of a cycle.
  await appendFile(file, '', { mode: 0o600 })
  return log
}

/** What is wrong with a file that a job works with, in one sentence with exit code 1. */
export async function orCliError<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (error) {
    if (error instanceof StateError) throw new CliError(error.message)
    const { syscall, message } = error as NodeJS.ErrnoException
    if (syscall !== undefined) throw new CliError(`State or log of the job can't be written: ${message}.`)
    throw error
  }
}

/** What a job has that sends nothing, such as one that is restarted. */
const nobody: Target = async () => ({ kind: 'none', reason: 'connection', text: 'There is no tenant URL.' })

function targetOf({ url, token, timeout, keepFlagInQuery, maxRps, honourRetryAfter }: JobSettings): Target {
  if (url === undefined || token === undefined) return nobody
  return paced(httpTarget({ tenantUrl: url, token, timeout, keepFlagInQuery }), { maxRps, honourRetryAfter })
}
