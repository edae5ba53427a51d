import type { RehearsedClient } from '../../domain/contract/rehearsal.ts'
import type { Profile } from '../../profiles/profile.ts'
import { readGoogleTexts } from '../../provisioning/google/directory/read-google-directory.ts'
import { DirectoryError } from '../../provisioning/kit/directory/problems.ts'
import {
  type DirectoryResult,
  type DirectoryText,
  readDirectoryTexts,
} from '../../provisioning/kit/directory/read-directory.ts'
import { readOktaTexts } from '../../provisioning/okta/directory.ts'
import { directorySyncClient } from './clients/directory-sync.ts'
import { entraClient } from './clients/entra.ts'
import { googleClient } from './clients/google.ts'
import { oktaClient } from './clients/okta.ts'
import type { PlayedClient } from './played.ts'
import { errorIn } from './source.ts'

type Name = RehearsedClient['name']
type Setting = Exclude<keyof RehearsedClient, 'name'>

/** What the files of an identity provider contain. It is read once and played several times. */
export type Source = DirectoryResult & { readonly kind: 'entra' | 'okta' | 'google' }

const readers: Readonly<
  Record<Source['kind'], (files: readonly DirectoryText[]) => Promise<DirectoryResult>>
> = {
  entra: readDirectoryTexts,
  okta: readOktaTexts,
  google: readGoogleTexts,
}

type Description = {
  readonly source: Source['kind']
  readonly settings: readonly Setting[]
  readonly create: (client: RehearsedClient, directory: Source['directory'], profile: Profile) => PlayedClient
}

const descriptions: Readonly<Record<Name, Description>> = {
  entra: {
    source: 'entra',
    settings: ['mapping', 'scope', 'disabledUnlinked', 'skipOutOfScopeDeletions', 'linked'],
    create: entraClient,
  },
  okta: { source: 'okta', settings: ['app', 'importFirst', 'groupLinking', 'linked'], create: oktaClient },
  google: { source: 'google', settings: ['update', 'deleteAfter', 'linked'], create: googleClient },
  ssosync: {
    source: 'google',
    settings: ['version', 'method', 'ignoreUsers', 'ignoreGroups', 'retain'],
    create: directorySyncClient,
  },
  'idp-scim-sync': { source: 'google', settings: ['version'], create: directorySyncClient },
}

/** Whether the client stores what it has provisioned, instead of reading AWS each time. */
export const hasState = (name: Name): boolean => descriptions[name].settings.includes('linked')

/** Throws `RehearsalError` for files that the reader of the client rejects, and for files without users. */
export async function readSource(name: Name, files: readonly DirectoryText[]): Promise<Source> {
  const kind = descriptions[name].source
  const result = await readers[kind](files).catch((error: unknown) => {
    if (!(error instanceof DirectoryError)) throw error
    throw errorIn('files', error.errors)
  })
  if (result.directory.users.length > 0) return { kind, ...result }
  throw errorIn('files', [
    'The files of the source have no users. Add its export of users, such as users.json.',
  ])
}

export const hasSetting = ({ name }: RehearsedClient, setting: Setting): boolean =>
  descriptions[name].settings.includes(setting)

/** A client that has not run. Throws `RehearsalError` for settings that do not fit the client, or a wrong mapping. */
export function createClient(client: RehearsedClient, { directory }: Source, profile: Profile): PlayedClient {
  const { name, ...given } = client
  const { settings, create } = descriptions[name]
  const wrong = Object.entries(given).flatMap(([setting, value]) =>
    value === undefined || settings.some(known => known === setting)
      ? []
      : `The client ${name} has no setting "${setting}". Its settings are ${settings.join(', ')}.`,
  )
  if (wrong.length > 0) throw errorIn('client', wrong)
  return create(client, directory, profile)
}
