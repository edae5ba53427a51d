import type { Writer } from '../../domain/ports/database.ts'
import type { Deliveries } from '../../domain/ports/deliveries.ts'
import { createDeliveriesStore } from '../common/deliveries.ts'
import type { Connections } from './connections.ts'
import { sqliteDialect } from './dialect.ts'
import { createStatementRunner } from './statements.ts'

type DeliveriesOptions = {
  readonly writer: Pick<Writer, 'write'>
  readonly clock: () => number
}

export function createDeliveries(
  { writes, reads }: Pick<Connections, 'writes' | 'reads'>,
  { writer, clock }: DeliveriesOptions,
): Deliveries {
  const run = createStatementRunner(writes)
  return createDeliveriesStore({
    ...sqliteDialect,
    ago: milliseconds => `@now - ${milliseconds}`,
    change: statement =>
      writer.write(() => run({ ...statement, params: { ...statement.params, now: clock() } })),
    read: createStatementRunner(reads),
  })
}
