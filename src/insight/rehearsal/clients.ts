import type { RehearsedClient } from '../../domain/contract/rehearsal.ts'
import type { Profile } from '../../profiles/profile.ts'
import { DirectoryError } from '../../provisioning/kit/directory/problems.ts'
import {
  type DirectoryResult,
  type DirectoryText,
  readDirectoryTexts,
} from '../../provisioning/kit/directory/read-directory.ts'
import { entraClient } from './clients/entra.ts'
import { type PlayedClient, RehearsalError } from './played.ts'

type Kind = 'entra' | 'okta' | 'google'

/** What the files of an identity provider contain. It is read once and played several times. */
export type Source = DirectoryResult & { readonly kind: Kind }

const kinds: Readonly<Record<RehearsedClient['name'], Kind>> = {
  entra: 'entra',
  okta: 'okta',
  google: 'google',
  ssosync: 'google',
  'idp-scim-sync': 'google',
}

/** Throws `RehearsalError` for files that the reader of the client rejects. */
export async function readSource(
  client: RehearsedClient['name'],
  files: readonly DirectoryText[],
): Promise<Source> {
  const kind = kinds[client]
  try {
    return { kind, ...(await readDirectoryTexts(files)) }
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error
    throw new RehearsalError(error.errors.slice(0, 20).map(message => ({ part: 'files', message })))
  }
}

/** A client that has not run. Throws `RehearsalError` for settings that do not fit the client, or a wrong mapping. */
export function createClient(client: RehearsedClient, { directory }: Source, profile: Profile): PlayedClient {
  return entraClient(client, directory, profile)
}
