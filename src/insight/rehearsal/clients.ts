import type { RehearsedClient } from '../../domain/contract/rehearsal.ts'
import type { Profile } from '../../profiles/profile.ts'
import type { DirectoryText } from '../../provisioning/kit/directory/read-directory.ts'
import type { SourceDirectory } from '../../provisioning/kit/directory/source-directory.ts'
import type { PlayedClient } from './played.ts'

/** What the files of an identity provider contain. It is read once and played several times. */
export type Source = {
  readonly kind: 'entra'
  readonly directory: SourceDirectory
  readonly warnings: readonly string[]
}

/** Throws `RehearsalError` for files that the reader of the client rejects. */
export async function readSource(
  _client: RehearsedClient['name'],
  _files: readonly DirectoryText[],
): Promise<Source> {
  throw new Error('Not implemented.')
}

/** A client that has not run. Throws `RehearsalError` for settings that do not fit the client, or a wrong mapping. */
export function createClient(_client: RehearsedClient, _source: Source, _profile: Profile): PlayedClient {
  throw new Error('Not implemented.')
}
