import {
  type Deliveries,
  maxWaiting,
  maxWaitingTime,
  type WaitingDelivery,
} from '../../domain/ports/deliveries.ts'
import type { Hints } from './cluster/hints.ts'
import type { Reads } from './connect.ts'
import { prepared } from './statement.ts'

const add = prepared(`
  with given as (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as given(id, target, event, body)
  ), full_targets as (
    select target from given where (
      select count(*) from deliveries where deliveries.target = given.target) >= ${maxWaiting}
  ), added as (
    insert into deliveries (id, target, event, body)
    select * from given where target not in (select target from full_targets)
    on conflict do nothing
  )
  select target from full_targets`)
const oldest = prepared(
  'select id, target, event, body from deliveries where target = $1 order by key limit 1',
)
const remove = prepared('delete from deliveries where target = $1 and id = $2')
const removeOld = prepared(
  `delete from deliveries where added < clock_timestamp() - ${maxWaitingTime} * interval '1 ms'`,
)

type DeliveriesOptions = {
  /** Single statements, which are not repeated. */
  readonly statements: Pick<Reads, 'query'>
  readonly hints: Pick<Hints, 'send' | 'subscribe'>
  /** Milliseconds after which messages of other instances are looked for without a hint. */
  readonly pollInterval?: number
}

/** Messages to webhooks in PostgreSQL: all instances add some, and the one with the lease `webhooks` posts them. */
export function createDeliveries({ statements, hints, pollInterval = 1000 }: DeliveriesOptions): Deliveries {
  const listeners = new Set<() => void>()
  return {
    async add(deliveries) {
      const full = await statements.query<{ readonly target: string }>(add, [
        deliveries.map(({ id }) => id),
        deliveries.map(({ target }) => target),
        deliveries.map(({ event }) => event),
        deliveries.map(({ body }) => body),
      ])
      for (const listener of listeners) listener()
      hints.send('deliveries')
      return full.map(({ target }) => target)
    },
    async oldest(target) {
      const [delivery] = await statements.query<WaitingDelivery>(oldest, [target])
      return delivery
    },
    async remove({ id, target }) {
      await statements.query(remove, [target, id])
    },
    async removeOld() {
      await statements.query(removeOld)
    },
    onAdded(listener) {
      listeners.add(listener)
      const unsubscribe = hints.subscribe('deliveries', listener)
      const poll = setInterval(listener, pollInterval).unref()
      return () => {
        listeners.delete(listener)
        unsubscribe()
        clearInterval(poll)
      }
    },
  }
}
