import type { Command } from 'commander'
import type { Input, Item, PageKey } from '../../domain/contract/client.ts'
import { type ApiClient, createApiClient, fetchItems } from './api-client.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { printable, printableJson } from './output.ts'
import { type Column, formatTable, type Layout, layoutOf } from './table.ts'

export type Session = {
  readonly api: ApiClient
  readonly console: { readonly url: string; readonly isDefault: boolean }
  readonly show: (response: unknown, text: string) => void
  readonly json: boolean
  readonly layout: Layout
}

type ProgramOptions = {
  readonly console: string
  readonly consoleToken?: string
  readonly json?: true
  readonly wide?: true
}

export function createSession(command: Command): Session {
  const { console, consoleToken, json = false, wide } = command.optsWithGlobals<ProgramOptions>()
  return {
    api: createApiClient({
      url: console,
      token: consoleToken,
      options: new Map(command.options.map(option => [option.attributeName(), option.long ?? option.flags])),
    }),
    console: { url: console, isDefault: command.getOptionValueSourceWithGlobals('console') === 'default' },
    json,
    layout: layoutOf(process.stdout, wide),
    show(response, text) {
      if (!json) process.stdout.write(text)
      else if (response !== undefined) process.stdout.write(`${printableJson(response, 2)}\n`)
    },
  }
}

type Listing<Item> = {
  readonly limit: number
  readonly columns: readonly Column<Item>[]
  readonly nothing: string
}

export async function list<Key extends PageKey>(
  { api, show, json, layout }: Session,
  key: Key,
  input: Input<Key>,
  { limit, columns, nothing }: Listing<Item<Key>>,
): Promise<void> {
  const page = await fetchItems(api.call, key, input, limit)
  show(page, page.items.length === 0 ? `${printable(nothing)}\n` : formatTable(columns, page.items, layout))
  // To standard error, since a script may read the table.
  if (page.next !== undefined && !json)
    process.stderr.write(`Showing ${page.items.length}. Use --limit 0 for all.\n`)
}

export async function resolveTenant(
  api: ApiClient,
  named: string | undefined,
  how: '--tenant' | 'an argument' = '--tenant',
): Promise<string> {
  if (named !== undefined) return named
  const { items, next } = await api.call('GET /tenants', { query: { limit: 10 } })
  const [only, ...others] = items
  if (only === undefined)
    throw new CliError('The server has no tenant. Create one with `scimulator tenants create`.')
  if (others.length === 0) return only.id
  const names = items.map(({ id }) => id).join(', ')
  throw wrongUse(`The server has several tenants. Specify one with ${how}: ${names}${next ? ', …' : ''}.`)
}
