import type { Test } from 'tap'
import { createSingleInstanceLeases } from '../../src/persistence/single-instance-leases.ts'
import type { Deliveries } from '../../src/ports/deliveries.ts'
import { connect } from '../../src/sqlite/connections.ts'
import { openSqlite } from '../../src/sqlite/database.ts'
import { createDeliveries } from '../../src/sqlite/deliveries.ts'
import { migrate } from '../../src/sqlite/migrations.ts'
import { createWriter } from '../../src/sqlite/writer.ts'
import { createWebhooks, type Webhooks } from '../../src/webhooks/webhooks.ts'

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

type Options = Omit<Parameters<typeof createWebhooks>[0], 'deliveries' | 'leases'>

/** Webhooks of the only instance over a database in memory. */
export function startWebhooks(t: Pick<Test, 'teardown'>, options: Options): Webhooks {
  const webhooks = createWebhooks({
    ...options,
    deliveries: openDeliveries(t),
    leases: createSingleInstanceLeases(),
  })
  t.teardown(webhooks.stop)
  return webhooks
}
