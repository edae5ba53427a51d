import { InvalidArgumentError, Option } from 'commander'
import type { RehearsedClient } from '../../domain/contract/rehearsal.ts'
import type { Run } from '../../insight/rehearsal/setup.ts'
import { compact } from '../../scim/json.ts'
import { wrongUse } from './cli-error.ts'
import { choice, type Flag, toggle, type Values, value } from './options.ts'
import { withProgress } from './progress-line.ts'
import {
  exportFlags,
  mistakesIn,
  type playFlags,
  readExport,
  readMappingOption,
  readSourceFiles,
  readSwitches,
} from './source-files.ts'

type ClientName = RehearsedClient['name']

const clients = ['entra', 'okta', 'google', 'ssosync', 'idp-scim-sync'] as const satisfies ClientName[]

function parseClient(text: string): Pick<RehearsedClient, 'name' | 'version'> {
  const [given, version, ...others] = text.split('@')
  const name = clients.find(client => client === given)
  if (name && others.length === 0 && version !== '') return compact({ name, version })
  throw new InvalidArgumentError(`expected ${clients.join(', ')}, for the last two also as ssosync@2.6.`)
}

export const list =
  <const Word extends string>(
    placeholder: string,
    description: string,
    words?: readonly Word[],
  ): Flag<Word[] | undefined> =>
  long =>
    new Option(`${long} <${placeholder}>`, description).argParser(text => {
      const given = text
        .split(',')
        .map(word => word.trim())
        .filter(word => word !== '')
      const unknown = words && given.find(word => !words.some(known => known === word))
      if (unknown === undefined) return given
      throw new InvalidArgumentError(`unknown ${unknown}: expected ${words?.join(', ')}.`)
    })

export const clientFlag = value('name[@version]', `Provisioning client: ${clients.join(', ')}`, parseClient)

/** Settings of clients, by the names that the API has. */
export const clientFlags = {
  scope: choice(['assigned', 'all'], 'entra: provision assigned users and groups only, or all'),
  linked: toggle('entra: the job goes on, and has matched users and groups of equal names'),
  disabledUnlinked: choice(
    ['skip', 'disable'],
    'entra: what happens to disabled users that it has not matched',
  ),
  skipOutOfScopeDeletions: toggle('entra: keep users that leave the scope'),
  app: choice(['catalog', 'wizard'], 'okta: the integration'),
  groupLinking: choice(['on', 'off'], 'okta: link pushed groups to groups of the same name'),
  importFirst: toggle('okta: import users before the push'),
  update: choice(['put', 'patch'], 'google: how users are changed'),
  deleteAfter: choice(
    ['within-24h', '1d', '7d', '30d', 'never'],
    'google: when users without access are deleted',
  ),
  method: choice(['groups', 'users_groups'], 'ssosync: its sync method'),
  retain: toggle('ssosync: keep what is not in Google Workspace'),
  ignoreUsers: list('names', 'ssosync: users to ignore, separated by commas'),
  ignoreGroups: list('names', 'ssosync: groups to ignore, separated by commas'),
}

type PlayFlags = Values<typeof playFlags & typeof exportFlags>

export async function readClient(
  client: Pick<RehearsedClient, 'name' | 'version'>,
  given: Partial<Values<typeof clientFlags>> & PlayFlags,
): Promise<RehearsedClient> {
  const settings = Object.fromEntries(
    Object.keys(clientFlags).map(name => [name, given[name as keyof typeof clientFlags]]),
  )
  return compact({ ...client, mapping: await readMappingOption(given.mapping), ...settings })
}

export async function readFilesFor({ name }: Pick<RehearsedClient, 'name'>, paths: readonly string[]) {
  const { oktaLists } = await import('../../provisioning/okta/directory.ts')
  return readSourceFiles(paths, name === 'okta' ? oktaLists : [])
}

export async function readTarget(path: string, given: PlayFlags) {
  const switches = await readSwitches(given.switch, 'aws')
  const directory = await readExport(path, given)
  const { loadProfile } = await import('../../profiles/registry.ts')
  return { directory, profile: loadProfile('aws', switches) }
}

/** Plays a client with its progress on standard error, unless the result is JSON. */
export async function playWithProgress<Result>(
  json: boolean,
  work: (run: Run) => Promise<Result>,
): Promise<Result> {
  const { RehearsalError } = await import('../../insight/rehearsal/played.ts')
  const { signal } = new AbortController()
  const format = ({ text, done, total }: { text: string; done: number; total: number }) =>
    `${text} ${done}/${total}`
  return withProgress({ silent: json, format }, onProgress =>
    work({
      signal,
      ...(onProgress && { onProgress: (text, done, total) => onProgress({ text, done, total }) }),
    }),
  ).catch((error: unknown) => {
    if (!(error instanceof RehearsalError)) throw error
    throw mistakesIn(error.mistakes.map(({ message }) => message))
  })
}

export function refuseFlagsOfExports(given: PlayFlags): void {
  const names = [...Object.keys(exportFlags), 'switch'] as (keyof PlayFlags)[]
  if (names.every(name => given[name] === undefined)) return
  throw wrongUse('A tenant has its own switches: use the flags of exports and --switch with an export only.')
}
