import { version } from '../version.ts'
import { CliError } from './cli-error.ts'
import { program } from './noun.ts'
import { text, toggle } from './options.ts'
import { formatCount, printable } from './output.ts'
import { withProgress } from './progress-line.ts'

const data = text('file', 'SQLite file (default: SCIMULATOR_DATA, or data/scimulator.db)')

const toDataPath = (data: string | undefined): string =>
  data ?? (process.env.SCIMULATOR_DATA || 'data/scimulator.db')

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

export const backup = program(
  'backup <file>',
  {
    flags: { data, force: toggle('Replace the file if it exists') },
    help: '\nThe server may run meanwhile.',
  },
  async ({ file, data, force }, { json, show }) => {
    const path = toDataPath(data)
    const made = await withBackups(({ backUpSqlite }) =>
      withProgress({ silent: json, format: formatShare('Backing up:') }, onShare =>
        backUpSqlite({ path, file, replaces: force === true, version, onShare: onShare ?? (() => {}) }),
      ),
    )
    const { accessKeys, parts } = made
    if (accessKeys > 0) {
      process.stderr.write(
        `${formatCount(accessKeys, 'access key')} for the AWS APIs: also keep ${printable(path)}.seal-key, or SCIMULATOR_SEAL_KEY, which encrypts their secrets.\n`,
      )
    }
    const bytes = Object.values(parts).reduce((sum, part) => sum + part.bytes, 0)
    show({ file, ...made }, `Backed up ${printable(path)} to ${printable(file)} (${formatSize(bytes)}).\n`)
  },
)

export const restore = program(
  'restore <file>',
  {
    flags: { data, force: toggle('Replace the data that exist') },
    help: '\nStop the server first.',
  },
  async ({ file, data, force }, { json, show }) => {
    const path = toDataPath(data)
    const restored = await withBackups(({ restoreSqlite }) =>
      withProgress({ silent: json, format: formatShare('Restoring:') }, async onShare =>
        restoreSqlite({ file, path, replaces: force === true, onShare: onShare ?? (() => {}) }),
      ),
    )
    const { accessKeys, hasSealKey, created, version: madeBy } = restored
    if (accessKeys > 0 && !hasSealKey) {
      process.stderr.write(
        `${formatCount(accessKeys, 'access key')} for the AWS APIs: before the start, restore ${printable(path)}.seal-key, or set SCIMULATOR_SEAL_KEY to its contents.\n`,
      )
    }
    show(
      { file, ...restored },
      `Restored ${printable(path)} from the backup of ${printable(created)}, made by version ${printable(madeBy)}.\n`,
    )
  },
)
