import type { Test } from 'tap'
import { createWebhooks, type Webhooks } from '../../src/console/webhooks/webhooks.ts'
import type { Deliveries } from '../../src/domain/ports/deliveries.ts'
import { createOnlyInstance } from '../../src/domain/ports/leader.ts'
import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createDeliveries } from '../../src/storage/sqlite/stores.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'

/** Messages that wait in SQLite, in memory without a path. */
export function openDeliveries(
  t: Pick<Test, 'teardown'>,
  { path, clock = Date.now }: { readonly path?: string; readonly clock?: () => number } = {},
): Deliveries {
  const db = openSqlite(path)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db, { snapshot: connections.snapshot })
  t.teardown(async () => {
    await writer.close()
    await connections.close()
  })
  return createDeliveries(connections, { writer, clock })
}

type Options = Omit<Parameters<typeof createWebhooks>[0], 'deliveries' | 'leader'>

/** Webhooks of the only instance over a database in memory. */
export function startWebhooks(t: Pick<Test, 'teardown'>, options: Options): Webhooks {
  const webhooks = createWebhooks({
    ...options,
    deliveries: openDeliveries(t),
    leader: createOnlyInstance(),
  })
  t.teardown(webhooks.stop)
  return webhooks
}
