import type { Profile } from '../../profiles/profile.ts'
import type { AwsDirectory } from '../../traffic/aws-directory/directory.ts'
import type { Played, PlayedClient, PlayOptions } from './played.ts'

/** Runs a client against a copy of the directory in memory. */
export async function play(
  _directory: AwsDirectory,
  _profile: Profile,
  _client: PlayedClient,
  _options: PlayOptions,
): Promise<Played> {
  throw new Error('Not implemented.')
}
