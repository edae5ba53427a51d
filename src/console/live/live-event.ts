import type { Exchange } from '../../journal/exchange.ts'
import { viewExchange } from '../api/exchange-view.ts'
import type { Change } from './changes.ts'

/** What streams of events tell. */
export type LiveEvent =
  /** The first one of each stream; `at` is the machine's time as ISO text. */
  | { readonly kind: 'hello'; readonly version: string; readonly at: string }
  | { readonly kind: 'exchange'; readonly exchange: Exchange }
  | ({ readonly kind: 'changed' } & Change)
  /** Some were missed: what is shown has to be loaded anew. */
  | { readonly kind: 'gap' }

/** An event as it goes over the wire (HTML Living Standard §9.2). JSON has no line breaks of its own. */
export function eventText(event: LiveEvent): string {
  const { kind, ...data } = event
  if (event.kind !== 'exchange') return `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`
  return `event: exchange\nid: ${event.exchange.id}\ndata: ${JSON.stringify(viewExchange(event.exchange))}\n\n`
}

/** A line that readers pass over; it keeps proxies from taking the connection for a dead one. */
export const heartbeatText = ': still here\n\n'
