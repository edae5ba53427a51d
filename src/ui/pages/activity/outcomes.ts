import { signal } from '@preact/signals'
import type { Exchange } from '../../../domain/contract/exchanges.ts'
import type { Outcome } from '../../../domain/contract/explanation.ts'
import { call } from '../../api.ts'

type Known = { readonly outcome: Outcome | undefined; readonly names: Readonly<Record<string, string>> }

/** The outcomes of rows that were shown, by the ID of the exchange. */
export const outcomes = signal<ReadonlyMap<string, Known>>(new Map())

/** A list left open for weeks must not fill the browser's memory. */
const maxKnown = 10_000

/** As many as the operation takes. */
const maxIds = 40

const wanted = new Set<string>()
let timer: ReturnType<typeof setTimeout> | undefined

/** Milliseconds: rows that are scrolled past are not read. */
const delay = 60

const hasOutcome = ({ status, method, refusal, fault, tenant, operation, target }: Exchange): boolean => {
  if (tenant === undefined || operation === 'bulk') return false
  return status < 400 ? method !== 'GET' && target?.id !== undefined : refusal === undefined && !fault
}

/** Reads what an exchange changed, with those of the other rows. Returns a function that gives up. */
export function wantOutcome(exchange: Exchange): () => void {
  if (!hasOutcome(exchange) || outcomes.peek().has(exchange.id)) return () => {}
  wanted.add(exchange.id)
  if (timer === undefined) timer = setTimeout(() => void load(), delay)
  return () => wanted.delete(exchange.id)
}

async function load(): Promise<void> {
  const ids = [...wanted].slice(0, maxIds)
  for (const id of ids) wanted.delete(id)
  const found =
    ids.length === 0
      ? undefined
      : await call('GET /exchanges/outcomes', { query: { ids: ids.join(',') } }).catch(() => undefined)
  timer = wanted.size === 0 ? undefined : setTimeout(() => void load())
  if (!found) return
  const next = new Map(outcomes.peek().size > maxKnown ? [] : outcomes.peek())
  for (const id of ids)
    next.set(id, { outcome: found.items.find(({ exchange }) => exchange === id), names: found.names })
  outcomes.value = next
}
