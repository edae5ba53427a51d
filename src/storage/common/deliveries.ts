import {
  type Deliveries,
  maxWaiting,
  maxWaitingTime,
  type WaitingDelivery,
} from '../../domain/ports/deliveries.ts'
import { type GivenDialect, type NamedStatement, type Rows, texts } from './dialect.ts'

type DeliveriesRunner = GivenDialect & {
  readonly ago: (milliseconds: number) => string
  /** The change is on disk when the promise resolves. Returns the rows of `returning`. */
  change(statement: NamedStatement): Promise<Rows>
  read(statement: NamedStatement): Rows | Promise<Rows>
  readonly others?: { notify(): void; readonly onAdded: Deliveries['onAdded'] }
}

const columns = texts('id', 'target', 'event', 'body')
const names = Object.keys(columns)

export function createDeliveriesStore({ ago, change, read, others, given }: DeliveriesRunner): Deliveries {
  const listeners = new Set<() => void>()
  // The update changes nothing: it returns messages that wait already.
  const insert = `
    insert into deliveries (${names}, added) select ${names}, ${ago(0)} from ${given(columns)}
    where (select count(*) from deliveries d where d.target = given.target) < ${maxWaiting}
    on conflict (target, id) do update set target = excluded.target
    returning target`

  return {
    async add(deliveries) {
      const added = await change({ text: insert, given: { columns, rows: deliveries } })
      for (const listener of listeners) listener()
      others?.notify()
      const targets = new Set((added as readonly { readonly target: string }[]).map(({ target }) => target))
      return deliveries.map(({ target }) => target).filter(target => !targets.has(target))
    },
    async oldest(target) {
      const text =
        'select id, target, event, body from deliveries where target = @target order by key limit 1'
      const [oldest] = (await read({ text, params: { target } })) as readonly WaitingDelivery[]
      return oldest
    },
    async remove({ id, target }) {
      await change({
        text: 'delete from deliveries where target = @target and id = @id',
        params: { id, target },
      })
    },
    async removeOld() {
      await change({ text: `delete from deliveries where added < ${ago(maxWaitingTime)}` })
    },
    onAdded(listener) {
      listeners.add(listener)
      const unsubscribe = others?.onAdded(listener)
      return () => {
        listeners.delete(listener)
        unsubscribe?.()
      }
    },
  }
}
