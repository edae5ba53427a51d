import type { Deliveries } from '../../domain/ports/deliveries.ts'
import { createDeliveriesStore } from '../common/deliveries.ts'
import type { Hints } from './cluster/hints.ts'
import type { Reads } from './connect.ts'
import { postgresDialect } from './dialect.ts'
import { createStatementRunner } from './statement.ts'

type DeliveriesOptions = {
  readonly statements: Pick<Reads, 'query'>
  readonly hints: Pick<Hints, 'send' | 'subscribe'>
}

export function createDeliveries({ statements, hints }: DeliveriesOptions): Deliveries {
  const run = createStatementRunner(statements.query)
  return createDeliveriesStore({
    ...postgresDialect,
    ago: milliseconds => `clock_timestamp() - ${milliseconds} * interval '1 ms'`,
    change: run,
    read: run,
    others: {
      notify: () => hints.send('deliveries'),
      onAdded: listener => hints.subscribe('deliveries', listener),
    },
  })
}
