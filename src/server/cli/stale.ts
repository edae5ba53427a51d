import type { PurgeCandidate, PurgeResult, StaleIdentity } from '../../domain/contract/stale.ts'
import { wrongUse } from './cli-error.ts'
import { lists, noun, runs } from './noun.ts'
import { choice, conflicting, count, toggle } from './options.ts'
import { formatCount, formatTime, printable } from './output.ts'
import { type Column, formatTable, type Layout } from './table.ts'

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

function formatPurged({ purged, records }: PurgeResult, _called: unknown, layout: Layout): string {
  if (!records) return `Purged ${formatCount(purged.length, 'record')}.\n`
  const summary = `Would purge ${formatCount(purged.length, 'record')}.\n`
  return records.length === 0 ? summary : `${formatTable(recordColumns, records, layout)}\n${summary}`
}

export const stale = noun([
  lists('list', 'GET /tenants/:tenant/stale', 'List stale identities, newest first', {
    flags: {
      reason: choice(
        ['disabled', 'retained', 'inactive', 'unresolved-reference', 'empty-group', 'replaced'],
        'Filter by reason',
      ),
      inactiveDays: count('days', 'Days without a request until inactive (default: 90)', 0, 99_999),
      inactiveCycles: conflicting(
        count('number', 'Cycles without a request until inactive', 1, 100),
        'inactiveDays',
      ),
    },
    columns,
    nothing: ({ tenant, reason }) =>
      `No stale identities in tenant ${tenant}${reason ? ' for this reason' : ''}.`,
  }),
  runs('purge [ids...]', 'POST /tenants/:tenant/stale/purge', 'Purge retained records; history is kept', {
    flags: {
      all: toggle('Purge all retained records of the tenant'),
      preview: toggle('Show the records without purging them'),
    },
    sends({ ids, all, preview }) {
      if (ids.length > 0 === Boolean(all)) throw wrongUse('Specify either IDs of records or --all.')
      return { ...(all ? { all } : { ids: [...ids] }), preview }
    },
    shows: formatPurged,
    fails: ({ skipped }) =>
      skipped.length > 0 ? `No retained record with ID ${skipped.map(printable).join(', ')}.` : undefined,
  }),
])
