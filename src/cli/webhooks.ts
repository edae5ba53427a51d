import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { CliError } from './cli-error.ts'
import { listingCommand } from './options.ts'
import { type Column, formatTable, formatTime } from './output.ts'
import { createSession } from './session.ts'

type WebhookAnswer = {
  readonly url: string
  readonly signed: boolean
  readonly delivered: number
  readonly failed: number
  readonly last?: { readonly at: string; readonly event: string; readonly status?: number }
}
type TestAnswer = {
  readonly url: string
  readonly ok: boolean
  readonly status?: number
  readonly reason?: string
}
type Items<Item> = { readonly items: readonly Item[] }

const columns: readonly Column<WebhookAnswer>[] = [
  { name: 'webhook', of: ({ url }) => url },
  { name: 'signed', of: ({ signed }) => (signed ? 'yes' : 'no') },
  { name: 'delivered', of: ({ delivered }) => delivered },
  { name: 'failed', of: ({ failed }) => failed },
  { name: 'last', of: ({ last }) => last?.event },
  { name: 'status', of: ({ last }) => last?.status },
  { name: 'at', of: ({ last }) => last && formatTime(last.at) },
]

const testColumns: readonly Column<TestAnswer>[] = [
  { name: 'webhook', of: ({ url }) => url },
  { name: 'told', of: ({ ok }) => (ok ? 'yes' : 'no') },
  { name: 'status', of: ({ status }) => status },
  { name: 'why not', of: ({ reason }) => reason },
]

const none = 'No webhook is set: start the server with --webhook.\n'

/** `scimulator webhooks`: who is told what happens. */
export function webhooksCommand(program: Command): void {
  const webhooks = program.command('webhooks').description('show whom the server tells what happens')
  listingCommand(webhooks, 'list the webhooks, and how they fare').action(list)
  webhooks.command('test').description('tell every webhook a test').action(test)
}

async function list(_options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const answer = await api.get<Items<WebhookAnswer>>(apiPath('webhooks'))
  show(answer, answer.items.length === 0 ? none : formatTable(columns, answer.items))
}

async function test(_options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const answer = await api.post<Items<TestAnswer>>(apiPath('webhooks', 'test'))
  show(answer, answer.items.length === 0 ? none : formatTable(testColumns, answer.items))
  const failed = answer.items.filter(({ ok }) => !ok).length
  if (failed > 0) throw new CliError(`${failed} of ${answer.items.length} webhooks could not be told.`)
}
