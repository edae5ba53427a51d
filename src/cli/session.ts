import type { Command } from 'commander'
import { type ApiClient, apiPath, createApiClient, fetchItems, type Page, type Query } from './api-client.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { type Column, formatTable, printable, printableJson } from './output.ts'

/** What a command works with: the server it talks to, and how its answers are shown. */
export type Session = {
  readonly api: ApiClient
  /** Shows an answer: as the API gave it under `--json`, in words otherwise. */
  readonly show: (answer: unknown, text: string) => void
  /** Whether answers are shown as the API gave them. */
  readonly json: boolean
}

export type ProgramOptions = {
  readonly console: string
  readonly consoleToken?: string
  readonly json?: true
}

export function createSession(command: Command): Session {
  const { console, consoleToken, json = false } = command.optsWithGlobals<ProgramOptions>()
  return {
    api: createApiClient({ url: console, token: consoleToken }),
    json,
    show(answer, text) {
      if (!json) process.stdout.write(text)
      else if (answer !== undefined) process.stdout.write(`${printableJson(answer, 2)}\n`)
    },
  }
}

export type Listing<Item> = {
  readonly path: string
  readonly query?: Query
  readonly limit: number
  readonly columns: readonly Column<Item>[]
  /** What people read when there is nothing to list. */
  readonly nothing: string
}

/** Lists what an address of the API has, as a table for people. */
export async function list<Item>({ api, show, json }: Session, listing: Listing<Item>): Promise<void> {
  const { path, query = {}, limit, columns, nothing } = listing
  const page = await fetchItems<Item>(api, path, query, limit)
  show(page, page.items.length === 0 ? `${printable(nothing)}\n` : formatTable(columns, page.items))
  // Not in the way of those who read the table from a pipe.
  if (page.next !== undefined && !json)
    process.stderr.write(`There are more: --limit shows more than ${limit}.\n`)
}

/** The tenant that is meant: the one that is named, or the server's only one. */
export async function resolveTenant(api: ApiClient, named: string | undefined): Promise<string> {
  if (named !== undefined) return named
  const { items, next } = await api.get<Page<{ readonly id: string }>>(apiPath('tenants'), {
    query: { limit: 10 },
  })
  const [only, ...others] = items
  if (only === undefined)
    throw new CliError('The server has no tenant: make one with `scimulator tenants create`.')
  if (others.length === 0) return only.id
  const names = items.map(({ id }) => id).join(', ')
  throw wrongUse(
    `The server has several tenants, so name the one that is meant: ${names}${next ? ', …' : ''}.`,
  )
}
