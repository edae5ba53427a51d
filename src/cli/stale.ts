import { type Command, InvalidArgumentError, Option } from 'commander'
import { apiPath } from './api-client.ts'
import { CliError, wrongUse } from './cli-error.ts'
import type { IdentityAnswer } from './identities.ts'
import { limitOption, listingCommand, tenantOption } from './options.ts'
import { type Column, formatCount, formatTable, formatTime, printable } from './output.ts'
import { createSession, list, resolveTenant } from './session.ts'

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
  { name: 'deleted', of: ({ deleted }) => formatTime(deleted?.at) },
  { name: 'last seen', of: ({ lastSeen }) => formatTime(lastSeen) },
]

const recordColumns: readonly Column<RecordAnswer>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'type', of: ({ type }) => type },
  { name: 'name', of: ({ label }) => label },
  { name: 'deleted', of: ({ deleted }) => formatTime(deleted?.at) },
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
    .option('--silent-days <days>', 'days without a request that make one silent; 90 by default', parseDays)
    .addOption(
      new Option('--silent-cycles <number>', "in their place: the last so many of the client's cycles")
        .argParser(parseCycles)
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

function parseDays(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number of days.')
}

function parseCycles(text: string): number {
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
  const session = createSession(command)
  const id = await resolveTenant(session.api, tenant)
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
  const { api, show } = createSession(command)
  const path = apiPath('tenants', await resolveTenant(api, tenant), 'stale', 'purge')
  const answer = await api.post<PurgedAnswer>(path, {
    body: { ...(all ? { all } : { ids }), preview },
  })
  show(answer, formatPurged(answer))
  if (answer.kept.length === 0) return
  throw new CliError(`No retained record has the id ${answer.kept.map(printable).join(' or ')}.`)
}

function formatPurged({ purged, records }: PurgedAnswer): string {
  if (!records) return `Purged ${formatCount(purged.length, 'record')}.\n`
  const told = `${formatCount(purged.length, 'record')} would be purged.\n`
  return records.length === 0 ? told : `${formatTable(recordColumns, records)}\n${told}`
}
