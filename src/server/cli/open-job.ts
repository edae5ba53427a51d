import type { Interoperability } from '../../domain/contract/cycles.ts'
import type { JobContext } from '../../provisioning/kit/client.ts'
import { DirectoryError, type DirectoryResult } from '../../provisioning/kit/directory/read-directory.ts'
import type {
  SourceDirectory,
  SourceGroup,
  SourceUser,
} from '../../provisioning/kit/directory/source-directory.ts'
import { SettingsError } from '../../provisioning/kit/job-file.ts'
import { StateError } from '../../provisioning/kit/state-file.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { settingsError } from './job-settings.ts'
import { formatCount, printable } from './output.ts'

type Client<Settings, Opened> = {
  readonly open: (
    settings: Settings,
    options: Pick<JobContext<never, never>, 'fast' | 'notify'>,
  ) => Promise<Opened>
}

/** Opens the job of a client for some work, and closes it afterwards. Throws a CliError. */
export async function withJob<Settings, Opened extends { close(): Promise<void> }, Result>(
  client: Client<Settings, Opened>,
  settings: Settings,
  work: (opened: Opened) => Promise<Result>,
  { fast = false }: { readonly fast?: boolean | undefined } = {},
): Promise<Result> {
  const opened = await withCliErrors(client.open(settings, { fast, notify }))
  try {
    return await withCliErrors(work(opened))
  } finally {
    await opened.close()
  }
}

const notify = (text: string) => void process.stderr.write(`scimulator: ${text}\n`)

/** Errors of settings become a CliError with exit code 2, those of the state and log files one with exit code 1. */
export async function withCliErrors<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (error) {
    if (error instanceof SettingsError) throw settingsError(error.mistakes)
    if (error instanceof StateError) throw new CliError(error.message)
    const { syscall, message } = error as NodeJS.ErrnoException
    if (syscall !== undefined) throw new CliError(`Can't write the state or log of the job: ${message}.`)
    throw error
  }
}

/** One line about the requests that the command has sent; empty if there are none. */
export function formatInteroperability({ requests, summary, rules }: Interoperability): string {
  if (requests === 0) return ''
  const broken = rules.flatMap(({ id, result }) => (result === 'breaks' ? [id] : []))
  const names = broken.length > 0 ? `: ${broken.join(' ')}` : ''
  return `Interoperability Profile (draft): ${summary}${names}\n`
}

export type DirectorySource = () => Promise<SourceDirectory>

/** Each call rereads the directory; each warning is written to standard error once. Throws a CliError. */
export function createDirectorySource(
  path: string,
  read: (path: string) => Promise<DirectoryResult>,
): DirectorySource {
  const shown = new Set<string>()
  return async () => {
    const { directory, warnings } = await readSource(path, read)
    for (const warning of warnings.filter(each => !shown.has(each))) {
      shown.add(warning)
      process.stderr.write(`scimulator: ${printable(warning)}\n`)
    }
    return directory
  }
}

async function readSource(path: string, read: (path: string) => Promise<DirectoryResult>) {
  try {
    return await read(path)
  } catch (error) {
    if (error instanceof DirectoryError) throw settingsError(error.errors.map(printable))
    throw error
  }
}

const names = ['userPrincipalName', 'mail', 'displayName'] as const

/** Finds a user or group by objectId or, ignoring case, by name. Throws a CliError unless exactly one matches. */
export function findObject(
  { users, groups }: Pick<SourceDirectory, 'users' | 'groups'>,
  named: string,
): SourceUser | SourceGroup {
  const all = [...users, ...groups]
  const name = named.toLowerCase()
  const byId = all.find(({ objectId }) => objectId.toLowerCase() === name)
  if (byId) return byId
  for (const attribute of names) {
    const found = all.filter(({ attributes }) => String(attributes[attribute] ?? '').toLowerCase() === name)
    if (found.length > 1) {
      const ids = found.map(({ objectId }) => objectId).join(', ')
      throw wrongUse(
        `"${named}" is the ${attribute} of ${formatCount(found.length, 'object')}. Use an objectId: ${ids}.`,
      )
    }
    if (found[0]) return found[0]
  }
  throw wrongUse(
    `No user or group "${named}" in the directory. Use a userPrincipalName, mail, displayName or objectId.`,
  )
}
