import { InvalidArgumentError, Option } from 'commander'
import { schemaProblem } from '../../domain/ports/database.ts'
import type { MigrationResult } from '../databases.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { program } from './noun.ts'
import { type Flag, required, text } from './options.ts'
import { formatCount, printable } from './output.ts'

const urlVariable = 'SCIMULATOR_DATABASE_URL'
const schemaVariable = 'SCIMULATOR_DATABASE_SCHEMA'

export const urlFlag: Flag<string | undefined> = long =>
  new Option(`${long} <url>`, 'postgres://user:password@host:port/database')
    .env(urlVariable)
    .argParser(parseUrl)

export const schemaFlag: Flag<string | undefined> = long =>
  new Option(`${long} <name>`, 'Schema of the tables (default: public)')
    .env(schemaVariable)
    .argParser(parseSchema)

/** The message does not contain the URL, which may contain a password. An empty variable counts as unset. */
function parseUrl(text: string): string {
  if (text === '' || /^postgres(ql)?:\/\//.test(text)) return text
  throw new InvalidArgumentError('expected a URL such as postgres://user@host:5432/database.')
}

function parseSchema(text: string): string {
  const problem = text === '' ? undefined : schemaProblem(text)
  if (problem === undefined) return text
  throw new InvalidArgumentError(`it ${problem}.`)
}

type Databases = typeof import('../databases.ts')
type PartitionChanges = NonNullable<MigrationResult['partitions']>

export async function withDatabases<Result>(job: (databases: Databases) => Promise<Result>): Promise<Result> {
  const databases = await import('../databases.ts').catch(error => {
    // An optional dependency, which may have been left out.
    if (/'pg'/.test(error.message))
      throw new CliError('The package pg is missing. Install it with: npm install pg')
    throw error
  })
  try {
    return await job(databases)
  } catch (error) {
    throw error instanceof databases.DatabaseError ? new CliError(error.message) : error
  }
}

export const migrate = program(
  'migrate',
  { flags: { databaseUrl: urlFlag, databaseSchema: schemaFlag } },
  async ({ databaseUrl, databaseSchema }, { show }) => {
    const location = toLocation('--database-url', databaseUrl, databaseSchema)
    const result = await withDatabases(({ migrateDatabase }) => migrateDatabase(location))
    const { applied, partitions } = result
    if (!partitions) {
      process.stderr.write(
        'This user cannot create or drop partitions of the journal: it has to own the tables, and needs CREATE on the schema.\n',
      )
    }
    const lines = [...describeApplied(applied), ...(partitions ? describePartitions(partitions) : [])]
    show(result, lines.join(''))
  },
)

const describeApplied = (applied: MigrationResult['applied']): readonly string[] =>
  applied.length === 0 ? ['The tables are up to date.\n'] : applied.map(name => `Applied ${name}.\n`)

const describePartitions = ({ created, dropped }: PartitionChanges): readonly string[] =>
  [
    describeTables('Created', 'partition', created),
    describeTables('Dropped', 'empty partition', dropped),
  ].flat()

const describeTables = (verb: string, noun: string, tables: readonly string[]): readonly string[] => {
  if (tables.length === 0) return []
  const range = tables.length === 1 ? tables[0] : `${tables[0]} to ${tables.at(-1)}`
  return [`${verb} ${formatCount(tables.length, noun)} of the journal: ${range}.\n`]
}

export const move = program(
  'move',
  {
    flags: {
      from: required(text('file', 'SQLite file; no server may use it')),
      to: urlFlag,
      schema: schemaFlag,
    },
  },
  async ({ from, to, schema }, { show }) => {
    const location = toLocation('--to', to, schema)
    const moved = await withDatabases(({ moveDatabase }) =>
      moveDatabase({ from, to: location, onProgress: createProgressReport() }),
    )
    const { tenants, resources, exchanges, accessKeys, snapshots } = moved
    if (accessKeys > 0) {
      process.stderr.write(
        `${formatCount(accessKeys, 'access key')} for the AWS APIs: to keep them valid, set SCIMULATOR_SEAL_KEY to the contents of ${printable(from)}.seal-key.\n`,
      )
    }
    if (snapshots > 0) {
      process.stderr.write(
        `${formatCount(snapshots, 'snapshot')} in ${printable(from)}.snapshots cannot be restored in PostgreSQL.\n`,
      )
    }
    show(
      moved,
      `Copied ${formatCount(tenants, 'tenant')}, ${formatCount(resources, 'resource')} and ${formatCount(exchanges, 'request')}.\n`,
    )
  },
)

function toLocation(flag: string, url: string | undefined, schema: string | undefined) {
  if (!url) throw wrongUse(`Missing option ${flag}: set it, or ${urlVariable}.`)
  return { url, ...(schema && { schema }) }
}

const millisecondsBetweenReports = 2000

function createProgressReport(): (copied: number, total: number) => void {
  let reported = performance.now()
  return (copied, total) => {
    const now = performance.now()
    if (copied < total && now - reported < millisecondsBetweenReports) return
    reported = now
    process.stderr.write(`Copied ${formatCount(copied, 'row')} of ${total.toLocaleString('en-US')}.\n`)
  }
}
