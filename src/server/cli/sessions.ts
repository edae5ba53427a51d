import type { Command } from 'commander'
import type { Session } from '../../domain/contract/sessions.ts'
import { wrongUse } from './cli-error.ts'
import { limitOption, listingCommand } from './options.ts'
import { formatTime } from './output.ts'
import { createSession, list } from './session.ts'
import type { Column } from './table.ts'

const columns: readonly Column<Session>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'person', of: ({ name, subject }) => name ?? subject },
  { name: 'role', of: ({ role }) => role },
  { name: 'signed in', of: ({ created }) => formatTime(created) },
  { name: 'last used', of: ({ lastUsed }) => formatTime(lastUsed) },
  { name: 'expires', of: ({ expires }) => formatTime(expires) },
]

/** `scimulator sessions`: people who are signed in to the console. */
export function sessionsCommand(sessions: Command): void {
  listingCommand(sessions, 'List sessions, newest first').addOption(limitOption(50)).action(listSessions)
  sessions
    .command('end [id]')
    .description('End a session: its person has to sign in again')
    .option('--all', 'End all sessions')
    .action(endSessions)
}

async function listSessions({ limit }: { readonly limit: number }, command: Command): Promise<void> {
  await list(
    createSession(command),
    'GET /sessions',
    {},
    { limit, columns, nothing: 'There are no sessions.' },
  )
}

async function endSessions(
  id: string | undefined,
  { all }: { readonly all?: true },
  command: Command,
): Promise<void> {
  if ((id === undefined) === (all === undefined))
    throw wrongUse('Specify either the ID of a session or --all.')
  const { api, show } = createSession(command)
  if (id === undefined) {
    const result = await api.call('DELETE /sessions')
    show(result, `Ended ${result.ended} ${result.ended === 1 ? 'session' : 'sessions'}.\n`)
  } else {
    const result = await api.call('DELETE /sessions/:session', { params: { session: id } })
    show(result, `Ended session ${id}.\n`)
  }
}
