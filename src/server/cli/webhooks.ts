import type { Webhook, WebhookTest } from '../../domain/contract/webhooks.ts'
import { noun, runs, table } from './noun.ts'
import { formatAgo, formatCount } from './output.ts'
import type { Column } from './table.ts'

const columns: readonly Column<Webhook>[] = [
  { name: 'webhook', of: ({ url }) => url },
  { name: 'signed', of: ({ signed }) => (signed ? 'yes' : 'no') },
  { name: 'delivered', of: ({ delivered }) => delivered },
  { name: 'failed', of: ({ failed }) => failed },
  { name: 'last event', of: ({ last }) => last?.event },
  { name: 'status', of: ({ last }) => last?.status },
  { name: 'time', of: ({ last }, now) => last && formatAgo(last.at, now) },
]

const testColumns: readonly Column<WebhookTest>[] = [
  { name: 'webhook', of: ({ url }) => url },
  { name: 'delivered', of: ({ ok }) => (ok ? 'yes' : 'no') },
  { name: 'status', of: ({ status }) => status },
  { name: 'error', of: ({ reason }) => reason },
]

const none = 'No webhooks. Set them with --webhook when you start the server.'

export const webhooks = noun([
  runs('list', 'GET /webhooks', 'List webhooks with their delivery status', { shows: table(columns, none) }),
  runs('test', 'POST /webhooks/test', 'Send a test event to every webhook', {
    shows: table(testColumns, none),
    fails({ items }) {
      const failed = items.filter(({ ok }) => !ok).length
      return failed > 0 ? `${failed} of ${formatCount(items.length, 'webhook')} failed.` : undefined
    },
  }),
])
