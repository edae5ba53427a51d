import { type Command, InvalidArgumentError, Option } from 'commander'
import { apiPath } from './api-client.ts'
import { CliError, wrongUse } from './cli-error.ts'
import type { IdentityAnswer } from './identity-in-words.ts'
import { list } from './listing.ts'
import { limitOption, listingCommand, tenantOption } from './options.ts'
import { sessionOf } from './session.ts'
import { type Column, table } from './table.ts'
import { whichTenant } from './which-tenant.ts'
import { counted, printable, shortTime } from './words.ts'

type StaleAnswer = IdentityAnswer & { readonly reasons: readonly string[] }
type PurgedAnswer = {
  readonly purged: readonly string[]
  readonly kept: readonly string[]
  /** In a preview. */
  readonly records?: readonly RecordAnswer[]
}
type RecordAnswer = Pick<IdentityAnswer, 'id' | 'type' | 'label' | 'deleted' | 'groups'>

const columns: readonly Column<StaleAnswer>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'type', of: ({ type }) => type },
  { name: 'status', of: ({ status }) => status },
  { name: 'name', of: ({ label }) => label },
  { name: 'why', of: ({ reasons }) => reasons.join(', ') },
  { name: 'deleted', of: ({ deleted }) => shortTime(deleted?.at) },
  { name: 'last seen', of: ({ lastSeen }) => shortTime(lastSeen) },
]

const recordColumns: readonly Column<RecordAnswer>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'type', of: ({ type }) => type },
  { name: 'name', of: ({ label }) => label },
  { name: 'deleted', of: ({ deleted }) => shortTime(deleted?.at) },
  { name: 'was in', of: ({ groups }) => groups.map(({ id, display }) => display ?? id).join(', ') },
]

/** `scimulator stale`: the identities that need a look, and the purge of retained records. */
export function staleCommand(program: Command): void {
  const stale = program.command('stale').description('identities that need a look; purge what was deleted')
  listingCommand(stale, 'list them, newest first')
    .addOption(tenantOption())
    .addOption(
      new Option('--reason <reason>', 'only those').choices([
        'disabled',
        'retained',
        'silent',
        'unresolved-reference',
        'empty-group',
        'replaced',
      ]),
    )
    .option('--silent-days <days>', 'days without a request that make one silent; 90 by default', readDays)
    .addOption(
      new Option('--silent-cycles <number>', "in their place: the last so many of the client's cycles")
        .argParser(readCycles)
        .conflicts('silentDays'),
    )
    .addOption(limitOption(50))
    .action(listStale)
  stale
    .command('purge [ids...]')
    .description('purge retained records; their history stays')
    .addOption(tenantOption())
    .option('--all', 'every retained record of the tenant')
    .option('--preview', 'only show what would be purged')
    .action(purge)
}

function readDays(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number of days.')
}

function readCycles(text: string): number {
  if (/^([1-9]\d?|100)$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a number of cycles from 1 to 100.')
}

type ListOptions = {
  readonly tenant?: string
  readonly limit: number
  readonly reason?: string
  readonly silentDays?: number
  readonly silentCycles?: number
}

async function listStale(options: ListOptions, command: Command): Promise<void> {
  const { tenant, limit, reason, silentDays, silentCycles } = options
  const session = sessionOf(command)
  const id = await whichTenant(session.api, tenant)
  await list<StaleAnswer>(session, {
    path: apiPath('tenants', id, 'stale'),
    query: { reason, silentDays, silentCycles },
    limit,
    columns,
    nothing: `Nothing of the tenant ${id} needs a look${reason ? ' for that reason' : ''}.`,
  })
}

type PurgeOptions = { readonly tenant?: string; readonly all?: true; readonly preview?: true }

async function purge(ids: readonly string[], options: PurgeOptions, command: Command): Promise<void> {
  const { tenant, all, preview } = options
  if (ids.length > 0 === Boolean(all)) {
    throw wrongUse('Name the ids of the records to purge, or give --all: one of the two.')
  }
  const { api, show } = sessionOf(command)
  const path = apiPath('tenants', await whichTenant(api, tenant), 'stale', 'purge')
  const answer = await api.post<PurgedAnswer>(path, {
    body: { ...(all ? { all } : { ids }), preview },
  })
  show(answer, purgedInWords(answer))
  if (answer.kept.length === 0) return
  throw new CliError(`No retained record has the id ${answer.kept.map(printable).join(' or ')}.`)
}

function purgedInWords({ purged, records }: PurgedAnswer): string {
  if (!records) return `Purged ${counted(purged.length, 'record')}.\n`
  const told = `${counted(purged.length, 'record')} would be purged.\n`
  return records.length === 0 ? told : `${table(recordColumns, records)}\n${told}`
}
