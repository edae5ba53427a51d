import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { wrongUse } from './cli-error.ts'
import { listingCommand } from './options.ts'
import { type Column, formatTable, formatTime, printable } from './output.ts'
import { createSession } from './session.ts'

type SnapshotAnswer = {
  readonly id: string
  readonly name: string
  readonly created: string
  readonly tenants: readonly { readonly id: string; readonly counts: Readonly<Record<string, number>> }[]
  readonly bytes: number
}
type RestoredAnswer = { readonly tenants: readonly string[]; readonly skipped: readonly string[] }

const columns: readonly Column<SnapshotAnswer>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'name', of: ({ name }) => name },
  { name: 'created', of: ({ created }) => formatTime(created) },
  { name: 'tenants', of: ({ tenants }) => tenants.map(({ id }) => id).join(', ') },
  { name: 'resources', of: ({ tenants }) => sum(tenants.flatMap(({ counts }) => Object.values(counts))) },
  { name: 'bytes', of: ({ bytes }) => bytes },
]

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

/** `scimulator snapshot`: what all tenants hold, put aside and brought back. */
export function snapshotCommand(program: Command): void {
  const snapshot = program
    .command('snapshot')
    .description('put aside what all tenants hold, and bring it back; tokens and journal stay')
  listingCommand(snapshot, 'list the snapshots, newest first').action(listSnapshots)
  snapshot
    .command('save [name]')
    .description('save what all tenants hold now; called by its time unless named')
    .action(save)
  snapshot
    .command('restore <id>')
    .description('bring back what the tenants held then')
    .option('--yes', 'yes, in the place of what they hold now')
    .action(restore)
  snapshot.command('delete <id>').description('delete a snapshot').action(remove)
}

async function listSnapshots(_options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const answer = await api.get<{ readonly items: readonly SnapshotAnswer[] }>(apiPath('snapshots'))
  const nothing = 'There are no snapshots: `scimulator snapshot save` makes one.\n'
  show(answer, answer.items.length === 0 ? nothing : formatTable(columns, answer.items))
}

async function save(name: string | undefined, _options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const snapshot = await api.post<SnapshotAnswer>(apiPath('snapshots'), { body: { name } })
  show(snapshot, `Saved ${printable(snapshot.name)} as ${snapshot.id}.\n`)
}

async function restore(id: string, { yes }: { readonly yes?: true }, command: Command): Promise<void> {
  if (!yes) throw wrongUse('This replaces what all tenants of the snapshot hold now: repeat it with --yes.')
  const { api, show } = createSession(command)
  const answer = await api.post<RestoredAnswer>(apiPath('snapshots', id, 'restore'))
  show(answer, formatRestored(answer))
}

function formatRestored({ tenants, skipped }: RestoredAnswer): string {
  const restored =
    tenants.length === 0 ? 'None of its tenants exists any more.\n' : `Restored ${tenants.join(', ')}.\n`
  return skipped.length === 0
    ? restored
    : `${restored}Left out, because they were deleted: ${skipped.join(', ')}.\n`
}

async function remove(id: string, _options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const answer = await api.delete(apiPath('snapshots', id))
  show(answer, `Deleted the snapshot ${id}.\n`)
}
