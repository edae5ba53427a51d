import type { Drift } from '../../domain/contract/drift.ts'
import { countBySeverity, formatCounts } from '../../domain/drift.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import { createTerm } from '../../domain/journal/search/parse.ts'
import type { Summary } from '../../domain/journal/summary.ts'
import type { AnalysisEvent } from '../../domain/ports/analysis.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import { type ExpiryWarning, expiringIn } from '../../domain/tenants/expiry.ts'
import type { TrustedIssuer } from '../../domain/tenants/issuers.ts'
import type { Tenant, TenantStore } from '../../domain/tenants/tenant.ts'
import { detectClient } from '../../insight/analysis/client.ts'
import { getFindingKind } from '../../insight/analysis/diagnosis/diagnose.ts'
import type { AnalysisWorker } from '../../insight/analysis/worker.ts'
import type { Notify, WebhookEvent, Webhooks } from './webhooks.ts'

type EventSources = {
  readonly journal: Pick<Journal, 'page' | 'subscribe'>
  readonly tenants: Pick<TenantStore, 'list'>
  readonly analysis: Pick<AnalysisWorker, 'subscribeHere' | 'whileAnalyzing'>
}

/**
 * Notifies webhooks of requests and findings from now on, while this instance is the one that analyzes; without webhooks it watches
 * nothing. Returns a function that stops this. Await it before requests are served, since it reads which tenants had requests
 * before.
 */
export async function startTriggers(
  { journal, tenants, analysis }: EventSources,
  { list, notify }: Pick<Webhooks, 'list' | 'notify'>,
): Promise<() => void> {
  if (list().length === 0) return () => {}
  const notifyIf = (event: WebhookEvent | undefined) => {
    if (event) notify(event)
  }
  // Read before the first requests; later, other instances may have served some.
  let contacted: ReadonlySet<string> | undefined = await contactedTenants(journal, tenants)

  const watch = (): (() => void) => {
    const failures = createFailureTrigger(notify)
    let firstContactEvent: ReturnType<typeof createFirstContactTrigger> = () => undefined
    const watchFirstContacts = (known: ReadonlySet<string>) => {
      firstContactEvent = createFirstContactTrigger(known)
    }
    if (contacted) watchFirstContacts(contacted)
    // Without the journal, no event is better than one for each tenant.
    else contactedTenants(journal, tenants).then(watchFirstContacts, () => {})
    contacted = undefined
    const stops = [
      analysis.subscribeHere(event => notifyIf(analysisEvent(event))),
      journal.subscribe(arrived => {
        notifyIf(firstContactEvent(arrived))
        failures.see(arrived)
      }),
      failures.stop,
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }

  return analysis.whileAnalyzing(watch)
}

async function contactedTenants(
  journal: Pick<Journal, 'page'>,
  tenants: Pick<TenantStore, 'list'>,
): Promise<ReadonlySet<string>> {
  const contacted = new Set<string>()
  for (const { id } of tenants.list()) {
    const { items } = await journal.page({ search: [createTerm('tenant', id)], limit: 1, bodies: 'none' })
    if (items.length > 0) contacted.add(id)
  }
  return contacted
}

/** The first request of Entra ID is a setup step instead. `contacted` are the tenants that had requests before. */
export function createFirstContactTrigger(contacted: ReadonlySet<string>) {
  const known = new Set(contacted)
  return (arrived: Summary): WebhookEvent | undefined => {
    const { tenant } = arrived
    if (tenant === undefined || known.has(tenant)) return undefined
    const exchange = arrived.exchange()
    const { id, action, method, status } = exchange
    if (detectClient(exchange)?.kind === 'entra') return undefined
    known.add(tenant)
    return {
      type: 'first-contact',
      tenant,
      text: `First request to ${tenant}: ${action} (${method}, status ${status}).`,
      page: `/exchanges/${id}`,
      facts: { exchange: id, status, action },
    }
  }
}

type Schedule = (run: () => void) => () => void

const inAMinute: Schedule = run => {
  const timer = setTimeout(run, 60_000).unref()
  return () => clearTimeout(timer)
}

export function createFailureTrigger(notify: Notify, schedule: Schedule = inAMinute) {
  /** By tenant id; '' for requests without a known tenant. */
  const pending = new Map<string, { readonly cancel: () => void; count: number; newest?: Exchange }>()

  const notifyOf = (exchange: Exchange, count: number) => {
    notify(failureEvent(exchange, count))
    const tenant = exchange.tenant ?? ''
    pending.set(tenant, { cancel: schedule(() => summarize(tenant)), count: 0 })
  }
  const summarize = (tenant: string) => {
    const summary = pending.get(tenant)
    pending.delete(tenant)
    if (summary?.newest) notifyOf(summary.newest, summary.count)
  }

  return {
    see(arrived: Summary): void {
      if (arrived.status < 400 || isExpectedFailure(arrived)) return
      const exchange = arrived.exchange()
      if (isFromComplianceSuite(exchange)) return
      const summary = pending.get(exchange.tenant ?? '')
      if (summary) {
        summary.count++
        summary.newest = exchange
      } else {
        notifyOf(exchange, 1)
      }
    },
    stop(): void {
      for (const { cancel } of pending.values()) cancel()
      pending.clear()
    },
  }
}

/** Searches without a result, conflicts, failed preconditions, throttling and disconnected clients are normal. */
const isExpectedFailure = ({ method, status }: Summary): boolean =>
  (status === 404 && (method === 'GET' || method === 'HEAD')) || [409, 412, 429, 499].includes(status)

/** The compliance suite provokes failures. */
const isFromComplianceSuite = (exchange: Exchange): boolean => detectClient(exchange)?.kind === 'compliance'

function failureEvent(exchange: Exchange, count: number): WebhookEvent {
  const { id, tenant, status, action, method, fault } = exchange
  const recipient = tenant ?? 'an unknown tenant'
  const request = `${action} (${method}, status ${status}${fault ? ', fault injected' : ''})`
  return {
    type: 'failure',
    ...(tenant !== undefined && { tenant }),
    text:
      count === 1
        ? `A request to ${recipient} failed: ${request}.`
        : `${count} requests to ${recipient} failed, most recently: ${request}.`,
    page: `/exchanges/${id}`,
    facts: { count, exchange: id, status, action },
  }
}

function analysisEvent(event: AnalysisEvent): WebhookEvent | undefined {
  // The compliance suite provokes findings.
  if (event.kind === 'finding') return event.origin === 'compliance' ? undefined : findingEvent(event)
  return event.kind === 'setup-step' && event.step.id === 'contact' ? entraContactEvent(event) : undefined
}

type AnalysisEventOf<Kind> = Extract<AnalysisEvent, { readonly kind: Kind }>

function findingEvent({ tenant, exchange, finding, origin }: AnalysisEventOf<'finding'>): WebhookEvent {
  const { title = finding.id, severity = 'note' } = getFindingKind(finding.id) ?? {}
  return {
    type: 'finding',
    tenant,
    text: `New finding in ${tenant}${origin === 'ad-hoc' ? ' (ad-hoc requests)' : ''}: ${title}. ${finding.detail}`,
    page: `/exchanges/${exchange}`,
    facts: {
      finding: finding.id,
      title,
      severity,
      origin,
      exchange,
      ...(finding.subject !== undefined && { subject: finding.subject }),
    },
  }
}

const entraContactEvent = ({ tenant, step }: AnalysisEventOf<'setup-step'>): WebhookEvent => ({
  type: 'first-contact',
  tenant,
  text: `First request of an identity provider to ${tenant}.`,
  ...(step.exchange !== undefined && {
    page: `/exchanges/${step.exchange}`,
    facts: { client: 'entra', exchange: step.exchange },
  }),
})

export function expiryEvent(warning: ExpiryWarning): WebhookEvent {
  const { tenant, message } = warning
  const { ending, expires } = expiringIn(warning)
  const facts = { ending, expires: new Date(expires).toISOString() }
  return {
    tenant: tenant.id,
    text: `The ${message}.`,
    page: `/tenants/${tenant.id}/connect?view=credentials`,
    ...('token' in warning
      ? { type: 'token-expiry', facts: { token: warning.token.id, ...facts } }
      : { type: 'secret-expiry', facts: { client: warning.client.id, secret: warning.secret.id, ...facts } }),
  }
}

export const driftEvent = (tenant: string, drift: Drift): WebhookEvent => ({
  type: 'drift',
  tenant,
  text: `Drift in ${tenant}: ${formatCounts(drift)}.`,
  page: `/tenants/${tenant}`,
  facts: { new: drift.states.new ?? 0, ...countBySeverity(drift) },
})

export type IssuerOutage = {
  readonly tenant: Tenant
  readonly issuer: TrustedIssuer
  readonly since: number
  readonly reason: string
}

export const outageEvent = ({ tenant, issuer, since, reason }: IssuerOutage): WebhookEvent => ({
  type: 'issuer-unreachable',
  tenant: tenant.id,
  text: `The keys of the issuer "${issuer.settings.name}" of the tenant ${tenant.id} could not be fetched since ${new Date(since).toISOString()}. ${reason}`,
  page: `/tenants/${tenant.id}/connect?view=credentials`,
  facts: { issuer: issuer.id, since: new Date(since).toISOString() },
})
