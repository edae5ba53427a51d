import { clientShownBy } from '../analysis/client.ts'
import type { Exchange } from '../journal/exchange.ts'
import type { Notify } from './notice.ts'

/** 404 to a look-up, "exists already", "changed meanwhile", "later" and who went away: all in a day's work. */
const isOrdinary = ({ method, status }: Exchange): boolean =>
  (status === 404 && (method === 'GET' || method === 'HEAD')) || [409, 412, 429, 499].includes(status)

/** The compliance suite fails on purpose. */
const isOfSuite = (exchange: Exchange): boolean => clientShownBy(exchange)?.kind === 'compliance'

/** Does something later; answers how to call it off. */
export type Later = (todo: () => void) => () => void

const inAMinute: Later = todo => {
  const timer = setTimeout(todo, 60_000).unref()
  return () => clearTimeout(timer)
}

/** Tells of requests that failed: at once of the first, and of those in the minute after it together. */
export function createFailureWatch(notify: Notify, later: Later = inAMinute) {
  /** By tenant; '' where none is known. */
  const quiet = new Map<string, { readonly callOff: () => void; count: number; newest?: Exchange }>()

  const tell = (exchange: Exchange, count: number) => {
    notify(failure(exchange, count))
    const tenant = exchange.tenant ?? ''
    quiet.set(tenant, { callOff: later(() => again(tenant)), count: 0 })
  }
  const again = (tenant: string) => {
    const meanwhile = quiet.get(tenant)
    quiet.delete(tenant)
    if (meanwhile?.newest) tell(meanwhile.newest, meanwhile.count)
  }

  return {
    see(exchange: Exchange): void {
      if (exchange.status < 400 || isOrdinary(exchange) || isOfSuite(exchange)) return
      const meanwhile = quiet.get(exchange.tenant ?? '')
      if (meanwhile) {
        meanwhile.count++
        meanwhile.newest = exchange
      } else {
        tell(exchange, 1)
      }
    },
    stop(): void {
      for (const { callOff } of quiet.values()) callOff()
      quiet.clear()
    },
  }
}

function failure(exchange: Exchange, count: number): Parameters<Notify>[0] {
  const { id, tenant, status, action, method, fault } = exchange
  const whose = tenant === undefined ? 'no known tenant' : tenant
  const what = `${action} (${method}, status ${status}${fault ? ', spoiled on purpose' : ''})`
  return {
    type: 'failure',
    ...(tenant !== undefined && { tenant }),
    text:
      count === 1
        ? `A request to ${whose} failed: ${what}.`
        : `${count} requests to ${whose} failed, the last one: ${what}.`,
    page: `/exchanges/${id}`,
    facts: { count, exchange: id, status, action },
  }
}
