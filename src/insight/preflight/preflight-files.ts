import type { Preflight } from '../../domain/contract/preflight.ts'
import type { ProfileName } from '../../profiles/names.ts'
import { loadProfile } from '../../profiles/registry.ts'
import { defaultMappings } from '../../provisioning/entra/mapping/default-mappings.ts'
import { MappingError } from '../../provisioning/entra/mapping/fields.ts'
import type { Mapping } from '../../provisioning/entra/mapping/mapping.ts'
import { readMapping } from '../../provisioning/entra/mapping/read-mapping.ts'
import { DirectoryError } from '../../provisioning/kit/directory/problems.ts'
import { type DirectoryText, readDirectoryTexts } from '../../provisioning/kit/directory/read-directory.ts'
import type { Declarations } from '../../scim/declare/declarations.ts'
import { compact, parseFileJson } from '../../scim/json.ts'
import { entraSetupOf } from './entra-setup.ts'
import type { PreflightOptions } from './first-cycle.ts'
import { runPreflight } from './preflight.ts'
import { PreflightError, type PreflightMistake } from './preflight-error.ts'

export type PreflightRequest = Pick<PreflightOptions, 'scope' | 'memberBatchSize' | 'now'> & {
  readonly files: readonly DirectoryText[]
  /** `aws`, `non-gallery`, or the text of a mapping file; without it, the default mapping for the profile. */
  readonly mapping?: string
  readonly profile: {
    readonly name: ProfileName
    readonly switches: Readonly<Record<string, string>>
    readonly declared?: Declarations
  }
}

const maxReported = 20

function reported(mistakes: readonly PreflightMistake[]): readonly PreflightMistake[] {
  const rest = mistakes.length - maxReported
  if (rest <= 0) return mistakes
  return [...mistakes.slice(0, maxReported), { part: 'files', message: `And ${rest} more errors.` }]
}

/** Checks the directory in these files. Throws PreflightError. */
export async function preflightFiles({
  files,
  mapping,
  profile,
  ...options
}: PreflightRequest): Promise<Preflight> {
  const named = readNamedMapping(mapping, profile.name)
  const { directory, warnings } = await readDirectoryTexts(files).catch(throwFileMistakes)
  return runPreflight(directory, warnings, {
    ...compact(options),
    now: options.now,
    ...named,
    profile: loadProfile(profile.name, profile.switches, profile.declared),
  })
}

function throwFileMistakes(error: unknown): never {
  if (!(error instanceof DirectoryError)) throw error
  throw new PreflightError(reported(error.errors.map(message => ({ part: 'files', message }))))
}

type NamedMapping = { readonly mapping: Mapping; readonly mappingName: Preflight['mapping'] }

function readNamedMapping(text: string | undefined, profile: ProfileName): NamedMapping {
  if (text === undefined) {
    const { mapping } = entraSetupOf(profile)
    return { mapping, mappingName: mapping === defaultMappings.aws ? 'aws' : 'non-gallery' }
  }
  if (text === 'aws') return { mapping: defaultMappings.aws, mappingName: 'aws' }
  if (text === 'non-gallery') return { mapping: defaultMappings.nonGallery, mappingName: 'non-gallery' }
  return { mapping: readMappingText(text), mappingName: 'file' }
}

function readMappingText(text: string): Mapping {
  try {
    return readMapping(parseFileJson(text.replace(/^\ufeff/, '')))
  } catch (error) {
    if (error instanceof MappingError) {
      throw new PreflightError(
        reported(
          error.errors.map(({ place, text: problem }) => ({
            part: 'mapping',
            message: `Mapping: ${place === '' ? '' : `${place}: `}${problem}`,
          })),
        ),
      )
    }
    throw new PreflightError([
      { part: 'mapping', message: `The mapping is not valid JSON: ${(error as Error).message}` },
    ])
  }
}
