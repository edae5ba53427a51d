import type { Command } from 'commander'
import type { Webhook, WebhookTest } from '../../domain/contract/webhooks.ts'
import { CliError } from './cli-error.ts'
import { listingCommand } from './options.ts'
import { formatCount, formatTime } from './output.ts'
import { createSession } from './session.ts'
import { type Column, formatTable } from './table.ts'

const columns: readonly Column<Webhook>[] = [
  { name: 'webhook', of: ({ url }) => url },
  { name: 'signed', of: ({ signed }) => (signed ? 'yes' : 'no') },
  { name: 'delivered', of: ({ delivered }) => delivered },
  { name: 'failed', of: ({ failed }) => failed },
  { name: 'last event', of: ({ last }) => last?.event },
  { name: 'status', of: ({ last }) => last?.status },
  { name: 'time', of: ({ last }) => last && formatTime(last.at) },
]

const testColumns: readonly Column<WebhookTest>[] = [
  { name: 'webhook', of: ({ url }) => url },
  { name: 'delivered', of: ({ ok }) => (ok ? 'yes' : 'no') },
  { name: 'status', of: ({ status }) => status },
  { name: 'error', of: ({ reason }) => reason },
]

const none = 'No webhooks. Set them with --webhook when you start the server.\n'

/** `scimulator webhooks`: the webhooks and their deliveries. */
export function webhooksCommand(webhooks: Command): void {
  listingCommand(webhooks, 'List webhooks with their delivery status').action(list)
  webhooks.command('test').description('Send a test event to every webhook').action(test)
}

async function list(_options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const webhooks = await api.call('GET /webhooks')
  show(webhooks, webhooks.items.length === 0 ? none : formatTable(columns, webhooks.items))
}

async function test(_options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const results = await api.call('POST /webhooks/test')
  show(results, results.items.length === 0 ? none : formatTable(testColumns, results.items))
  const failed = results.items.filter(({ ok }) => !ok).length
  if (failed > 0) throw new CliError(`${failed} of ${formatCount(results.items.length, 'webhook')} failed.`)
}
