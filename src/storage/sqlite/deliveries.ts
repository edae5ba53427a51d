import type { Writer } from '../../domain/ports/database.ts'
import {
  type Deliveries,
  maxWaiting,
  maxWaitingTime,
  type WaitingDelivery,
} from '../../domain/ports/deliveries.ts'
import type { Connections } from './connections.ts'

type DeliveriesOptions = {
  readonly writer: Pick<Writer, 'write'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Messages to webhooks in SQLite, whose table `migrate` created. */
export function createDeliveries(
  { writes, reads }: Pick<Connections, 'writes' | 'reads'>,
  { writer, clock }: DeliveriesOptions,
): Deliveries {
  const listeners = new Set<() => void>()
  const count = writes.prepare<[string], { readonly waiting: number }>(
    'select count(*) as waiting from deliveries where target = ?',
  )
  const insert = writes.prepare(
    'insert into deliveries (id, target, event, body, added) values (?, ?, ?, ?, ?) on conflict do nothing',
  )
  const oldest = reads.prepare<[string], WaitingDelivery>(
    'select id, target, event, body from deliveries where target = ? order by key limit 1',
  )
  const remove = writes.prepare('delete from deliveries where target = ? and id = ?')
  const removeOld = writes.prepare('delete from deliveries where added < ?')

  const isFull = (target: string) => (count.get(target)?.waiting ?? 0) >= maxWaiting

  return {
    async add(deliveries) {
      const full = await writer.write(() => {
        const rejected = deliveries.filter(({ target }) => isFull(target))
        for (const delivery of deliveries) {
          const { id, target, event, body } = delivery
          if (!rejected.includes(delivery)) insert.run(id, target, event, body, clock())
        }
        return rejected.map(({ target }) => target)
      })
      for (const listener of listeners) listener()
      return full
    },
    oldest: async target => oldest.get(target),
    async remove({ id, target }) {
      await writer.write(() => remove.run(target, id))
    },
    async removeOld() {
      await writer.write(() => removeOld.run(clock() - maxWaitingTime))
    },
    onAdded(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
