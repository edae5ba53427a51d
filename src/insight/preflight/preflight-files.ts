import type { Preflight } from '../../domain/contract/preflight.ts'
import type { ProfileName } from '../../profiles/names.ts'
import { loadProfile } from '../../profiles/registry.ts'
import { DirectoryError } from '../../provisioning/kit/directory/problems.ts'
import { type DirectoryText, readDirectoryTexts } from '../../provisioning/kit/directory/read-directory.ts'
import type { Declarations } from '../../scim/declare/declarations.ts'
import { compact } from '../../scim/json.ts'
import { mappingMistakes, type NamedMapping, readNamedMapping } from './entra-job.ts'
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
  const named = readMappingOf(mapping, profile.name)
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

/** Throws PreflightError. */
export function readMappingOf(text: string | undefined, profile: ProfileName): NamedMapping {
  try {
    return readNamedMapping(text, profile)
  } catch (error) {
    throw new PreflightError(reported(mappingMistakes(error).map(message => ({ part: 'mapping', message }))))
  }
}
