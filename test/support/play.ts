import type { RehearsedClient } from '../../src/domain/contract/rehearsal.ts'
import { createClient, readSource } from '../../src/insight/rehearsal/clients.ts'
import { play } from '../../src/insight/rehearsal/play.ts'
import type { Played, State } from '../../src/insight/rehearsal/played.ts'
import { loadProfile } from '../../src/profiles/registry.ts'
import type { AwsDirectory } from '../../src/traffic/aws-directory/directory.ts'

export const day = 24 * 60 * 60_000
export const start = Date.parse('2026-12-01T06:00:00Z')

/** Plays a client with files of these contents, by name, for 60 days. */
export async function playFiles(
  aws: AwsDirectory,
  client: RehearsedClient,
  files: Readonly<Record<string, unknown>>,
  switches: Readonly<Record<string, string>> = {},
): Promise<Played> {
  const texts = Object.entries(files).map(([name, content]) => ({ name, text: JSON.stringify(content) }))
  const source = await readSource(client.name, texts)
  const profile = loadProfile('aws', switches)
  const options = { now: start, horizon: start + 60 * day, signal: new AbortController().signal }
  return play(aws, profile, createClient(client, source, profile), options)
}

/** What names the users and groups have, and their members, by name. */
export function namesIn({ users, groups, members }: State) {
  const nameOf = (document: string | undefined, attribute: string) =>
    document === undefined ? undefined : JSON.parse(document)[attribute]
  return {
    users: [...users].map(([, document]) => nameOf(document, 'userName')),
    groups: Object.fromEntries(
      [...groups].map(([id, document]) => [
        nameOf(document, 'displayName'),
        members(id).map(member => nameOf(users.get(member), 'userName')),
      ]),
    ),
  }
}

/** `cycle method status` of the requests about an object. */
export const linesOf = ({ requestsAbout }: Played, key: string) =>
  requestsAbout(key).map(({ method, status, cycle }) => `${cycle} ${method} ${status}`)
