import { existsSync, statSync } from 'node:fs'
import { version } from '../version.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { schemaFlag, urlFlag, withDatabases } from './databases.ts'
import { program } from './noun.ts'
import { text, toggle, type Values } from './options.ts'
import { formatCount, printable } from './output.ts'
import { withProgress } from './progress-line.ts'
import type { Session } from './session.ts'

const flags = {
  data: text('file', 'SQLite file (default: SCIMULATOR_DATA, or data/scimulator.db)'),
  databaseUrl: urlFlag,
  databaseSchema: schemaFlag,
  print: toggle('Print the command of PostgreSQL instead of running it'),
}

type Flags = Values<typeof flags> & { readonly file: string; readonly force: true | undefined }

type ServerDatabase = { readonly url: string; readonly schema?: string }

type Database = { readonly path: string } | ServerDatabase

function toDatabase({ data, databaseUrl, databaseSchema, print }: Flags): Database {
  if (!databaseUrl) {
    if (print) throw wrongUse('--print needs a database of PostgreSQL. Set --database-url.')
    return { path: data ?? (process.env.SCIMULATOR_DATA || 'data/scimulator.db') }
  }
  if (data !== undefined) throw wrongUse('Use either --database-url or --data.')
  return { url: databaseUrl, ...(databaseSchema && { schema: databaseSchema }) }
}

type Backups = typeof import('../backups.ts')

async function withBackups<Result>(work: (backups: Backups) => Promise<Result>): Promise<Result> {
  const backups = await import('../backups.ts')
  try {
    return await work(backups)
  } catch (error) {
    throw error instanceof backups.DatabaseError ? new CliError(error.message) : error
  }
}

const formatShare = (verb: string) => (share: number) => `${verb} ${Math.floor(100 * share)} %`
const formatSize = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
const ignore = () => {}

function noteSealKey(accessKeys: number, remedy: string): void {
  if (accessKeys === 0) return
  process.stderr.write(`${formatCount(accessKeys, 'access key')} for the AWS APIs: ${remedy}.\n`)
}

async function backUpFile(path: string, { file, force }: Flags, { json, show }: Session): Promise<void> {
  const made = await withBackups(({ backUpSqlite }) =>
    withProgress({ silent: json, format: formatShare('Backing up:') }, (onShare = ignore) =>
      backUpSqlite({ path, file, replaces: force === true, version, onShare }),
    ),
  )
  noteSealKey(
    made.accessKeys,
    `also keep ${printable(path)}.seal-key, or SCIMULATOR_SEAL_KEY, which encrypts their secrets`,
  )
  const bytes = Object.values(made.parts).reduce((sum, part) => sum + part.bytes, 0)
  show({ file, ...made }, `Backed up ${printable(path)} to ${printable(file)} (${formatSize(bytes)}).\n`)
}

async function dumpSchema(
  location: ServerDatabase,
  { file, force, print }: Flags,
  session: Session,
): Promise<void> {
  const { json, show } = session
  if (print) {
    const call = await withDatabases(async ({ dumpCall }) =>
      dumpCall(location, location.schema ?? 'public', file),
    )
    return showCall(call, session)
  }
  const made = await withDatabases(({ dump }) =>
    withProgress(
      { silent: json, format: (bytes: number) => `Backing up: ${formatSize(bytes)}` },
      (onBytes = ignore) => dump({ location, file, replaces: force === true, onBytes }),
    ),
  )
  noteSealKey(made.accessKeys, 'also keep SCIMULATOR_SEAL_KEY, which encrypts their secrets')
  show(
    { file, ...made },
    `Backed up the schema "${printable(made.schema)}" to ${printable(file)} (${formatSize(made.bytes)}).\n`,
  )
}

type Call = {
  readonly program: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** For a POSIX shell, without the password. */
function showCall({ program, args, environment }: Call, { show }: Session): void {
  const { PGPASSWORD: password, ...others } = environment
  if (password !== undefined)
    process.stderr.write('Set PGPASSWORD to the password, which the command does not contain.\n')
  const settings = Object.entries(others).map(([name, value]) => `${name}=${value}`)
  const line = [...settings, program, ...args.map(quoted)].join(' ')
  show({ program, args, environment: others }, `${line}\n`)
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/** A backup would replace a device or a socket by its name, and a restore cannot read a pipe at any position. */
function requireFile(path: string): void {
  if (!existsSync(path) || statSync(path).isFile()) return
  throw new CliError(`${path} is not a file. Choose another name.`)
}

type Work<Where> = (where: Where, given: Flags, session: Session) => Promise<void>

const onEither =
  (ofSqlite: Work<string>, ofPostgres: Work<ServerDatabase>) =>
  async (given: Flags, session: Session): Promise<void> => {
    const database = toDatabase(given)
    requireFile(given.file)
    await ('path' in database
      ? ofSqlite(database.path, given, session)
      : ofPostgres(database, given, session))
  }

export const backup = program(
  'backup <file>',
  {
    flags: { ...flags, force: toggle('Replace the file if it exists') },
    help: '\nServers may run meanwhile. For PostgreSQL, it runs pg_dump.',
  },
  onEither(backUpFile, dumpSchema),
)

async function restoreFile(path: string, { file, force }: Flags, { json, show }: Session): Promise<void> {
  const restored = await withBackups(({ restoreSqlite }) =>
    withProgress({ silent: json, format: formatShare('Restoring:') }, async (onShare = ignore) =>
      restoreSqlite({ file, path, replaces: force === true, onShare }),
    ),
  )
  const { accessKeys, hasSealKey, created, version: madeBy } = restored
  if (!hasSealKey) {
    const remedy = `before the start, restore ${printable(path)}.seal-key, or set SCIMULATOR_SEAL_KEY to its contents`
    noteSealKey(accessKeys, remedy)
  }
  show(
    { file, ...restored },
    `Restored ${printable(path)} from the backup of ${printable(created)}, made by version ${printable(madeBy)}.\n`,
  )
}

async function restoreSchema(
  location: ServerDatabase,
  { file, force, print }: Flags,
  session: Session,
): Promise<void> {
  if (force)
    throw wrongUse('--force does not apply to PostgreSQL: restore to a new database, or drop the schema.')
  if (print) {
    const { schema = 'public' } = location
    const call = await withDatabases(async ({ restoreCall }) =>
      restoreCall(location, { schema, hasSchema: schema === 'public' }, file),
    )
    return showCall(call, session)
  }
  const restored = await withDatabases(({ restoreDump }) => restoreDump({ location, file }))
  session.show(
    { file, ...restored },
    `Restored the schema "${printable(restored.schema)}" from ${printable(file)}.\n`,
  )
}

export const restore = program(
  'restore <file>',
  {
    flags: { ...flags, force: toggle('Replace the files of a SQLite database') },
    help: '\nStop the servers first. For PostgreSQL, it runs pg_restore; the schema has to be empty.',
  },
  onEither(restoreFile, restoreSchema),
)
