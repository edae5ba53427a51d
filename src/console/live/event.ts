import type { FastifyInstance } from 'fastify'
import type { LiveEventData } from '../../domain/contract/events.ts'
import type { Change } from '../../domain/contract/operation.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import type { Cycle, Finding, FindingKind, FindingOrigin, SetupStep } from '../../domain/ports/analysis.ts'
import type { CycleState } from '../../insight/analysis/cycles.ts'
import { compact } from '../../scim/json.ts'
import { viewCycle } from '../views/cycle.ts'
import { viewExchange, viewNotes } from '../views/exchange.ts'

type ConsoleChange = {
  readonly what: Change
  readonly tenant?: string
}

const tenantParameter = (part: unknown): string | undefined => {
  const name = typeof part === 'object' && part !== null && 'tenant' in part ? part.tenant : undefined
  return typeof name === 'string' ? name : undefined
}

const isPreview = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'preview' in body && body.preview === true

export function announceChanges(app: FastifyInstance, publish: (change: ConsoleChange) => void): void {
  app.addHook('onResponse', async ({ routeOptions, params, body }, { statusCode }) => {
    const what = routeOptions.config.changes
    if (what === undefined || statusCode >= 300 || isPreview(body)) return
    const tenant = tenantParameter(params) ?? tenantParameter(body)
    publish({ what, ...compact({ tenant }) })
  })
}

export type LiveEvent =
  | { readonly kind: 'hello'; readonly version: string; readonly at: string }
  | { readonly kind: 'exchange'; readonly exchange: Exchange }
  | { readonly kind: 'analyzed'; readonly items: readonly Exchange[] }
  | { readonly kind: 'cycle'; readonly cycle: Cycle; readonly state: CycleState }
  | {
      readonly kind: 'finding'
      readonly tenant: string
      readonly exchange: string
      readonly finding: Finding
      readonly origin: FindingOrigin
      readonly title: string
      readonly severity: FindingKind['severity']
    }
  | { readonly kind: 'setup-step'; readonly tenant: string; readonly step: SetupStep }
  | ({ readonly kind: 'changed' } & ConsoleChange)
  | { readonly kind: 'gap' }

/** An event in the stream format (HTML Living Standard §9.2). JSON contains no line breaks. */
export const serializeEvent = (event: LiveEvent): string =>
  `event: ${event.kind}\n${event.kind === 'exchange' ? `id: ${event.exchange.id}\n` : ''}data: ${JSON.stringify(eventData(event))}\n\n`

function eventData(event: LiveEvent): LiveEventData[keyof LiveEventData] {
  switch (event.kind) {
    case 'hello':
      return { version: event.version, at: event.at } satisfies LiveEventData['hello']
    case 'exchange':
      return viewExchange(event.exchange) satisfies LiveEventData['exchange']
    case 'analyzed':
      return { items: event.items.map(viewAnalysis) } satisfies LiveEventData['analyzed']
    case 'cycle':
      return viewCycle(event.cycle, event.state) satisfies LiveEventData['cycle']
    case 'finding': {
      const { kind: _kind, finding, ...rest } = event
      return { ...rest, id: finding.id, subject: finding.subject } satisfies LiveEventData['finding']
    }
    case 'setup-step':
      return { tenant: event.tenant, step: event.step.id } satisfies LiveEventData['setup-step']
    case 'changed': {
      const { kind: _kind, ...change } = event
      return change satisfies LiveEventData['changed']
    }
    case 'gap':
      return {} satisfies LiveEventData['gap']
  }
}

const viewAnalysis = ({ id, notes }: Exchange) => ({ id, ...viewNotes(notes) })

/** A comment, which clients ignore; it keeps proxies from closing an idle connection. */
export const heartbeatText = ': still here\n\n'
