import { existsSync } from 'node:fs'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createCredentials } from '../../../provisioning/entra/credentials/create-credentials.ts'
import { withCredentials } from '../../../provisioning/entra/credentials/credentials.ts'
import { createJob, type Job } from '../../../provisioning/entra/job/job.ts'
import { defaultJobConfig, type JobConfig } from '../../../provisioning/entra/job/job-config.ts'
import type { JobState, JobStore } from '../../../provisioning/entra/job/job-state.ts'
import { openStateFile } from '../../../provisioning/entra/job/job-state.ts'
import { openLogFile } from '../../../provisioning/entra/job/log.ts'
import { defaultMappings } from '../../../provisioning/entra/mapping/default-mappings.ts'
import { MappingError } from '../../../provisioning/entra/mapping/fields.ts'
import type { Mapping } from '../../../provisioning/entra/mapping/mapping.ts'
import { readMapping } from '../../../provisioning/entra/mapping/read-mapping.ts'
import type { ProvisioningLog } from '../../../provisioning/entra/planning/provisioning-log.ts'
import { deriveGuid } from '../../../provisioning/kit/directory/source-directory.ts'
import { dialectOf, httpEndpoint, withRateLimit } from '../../../provisioning/kit/http-target.ts'
import type { Target } from '../../../provisioning/kit/target.ts'
import { createClockFrom, type JobClock } from '../job-clock.ts'
import { logFilePath, withCliErrors } from '../job-files.ts'
import { readJsonFile, settingsError } from '../job-settings.ts'
import type { JobSettings } from './job-options.ts'

/** The directory that the simulator plays. */
export const tenantId = deriveGuid('the tenant that scimulator plays')
const application = { id: deriveGuid('the enterprise application'), displayName: 'Scimulator' }

/** The job configuration for the settings. Throws a CliError with all errors of a mapping file. */
function readJobConfig(settings: JobSettings): JobConfig {
  const { scope, skipOutOfScopeDeletions, disabledUnlinked, accidentalDeletionThreshold, url = '' } = settings
  const { memberBatchSize, memberConcurrency, concurrency, probeEveryCycle } = settings
  const { sendManagerOnCreate, activeAsStringOnCreate, memberNullRef, groupSchemaMs } = settings
  return {
    ...defaultJobConfig,
    jobId: `scim.${tenantId.replaceAll('-', '')}.${deriveGuid(url)}`,
    tenantId,
    application,
    mapping: readNamedMapping(settings.mapping),
    scope,
    skipOutOfScopeDeletions,
    disabledUnlinked,
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

function readNamedMapping(named: string): Mapping {
  if (named === 'aws') return defaultMappings.aws
  if (named === 'non-gallery') return defaultMappings.nonGallery
  if (!existsSync(named)) {
    throw settingsError([`--mapping must be aws, non-gallery or a file; there is no file "${named}".`])
  }
  const json = readJsonFile(named)
  try {
    return readMapping(json)
  } catch (error) {
    if (!(error instanceof MappingError)) throw error
    throw settingsError(
      error.errors.map(({ place, text }) => `${named}: ${place === '' ? '' : `${place}: `}${text}`),
    )
  }
}

/** The clock of a job that stopped in this state. */
export const createJobClock = (state: JobState, real?: () => number): JobClock =>
  createClockFrom(lastKnownTime(state), real)

const lastKnownTime = ({ watermark = 0, lastCycle, quarantine }: JobState): number =>
  Math.max(watermark, lastCycle?.endedAt ?? 0, quarantine?.currentBegan ?? 0)

export type OpenJob = {
  readonly job: Job
  readonly state: JobState
  readonly clock: JobClock
  /** Saves the state and releases its lock. */
  close(): Promise<void>
}

/** Opens the state and log files and creates the job. */
export async function openJob(settings: JobSettings): Promise<OpenJob> {
  const config = readJobConfig(settings)
  await mkdir(dirname(settings.state), { recursive: true, mode: 0o700 }).catch(() => {})
  const store = await withCliErrors(openStateFile(settings.state))
  if (settings.url !== undefined) checkTarget(store.state, settings.url)
  const clock = createJobClock(store.state)
  const log = await withCliErrors(openLog(logFilePath(settings.state), clock))
  const job = createJob({ config, state: store, ...connectionOf(settings, clock.now), clock: clock.now, log })
  const close = async () => {
    await log.flush()
    await store.close()
  }
  return { job, state: store.state, clock, close }
}

/** Warns when the links of the state belong to another target, where every object would count as provisioned. */
function checkTarget(state: JobState, url: string): void {
  const { origin, pathname } = new URL(url)
  const tenantUrl = `${origin}${pathname}`
  if (state.objects.size === 0 || state.tenantUrl === undefined) state.tenantUrl = tenantUrl
  if (state.tenantUrl === tenantUrl) return
  process.stderr.write(
    `scimulator: The links of this job belong to ${state.tenantUrl}. If ${tenantUrl} is another target, run ` +
      '`scimulator entra restart --full` first, or use another --state file.\n',
  )
}

/** A job without state or log files. */
export const createTransientJob = (settings: JobSettings, state: JobStore, log: ProvisioningLog): Job =>
  createJob({
    config: readJobConfig(settings),
    state,
    ...connectionOf(settings, Date.now),
    clock: Date.now,
    log,
  })

async function openLog(file: string, clock: JobClock): Promise<ProvisioningLog> {
  const log = await openLogFile(file, clock.now)
  // Fails now, not in the middle of a cycle, if the file can't be written.
  await appendFile(file, '', { mode: 0o600 })
  return log
}

/** The target of commands that send nothing, such as restart. */
const noTarget: Target = async () => ({ kind: 'none', reason: 'connection', text: 'There is no tenant URL.' })

function connectionOf(settings: JobSettings, clock: () => number) {
  const { url, timeout, keepFlagInQuery, maxRps, honorRetryAfter } = settings
  if (url === undefined || settings.credentials === undefined) return { target: noTarget }
  const credentials = createCredentials(settings.credentials, { clock, timeout })
  const send = httpEndpoint({ tenantUrl: url, timeout, keepFlagInQuery })
  return {
    credentials,
    target: withRateLimit(withCredentials(send, credentials), { maxRps, honorRetryAfter }),
  }
}
