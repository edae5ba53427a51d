import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ConsoleToken, NewConsoleToken } from '../../domain/contract/console-tokens.ts'
import { limitOption, listingCommand, parseDurationText } from './options.ts'
import { formatTime } from './output.ts'
import { createSession, list } from './session.ts'
import { type Column, formatRecord } from './table.ts'

const columns: readonly Column<ConsoleToken>[] = [
  { name: 'token', of: ({ id }) => id, shows: 'whole' },
  { name: 'name', of: ({ name }) => name },
  { name: 'scope', of: ({ scope }) => scope },
  { name: 'ends in', of: ({ ending }) => ending },
  { name: 'created', of: ({ created }) => formatTime(created), shows: 'whole', isExtra: true },
  {
    name: 'expires',
    of: ({ expires, expired }) => `${formatTime(expires)}${expired ? ' (expired)' : ''}`,
    tone: ({ expired }) => (expired ? 'warning' : undefined),
    shows: 'whole',
  },
  { name: 'requests', of: ({ requests }) => requests, isExtra: true },
  { name: 'last used', of: ({ lastUsed }) => formatTime(lastUsed), shows: 'whole', isExtra: true },
]

type Scope = ConsoleToken['scope']

/** Each includes those before it. */
const allScopes: readonly Scope[] = ['metrics', 'read', 'write', 'destroy']

/** `scimulator console-tokens`: the named tokens of scripts that use the console. */
export function consoleTokensCommand(tokens: Command): void {
  listingCommand(tokens, 'List console tokens, newest first').addOption(limitOption(50)).action(listTokens)
  tokens
    .command('create <name>')
    .description('Create a console token; it is shown once')
    .addOption(
      new Option(
        '--scope <scope>',
        'metrics, read, write or destroy; each includes those before it. Of several, separated by commas, the last one in this order counts',
      )
        .default('read')
        .argParser(parseScope),
    )
    .addOption(
      new Option('--for <duration>', 'How long it is valid').default('90d').argParser(parseDurationText),
    )
    .action(createToken)
  tokens
    .command('delete <token>')
    .description('Delete a console token by its ID; scripts that use it get 401')
    .action(deleteToken)
}

/** The highest of several scopes. */
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

const listTokens = ({ limit }: { readonly limit: number }, command: Command): Promise<void> =>
  list(
    createSession(command),
    'GET /console-tokens',
    {},
    {
      limit,
      columns,
      nothing: 'There are no console tokens. Create one with `scimulator console-tokens create`.',
    },
  )

async function createToken(
  name: string,
  { scope, for: validity }: Pick<NewConsoleToken, 'scope' | 'for'>,
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const token = await api.call('POST /console-tokens', { body: { name, scope, for: validity } })
  const text = formatRecord([
    ['token', token.id],
    ['name', token.name],
    ['scope', token.scope],
    ['expires', formatTime(token.expires)],
    ['value', token.value],
  ])
  show(token, `${text}\nThe token is shown once.\n`)
}

async function deleteToken(token: string, _options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const result = await api.call('DELETE /console-tokens/:token', { params: { token } })
  show(result, `Deleted console token ${token}.\n`)
}
