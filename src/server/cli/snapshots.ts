import type { Command } from 'commander'
import type { RestoreResult, Snapshot } from '../../domain/contract/snapshots.ts'
import { wrongUse } from './cli-error.ts'
import { listingCommand } from './options.ts'
import { formatTime, printable } from './output.ts'
import { createSession } from './session.ts'
import { type Column, formatTable } from './table.ts'

const columns: readonly Column<Snapshot>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'name', of: ({ name }) => name },
  { name: 'created', of: ({ created }) => formatTime(created) },
  { name: 'tenants', of: ({ tenants }) => tenants.map(({ id }) => id).join(', ') },
  { name: 'resources', of: ({ tenants }) => sum(tenants.flatMap(({ counts }) => Object.values(counts))) },
  { name: 'bytes', of: ({ bytes }) => bytes },
]

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

/** `scimulator snapshot`: saved contents of all tenants. */
export function snapshotCommand(snapshot: Command): void {
  listingCommand(snapshot, 'List snapshots, newest first').action(listSnapshots)
  snapshot
    .command('save [name]')
    .description('Save a snapshot; the default name is the current time')
    .action(save)
  snapshot
    .command('restore <id>')
    .description('Restore a snapshot')
    .option('--yes', 'Confirm the action (required)')
    .action(restore)
  snapshot.command('delete <id>').description('Delete a snapshot').action(remove)
}

async function listSnapshots(_options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const snapshots = await api.call('GET /snapshots')
  const none = 'No snapshots. Save one with `scimulator snapshot save`.\n'
  show(snapshots, snapshots.items.length === 0 ? none : formatTable(columns, snapshots.items))
}

async function save(name: string | undefined, _options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const snapshot = await api.call('POST /snapshots', { body: { name } })
  show(snapshot, `Saved ${printable(snapshot.name)} as ${snapshot.id}.\n`)
}

async function restore(id: string, { yes }: { readonly yes?: true }, command: Command): Promise<void> {
  if (!yes) throw wrongUse('This replaces the contents of all tenants in the snapshot. Use --yes to confirm.')
  const { api, show } = createSession(command)
  const restored = await api.call('POST /snapshots/:id/restore', { params: { id } })
  show(restored, formatRestored(restored))
}

function formatRestored({ tenants, skipped }: RestoreResult): string {
  const restored =
    tenants.length === 0 ? 'No tenant of the snapshot exists anymore.\n' : `Restored ${tenants.join(', ')}.\n`
  return skipped.length === 0 ? restored : `${restored}Skipped deleted tenants: ${skipped.join(', ')}.\n`
}

async function remove(id: string, _options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const result = await api.call('DELETE /snapshots/:id', { params: { id } })
  show(result, `Deleted snapshot ${id}.\n`)
}
