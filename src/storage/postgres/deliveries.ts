import type { Deliveries } from '../../domain/ports/deliveries.ts'
import { createDeliveriesStore } from '../common/deliveries.ts'
import type { Hints } from './cluster/hints.ts'
import type { Reads } from './connect.ts'
import { postgresDialect } from './dialect.ts'
import { createStatementRunner } from './statement.ts'

type DeliveriesOptions = {
  /** Single statements, which are not repeated. */
  readonly statements: Pick<Reads, 'query'>
  readonly hints: Pick<Hints, 'send' | 'subscribe'>
  /** Milliseconds after which messages of other instances are looked for without a hint. */
  readonly pollInterval?: number
}

/** Messages to webhooks in PostgreSQL: all instances add some, and the one with the lease `webhooks` posts them. */
export function createDeliveries({ statements, hints, pollInterval = 1000 }: DeliveriesOptions): Deliveries {
  const run = createStatementRunner(statements.query)
  return createDeliveriesStore({
    ...postgresDialect,
    ago: milliseconds => `clock_timestamp() - ${milliseconds} * interval '1 ms'`,
    change: run,
    read: run,
    others: {
      notify: () => hints.send('deliveries'),
      onAdded(listener) {
        const unsubscribe = hints.subscribe('deliveries', listener)
        const poll = setInterval(listener, pollInterval).unref()
        return () => {
          unsubscribe()
          clearInterval(poll)
        }
      },
    },
  })
}
