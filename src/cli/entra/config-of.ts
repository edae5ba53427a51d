import { existsSync } from 'node:fs'
import { defaultMappings } from '../../entra/default-mappings/index.ts'
import { guidOf } from '../../entra/guid.ts'
import { dialectOf } from '../../entra/http-target.ts'
import { defaultJobConfig, type JobConfig } from '../../entra/job-config.ts'
import type { Mapping } from '../../entra/mapping.ts'
import { MappingError } from '../../entra/mapping-error.ts'
import { readMapping } from '../../entra/read-mapping.ts'
import { jsonIn } from './job-file.ts'
import { type JobSettings, manyMistakes } from './job-settings.ts'

const tenantId = guidOf('the tenant that scimulator plays')
const application = { id: guidOf('the enterprise application'), displayName: 'Scimulator' }

/** The job that the settings mean. Throws a CliError with all mistakes of a mapping file. */
export function configOf(settings: JobSettings): JobConfig {
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

function mappingOf(named: string): Mapping {
  if (named === 'aws') return defaultMappings.aws
  if (named === 'non-gallery') return defaultMappings.nonGallery
  if (!existsSync(named)) {
    throw manyMistakes([`--mapping has to be aws, non-gallery or a file, and there is no file "${named}".`])
  }
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
