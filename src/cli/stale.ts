import { type Command, InvalidArgumentError, Option } from 'commander'
import { apiPath } from './api-client.ts'
import { CliError, wrongUse } from './cli-error.ts'
import type { IdentityAnswer } from './identity-in-words.ts'
import { list } from './listing.ts'
import { limitOption, listingCommand, tenantOption } from './options.ts'
import { sessionOf } from './session.ts'
import type { Column } from './table.ts'
import { whichTenant } from './which-tenant.ts'
import { counted, printable, shortTime } from './words.ts'

type StaleAnswer = IdentityAnswer & { readonly reasons: readonly string[] }
type PurgedAnswer = { readonly purged: readonly string[]; readonly kept: readonly string[] }

const columns: readonly Column<StaleAnswer>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'type', of: ({ type }) => type },
  { name: 'status', of: ({ status }) => status },
  { name: 'name', of: ({ label }) => label },
  { name: 'why', of: ({ reasons }) => reasons.join(', ') },
  { name: 'deleted', of: ({ deleted }) => shortTime(deleted?.at) },
  { name: 'last seen', of: ({ lastSeen }) => shortTime(lastSeen) },
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
      ]),
    )
    .option('--silent-days <days>', 'days without a request that make one silent; 90 by default', readDays)
    .addOption(limitOption(50))
    .action(listStale)
  stale
    .command('purge [ids...]')
    .description('purge retained records; their history stays')
    .addOption(tenantOption())
    .option('--all', 'every retained record of the tenant')
    .action(purge)
}

function readDays(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number of days.')
}

type ListOptions = {
  readonly tenant?: string
  readonly limit: number
  readonly reason?: string
  readonly silentDays?: number
}

async function listStale(options: ListOptions, command: Command): Promise<void> {
  const { tenant, limit, reason, silentDays } = options
  const session = sessionOf(command)
  const id = await whichTenant(session.api, tenant)
  await list<StaleAnswer>(session, {
    path: apiPath('tenants', id, 'stale'),
    query: { reason, silentDays },
    limit,
    columns,
    nothing: `Nothing of the tenant ${id} needs a look${reason ? ' for that reason' : ''}.`,
  })
}

type PurgeOptions = { readonly tenant?: string; readonly all?: true }

async function purge(ids: readonly string[], { tenant, all }: PurgeOptions, command: Command): Promise<void> {
  if (ids.length > 0 === Boolean(all)) {
    throw wrongUse('Name the ids of the records to purge, or give --all: one of the two.')
  }
  const { api, show } = sessionOf(command)
  const path = apiPath('tenants', await whichTenant(api, tenant), 'stale', 'purge')
  const answer = await api.post<PurgedAnswer>(path, { body: all ? { all } : { ids } })
  show(answer, `Purged ${counted(answer.purged.length, 'record')}.\n`)
  if (answer.kept.length === 0) return
  throw new CliError(`No retained record has the id ${answer.kept.map(printable).join(' or ')}.`)
}
