import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { defaultMappings } from '../../entra/default-mappings/index.ts'
import { guidOf } from '../../entra/guid.ts'
import { dialectOf, httpTarget } from '../../entra/http-target.ts'
import { createJob, type Job } from '../../entra/job.ts'
import { defaultJobConfig, type JobConfig } from '../../entra/job-config.ts'
import type { JobState, JobStore } from '../../entra/job-state.ts'
import { openLogFile } from '../../entra/log-file.ts'
import type { Mapping } from '../../entra/mapping.ts'
import { MappingError } from '../../entra/mapping-error.ts'
import { paced } from '../../entra/pace.ts'
import type { ProvisioningLog } from '../../entra/provisioning-log.ts'
import { readMapping } from '../../entra/read-mapping.ts'
import { openStateFile, StateError } from '../../entra/state-file.ts'
import type { Target } from '../../entra/target.ts'
import { CliError } from '../cli-error.ts'
import { type JobClock, jobClock } from './job-clock.ts'
import { jsonIn } from './job-file.ts'
import { type JobSettings, manyMistakes } from './job-settings.ts'

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
  await mkdir(dirname(settings.state), { recursive: true }).catch(() => {})
  const store = await orCliError(openStateFile(settings.state))
  const clock = jobClock(store.state)
  const log = await openLogFile(logFileOf(settings.state), clock.now)
  const job = createJob({ config, state: store, target: targetOf(settings), clock: clock.now, log })
  const close = async () => {
    await log.flush()
    await store.close()
  }
  return { job, state: store.state, clock, close }
}

/** A job that keeps nothing. */
export const jobOf = (settings: JobSettings, state: JobStore, log: ProvisioningLog): Job =>
  createJob({ config: configOf(settings), state, target: targetOf(settings), clock: Date.now, log })

/** The log lies beside the state. */
export const logFileOf = (state: string): string => `${state.replace(/\.json$/, '')}.log.ndjson`

/** What is wrong with a state file, in one sentence with exit code 1. */
export async function orCliError<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (error) {
    if (error instanceof StateError) throw new CliError(error.message)
    throw error
  }
}

const tenantId = guidOf('the tenant that scimulator plays')
const application = { id: guidOf('the enterprise application'), displayName: 'Scimulator' }

function configOf(settings: JobSettings): JobConfig {
  const { scope, skipOutOfScopeDeletions, accidentalDeletionThreshold, url = '' } = settings
  const { memberBatchSize, memberConcurrency, concurrency, probeEveryCycle } = settings
  const { sendManagerOnCreate, activeAsStringOnCreate, memberNullRef, groupSchemaMs } = settings
  return {
    ...defaultJobConfig,
    jobId: `scim.${tenantId.replaceAll('-', '')}.${guidOf(url)}`,
    tenantId,
    application,
    mapping: mappingOf(settings.mapping),
    scope,
    skipOutOfScopeDeletions,
    ...(accidentalDeletionThreshold !== undefined && { accidentalDeletionThreshold }),
    probes: { ...defaultJobConfig.probes, everyCycle: probeEveryCycle },
    memberBatchSize,
    memberConcurrency,
    concurrency,
    wire: {
      dialect: url === '' ? 'default' : dialectOf(url),
      sendManagerOnCreate,
      activeAsStringOnCreate,
      memberNullRef,
      groupSchemaMs,
    },
  }
}

/** What a job has that sends nothing, such as one that is restarted. */
const nobody: Target = async () => ({ kind: 'none', reason: 'connection', text: 'There is no tenant URL.' })

function targetOf({ url, token, timeout, keepFlagInQuery, maxRps, honourRetryAfter }: JobSettings): Target {
  if (url === undefined || token === undefined) return nobody
  return paced(httpTarget({ tenantUrl: url, token, timeout, keepFlagInQuery }), { maxRps, honourRetryAfter })
}

function mappingOf(named: string): Mapping {
  if (named === 'aws') return defaultMappings.aws
  if (named === 'non-gallery') return defaultMappings.nonGallery
  const json = jsonIn(named)
  try {
    return readMapping(json)
  } catch (error) {
    if (!(error instanceof MappingError)) throw error
    throw manyMistakes(
      error.mistakes.map(({ place, text }) => `${named}: ${place === '' ? '' : `${place}: `}${text}`),
    )
  }
}
