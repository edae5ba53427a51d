import { type Command, Option } from 'commander'
import type { PurgeCandidate, PurgeResult, StaleIdentity, StaleReason } from '../../domain/contract/stale.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { limitOption, listingCommand, tenantOption, wholeNumber } from './options.ts'
import { formatCount, formatTime, printable } from './output.ts'
import { createSession, list, resolveTenant } from './session.ts'
import { type Column, formatTable } from './table.ts'

const columns: readonly Column<StaleIdentity>[] = [
  { name: 'id', of: ({ id }) => id, shows: 'whole' },
  { name: 'type', of: ({ type }) => type },
  { name: 'status', of: ({ status }) => status },
  { name: 'name', of: ({ label }) => label },
  { name: 'reason', of: ({ reasons }) => reasons.join(', ') },
  { name: 'deleted', of: ({ deleted }) => formatTime(deleted?.at), shows: 'whole', isExtra: true },
  { name: 'last seen', of: ({ lastSeen }) => formatTime(lastSeen), shows: 'whole', isExtra: true },
]

const recordColumns: readonly Column<PurgeCandidate>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'type', of: ({ type }) => type },
  { name: 'name', of: ({ label }) => label },
  { name: 'deleted', of: ({ deleted }) => formatTime(deleted?.at) },
  { name: 'groups', of: ({ groups }) => groups.map(({ id, display }) => display ?? id).join(', ') },
]

/** `scimulator stale`: stale identities, and the purge of retained records. */
export function staleCommand(stale: Command): void {
  listingCommand(stale, 'List stale identities, newest first')
    .addOption(tenantOption())
    .addOption(
      new Option('--reason <reason>', 'Filter by reason').choices([
        'disabled',
        'retained',
        'inactive',
        'unresolved-reference',
        'empty-group',
        'replaced',
      ]),
    )
    .option(
      '--inactive-days <days>',
      'Days without a request until inactive (default: 90)',
      wholeNumber(0, 99_999),
    )
    .addOption(
      new Option('--inactive-cycles <number>', 'Cycles without a request until inactive')
        .argParser(wholeNumber(1, 100))
        .conflicts('inactiveDays'),
    )
    .addOption(limitOption(50))
    .action(listStale)
  stale
    .command('purge [ids...]')
    .description('Purge retained records; history is kept')
    .addOption(tenantOption())
    .option('--all', 'Purge all retained records of the tenant')
    .option('--preview', 'Show the records without purging them')
    .action(purge)
}

type ListOptions = {
  readonly tenant?: string
  readonly limit: number
  readonly reason?: StaleReason
  readonly inactiveDays?: number
  readonly inactiveCycles?: number
}

async function listStale(options: ListOptions, command: Command): Promise<void> {
  const { tenant, limit, reason, inactiveDays, inactiveCycles } = options
  const session = createSession(command)
  const id = await resolveTenant(session.api, tenant)
  await list(
    session,
    'GET /tenants/:tenant/stale',
    { params: { tenant: id }, query: { reason, inactiveDays, inactiveCycles } },
    {
      limit,
      columns,
      nothing: `No stale identities in tenant ${id}${reason ? ' for this reason' : ''}.`,
    },
  )
}

type PurgeOptions = { readonly tenant?: string; readonly all?: true; readonly preview?: true }

async function purge(ids: readonly string[], options: PurgeOptions, command: Command): Promise<void> {
  const { tenant, all, preview } = options
  if (ids.length > 0 === Boolean(all)) {
    throw wrongUse('Specify either IDs of records or --all.')
  }
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, tenant) }
  const result = await api.call('POST /tenants/:tenant/stale/purge', {
    params,
    body: { ...(all ? { all } : { ids: [...ids] }), preview },
  })
  show(result, formatPurged(result))
  if (result.skipped.length === 0) return
  throw new CliError(`No retained record with ID ${result.skipped.map(printable).join(', ')}.`)
}

function formatPurged({ purged, records }: PurgeResult): string {
  if (!records) return `Purged ${formatCount(purged.length, 'record')}.\n`
  const summary = `Would purge ${formatCount(purged.length, 'record')}.\n`
  return records.length === 0 ? summary : `${formatTable(recordColumns, records)}\n${summary}`
}
