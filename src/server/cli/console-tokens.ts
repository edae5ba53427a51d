import { InvalidArgumentError } from 'commander'
import type { ConsoleToken } from '../../domain/contract/console-access.ts'
import { lists, noun, runs } from './noun.ts'
import { duration, value, withDefault } from './options.ts'
import { formatAgo, formatTime } from './output.ts'
import { type Column, formatRecord } from './table.ts'

const columns: readonly Column<ConsoleToken>[] = [
  { name: 'token', of: ({ id }) => id, shows: 'whole' },
  { name: 'name', of: ({ name }) => name },
  { name: 'scope', of: ({ scope }) => scope },
  { name: 'ends in', of: ({ ending }) => ending },
  { name: 'created', of: ({ created }, now) => formatAgo(created, now), shows: 'whole', isExtra: true },
  {
    name: 'expires',
    of: ({ expires, expired }, now) => `${formatAgo(expires, now)}${expired ? ' (expired)' : ''}`,
    tone: ({ expired }) => (expired ? 'warning' : undefined),
    shows: 'whole',
  },
  { name: 'requests', of: ({ requests }) => requests, isExtra: true },
  { name: 'last used', of: ({ lastUsed }, now) => formatAgo(lastUsed, now), shows: 'whole', isExtra: true },
]

type Scope = ConsoleToken['scope']

/** Each includes those before it. */
const allScopes: readonly Scope[] = ['metrics', 'read', 'write', 'destroy']

function parseScope(text: string): Scope {
  const names: readonly string[] = allScopes
  const ranks = text.split(',').map(name => names.indexOf(name.trim()))
  const highest = allScopes[Math.max(...ranks)]
  if (ranks.includes(-1) || highest === undefined) {
    throw new InvalidArgumentError(
      `expected ${allScopes.join(', ')}, or several of these separated by commas.`,
    )
  }
  return highest
}

export const consoleTokens = noun([
  lists('list', 'GET /console-tokens', 'List console tokens, newest first', {
    columns,
    nothing: 'There are no console tokens. Create one with `scimulator console-tokens create`.',
  }),
  runs('create <name>', 'POST /console-tokens', 'Create a console token; it is shown once', {
    flags: {
      scope: withDefault(
        value(
          'scope',
          'metrics, read, write or destroy; each includes those before it. Of several, separated by commas, the last one in this order counts',
          parseScope,
        ),
        'read',
      ),
      for: withDefault(duration('How long it is valid'), '90d'),
    },
    shows: token =>
      `${formatRecord([
        ['token', token.id],
        ['name', token.name],
        ['scope', token.scope],
        ['expires', formatTime(token.expires)],
        ['value', token.value],
      ])}\nThe token is shown once.\n`,
  }),
  runs(
    'delete <token>',
    'DELETE /console-tokens/:token',
    'Delete a console token by its ID; scripts that use it get 401',
    { shows: (_, { token }) => `Deleted console token ${token}.\n` },
  ),
])
