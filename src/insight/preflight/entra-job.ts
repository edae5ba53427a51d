import type { ProfileName } from '../../profiles/names.ts'
import type { Profile } from '../../profiles/profile.ts'
import { defaultJobConfig, type JobConfig } from '../../provisioning/entra/job/job-state.ts'
import { defaultMappings } from '../../provisioning/entra/mapping/default-mappings.ts'
import { MappingError } from '../../provisioning/entra/mapping/fields.ts'
import type { Mapping } from '../../provisioning/entra/mapping/mapping.ts'
import { readMapping } from '../../provisioning/entra/mapping/read-mapping.ts'
import { deriveGuid, type SourceDirectory } from '../../provisioning/kit/directory/source-directory.ts'
import { defaultRequestOptions } from '../../provisioning/kit/target.ts'
import { compact, parseFileJson } from '../../scim/json.ts'
import { entraSetupOf } from './entra-setup.ts'

export type NamedMapping = {
  readonly mapping: Mapping
  readonly mappingName: 'aws' | 'non-gallery' | 'file'
}

/**
 * The mapping `aws` or `non-gallery`, or that in the text of a file; without a text, the default one for the profile. Throws what
 * `mappingMistakes` describes.
 */
export function readNamedMapping(text: string | undefined, profile: ProfileName): NamedMapping {
  if (text === undefined) {
    const { mapping } = entraSetupOf(profile)
    return { mapping, mappingName: mapping === defaultMappings.aws ? 'aws' : 'non-gallery' }
  }
  if (text === 'aws') return { mapping: defaultMappings.aws, mappingName: 'aws' }
  if (text === 'non-gallery') return { mapping: defaultMappings.nonGallery, mappingName: 'non-gallery' }
  return { mapping: readMapping(parseFileJson(text.replace(/^\ufeff/, ''))), mappingName: 'file' }
}

export const mappingMistakes = (error: unknown): readonly string[] =>
  error instanceof MappingError
    ? error.errors.map(({ place, text }) => `Mapping: ${place === '' ? '' : `${place}: `}${text}`)
    : [`The mapping is not valid JSON: ${(error as Error).message}`]

type JobOptions = {
  readonly name: string
  readonly mapping: Mapping
  /** The assigned objects if the directory has assignments, otherwise all of them, unless it is given. */
  readonly scope?: JobConfig['scope']
  readonly memberBatchSize?: number
}

/** A job in memory. It works on one object at a time, so that of two with the same unique value the first is always accepted. */
export function entraJobConfig(
  directory: SourceDirectory,
  profile: Profile,
  { name, mapping, scope, ...more }: JobOptions,
): JobConfig {
  const { dialect, groupSchemaMs } = entraSetupOf(profile.name)
  const guid = deriveGuid(name)
  return {
    ...defaultJobConfig,
    concurrency: 1,
    memberConcurrency: 1,
    jobId: `scim.${name}`,
    tenantId: guid,
    application: { id: guid, displayName: name },
    mapping,
    scope: scope ?? (directory.assignments.length > 0 ? 'assigned' : 'all'),
    wire: { ...defaultRequestOptions, dialect, groupSchemaMs },
    ...compact(more),
  }
}

/** IDs for the entries of a log: the same in each run. */
export function countedIds(): () => string {
  let count = 0
  return () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`
}
