import type { Cycle } from '../../analysis/cycle.ts'
import type { CycleState } from '../../analysis/cycle-forecast.ts'
import type { Finding, FindingKind, FindingOrigin } from '../../analysis/finding.ts'
import type { SetupStep } from '../../analysis/setup-step.ts'
import type { Exchange } from '../../journal/exchange.ts'
import { viewCycle } from '../api/cycle-view.ts'
import { viewExchange, viewNotes } from '../api/exchange-view.ts'
import type { Change } from './changes.ts'

/** What streams of events tell. */
export type LiveEvent =
  /** The first one of each stream; `at` is the machine's time as ISO text. */
  | { readonly kind: 'hello'; readonly version: string; readonly at: string }
  | { readonly kind: 'exchange'; readonly exchange: Exchange }
  /** Exchanges that have their notes now. */
  | { readonly kind: 'analysed'; readonly items: readonly Exchange[] }
  /** A run of a client has begun or gone on. */
  | { readonly kind: 'cycle'; readonly cycle: Cycle; readonly state: CycleState }
  /** Something was found about the tenant that wasn't before. */
  | {
      readonly kind: 'finding'
      readonly tenant: string
      /** Its id. */
      readonly exchange: string
      readonly finding: Finding
      readonly origin: FindingOrigin
      readonly title: string
      readonly severity: FindingKind['severity']
    }
  /** A step of a tenant's set-up is done. */
  | { readonly kind: 'setup-step'; readonly tenant: string; readonly step: SetupStep }
  | ({ readonly kind: 'changed' } & Change)
  /** Some were missed: what is shown has to be loaded anew. */
  | { readonly kind: 'gap' }

/** An event as it goes over the wire (HTML Living Standard §9.2). JSON has no line breaks of its own. */
export const eventText = (event: LiveEvent): string =>
  `event: ${event.kind}\n${event.kind === 'exchange' ? `id: ${event.exchange.id}\n` : ''}data: ${JSON.stringify(dataOf(event))}\n\n`

function dataOf(event: LiveEvent): object {
  switch (event.kind) {
    case 'exchange':
      return viewExchange(event.exchange)
    case 'analysed':
      return { items: event.items.map(notesOf) }
    case 'cycle':
      return viewCycle(event.cycle, event.state)
    case 'finding': {
      const { kind: _kind, finding, ...rest } = event
      return { ...rest, id: finding.id, subject: finding.subject }
    }
    case 'setup-step':
      return { tenant: event.tenant, step: event.step.id }
    default: {
      const { kind: _kind, ...data } = event
      return data
    }
  }
}

const notesOf = ({ id, notes }: Exchange) => ({ id, ...viewNotes(notes) })

/** A line that readers pass over; it keeps proxies from taking the connection for a dead one. */
export const heartbeatText = ': still here\n\n'
