import type { RestoreResult, Snapshot } from '../../domain/contract/snapshots.ts'
import { noun, runs, table } from './noun.ts'
import { formatAgo, printable } from './output.ts'
import type { Column } from './table.ts'

const columns: readonly Column<Snapshot>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'name', of: ({ name }) => name },
  { name: 'created', of: ({ created }, now) => formatAgo(created, now) },
  { name: 'tenants', of: ({ tenants }) => tenants.map(({ id }) => id).join(', ') },
  { name: 'resources', of: ({ tenants }) => sum(tenants.flatMap(({ counts }) => Object.values(counts))) },
  { name: 'bytes', of: ({ bytes }) => bytes },
]

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

function formatRestored({ tenants, skipped }: RestoreResult): string {
  const restored =
    tenants.length === 0 ? 'No tenant of the snapshot exists anymore.\n' : `Restored ${tenants.join(', ')}.\n`
  return skipped.length === 0 ? restored : `${restored}Skipped deleted tenants: ${skipped.join(', ')}.\n`
}

export const snapshot = noun([
  runs('list', 'GET /snapshots', 'List snapshots, newest first', {
    shows: table(columns, 'No snapshots. Save one with `scimulator snapshot save`.'),
  }),
  runs('save [name]', 'POST /snapshots', 'Save a snapshot; the default name is the current time', {
    shows: ({ id, name }) => `Saved ${printable(name)} as ${id}.\n`,
  }),
  runs('restore <id>', 'POST /snapshots/:id/restore', 'Restore a snapshot', {
    confirms: () => 'This replaces the contents of all tenants in the snapshot.',
    shows: formatRestored,
  }),
  runs('delete <id>', 'DELETE /snapshots/:id', 'Delete a snapshot', {
    shows: (_, { id }) => `Deleted snapshot ${id}.\n`,
  }),
])
