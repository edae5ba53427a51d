import type { Session } from '../../domain/contract/console-access.ts'
import { wrongUse } from './cli-error.ts'
import { does, lists, noun } from './noun.ts'
import { toggle } from './options.ts'
import { formatAgo, formatCount } from './output.ts'
import type { Column } from './table.ts'

const columns: readonly Column<Session>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'person', of: ({ name, subject }) => name ?? subject },
  { name: 'role', of: ({ role }) => role },
  { name: 'signed in', of: ({ created }, now) => formatAgo(created, now) },
  { name: 'last used', of: ({ lastUsed }, now) => formatAgo(lastUsed, now) },
  { name: 'expires', of: ({ expires }, now) => formatAgo(expires, now) },
]

export const sessions = noun([
  lists('list', 'GET /sessions', 'List sessions, newest first', {
    columns,
    nothing: 'There are no sessions.',
  }),
  does(
    'end [id]',
    'End a session: its person has to sign in again',
    { flags: { all: toggle('End all sessions') } },
    async ({ id, all }, { api, show }) => {
      if ((id === undefined) === (all === undefined))
        throw wrongUse('Specify either the ID of a session or --all.')
      if (id === undefined) {
        const result = await api.call('DELETE /sessions')
        show(result, `Ended ${formatCount(result.ended, 'session')}.\n`)
      } else {
        show(
          await api.call('DELETE /sessions/:session', { params: { session: id } }),
          `Ended session ${id}.\n`,
        )
      }
    },
  ),
])
