import { createHash } from 'node:crypto'
import type { Exchange } from '../../journal/exchange.ts'

/** So many resources are remembered, those that were changed last. */
const most = 10_000

type Last = { readonly exchange: string; readonly hash: string; readonly times: number }

/** Counts how often in a row the same PATCH was sent to a resource, and taken. What failed may be tried again. */
export function createRepeats(): (exchange: Exchange) => number {
  const lastOf = new Map<string, Last>()

  return ({ id, method, status, tenant, target, request }) => {
    if (method === 'GET' || target?.id === undefined || status >= 400) return 1
    const key = `${tenant} ${target.type} ${target.id}`
    const last = lastOf.get(key)
    // The same exchange may be looked at again, when what was found about it couldn't be kept.
    if (last?.exchange === id) return last.times
    lastOf.delete(key)
    if (method !== 'PATCH' || request.body === undefined || request.cutFrom !== undefined) return 1
    const hash = createHash('sha256').update(request.body).digest('base64')
    const times = last?.hash === hash ? last.times + 1 : 1
    lastOf.set(key, { exchange: id, hash, times })
    const [oldest] = lastOf.keys()
    if (lastOf.size > most && oldest !== undefined) lastOf.delete(oldest)
    return times
  }
}
