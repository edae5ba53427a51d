import { existsSync } from 'node:fs'
import { defineClient } from '../kit/client.ts'
import { deriveGuid } from '../kit/directory/source-directory.ts'
import { dialectOf, httpEndpoint, type ObserveRequest, withRateLimit } from '../kit/http-target.ts'
import { readJsonFile, SettingsError } from '../kit/job-file.ts'
import { noTarget } from '../kit/target.ts'
import { createCredentials } from './credentials/create-credentials.ts'
import { withCredentials } from './credentials/credentials.ts'
import { createJob, type Job } from './job/job.ts'
import { defaultJobConfig, entraState, type JobConfig, type JobState } from './job/job-state.ts'
import { type LogLine, timeOf, toProvisioningLog } from './job/log.ts'
import { defaultMappings } from './mapping/default-mappings.ts'
import { MappingError } from './mapping/fields.ts'
import type { Mapping } from './mapping/mapping.ts'
import { readMapping } from './mapping/read-mapping.ts'
import { type EntraSettings, entraSettings } from './settings.ts'

export const tenantId = deriveGuid('the tenant that scimulator plays')
const application = { id: deriveGuid('the enterprise application'), displayName: 'Scimulator' }

/** Throws SettingsError with all mistakes of a mapping file. */
function readJobConfig(settings: EntraSettings): JobConfig {
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
    throw new SettingsError(`--mapping must be aws, non-gallery or a file; there is no file "${named}".`)
  }
  const json = readJsonFile(named)
  try {
    return readMapping(json)
  } catch (error) {
    if (!(error instanceof MappingError)) throw error
    throw new SettingsError(
      ...error.errors.map(({ place, text }) => `${named}: ${place === '' ? '' : `${place}: `}${text}`),
    )
  }
}

function connectionOf(settings: EntraSettings, clock: () => number, observe: ObserveRequest) {
  const { url, timeout, keepFlagInQuery, maxRps, honorRetryAfter } = settings
  if (url === undefined || settings.credentials === undefined) return { target: noTarget }
  const credentials = createCredentials(settings.credentials, { clock, timeout })
  const send = httpEndpoint({ tenantUrl: url, timeout, keepFlagInQuery, observe })
  return {
    credentials,
    target: withRateLimit(withCredentials(send, credentials), { maxRps, honorRetryAfter }),
  }
}

export const lastKnownTime = ({ watermark = 0, lastCycle, quarantine }: JobState): number =>
  Math.max(watermark, lastCycle?.endedAt ?? 0, quarantine?.currentBegan ?? 0)

function claimTarget(state: JobState, url: string): string | undefined {
  const { origin, pathname } = new URL(url)
  const tenantUrl = `${origin}${pathname}`
  if (state.objects.size === 0 || state.tenantUrl === undefined) state.tenantUrl = tenantUrl
  if (state.tenantUrl === tenantUrl) return undefined
  return (
    `The links of this job belong to ${state.tenantUrl}. If ${tenantUrl} is another target, run ` +
    '`scimulator entra restart --full` first, or use another --state file.'
  )
}

export const entra = defineClient({
  ...entraSettings,
  state: entraState,
  saved: { clockOf: lastKnownTime, stopClock: () => {}, claim: claimTarget },
  timeOf: (line: LogLine) => timeOf(line),
  prepare: settings => {
    const config = readJobConfig(settings)
    return ({ store, log, clock, observe }): Job =>
      createJob({
        config,
        state: store,
        ...connectionOf(settings, clock.now, observe),
        clock: clock.now,
        log: toProvisioningLog(log),
      })
  },
})
