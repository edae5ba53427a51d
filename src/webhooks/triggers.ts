import { detectClient } from '../analysis/client.ts'
import { getFindingKind } from '../analysis/diagnosis/diagnose.ts'
import type { AnalysisWorker } from '../analysis/worker.ts'
import type { Exchange } from '../journal/exchange.ts'
import { createTerm } from '../journal/search/parse.ts'
import type { Journal } from '../ports/journal.ts'
import type { TenantStore } from '../ports/tenants.ts'
import type { ExpiryWarning } from '../tenants/expiry.ts'
import type { Notify } from './event.ts'
import type { Webhooks } from './webhooks.ts'

/** 404 to a look-up, "exists already", "changed meanwhile", "later" and who went away: all in a day's work. */
const isExpectedFailure = ({ method, status }: Exchange): boolean =>
  (status === 404 && (method === 'GET' || method === 'HEAD')) || [409, 412, 429, 499].includes(status)

/** The compliance suite fails on purpose. */
const isFromComplianceSuite = (exchange: Exchange): boolean => detectClient(exchange)?.kind === 'compliance'

/** Does something later; answers how to call it off. */
export type Schedule = (todo: () => void) => () => void

const inAMinute: Schedule = todo => {
  const timer = setTimeout(todo, 60_000).unref()
  return () => clearTimeout(timer)
}

/** Tells of requests that failed: at once of the first, and of those in the minute after it together. */
export function createFailureWatch(notify: Notify, later: Schedule = inAMinute) {
  /** By tenant; '' where none is known. */
  const quiet = new Map<string, { readonly callOff: () => void; count: number; newest?: Exchange }>()

  const tell = (exchange: Exchange, count: number) => {
    notify(failureEvent(exchange, count))
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
      if (exchange.status < 400 || isExpectedFailure(exchange) || isFromComplianceSuite(exchange)) return
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

function failureEvent(exchange: Exchange, count: number): Parameters<Notify>[0] {
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

/**
 * Reports the first request to a tenant that doesn't come from Entra ID; `met` are the tenants that had requests before.
 * Entra ID's own first request is a step of the set-up (`watchSetup`).
 */
export function createFirstContactWatch(notify: Notify, met: ReadonlySet<string>) {
  const known = new Set(met)
  return {
    see(exchange: Exchange): void {
      const { id, tenant, action, method, status } = exchange
      if (tenant === undefined || known.has(tenant)) return
      if (detectClient(exchange)?.kind === 'entra') return
      known.add(tenant)
      notify({
        type: 'first-contact',
        tenant,
        text: `First request to ${tenant}: ${action} (${method}, status ${status}).`,
        page: `/exchanges/${id}`,
        facts: { exchange: id, status, action },
      })
    },
  }
}

/** Tells that a token is about to expire, or has expired. */
export const notifyExpiry =
  (notify: Notify) =>
  ({ tenant, token, message }: ExpiryWarning): void =>
    notify({
      type: 'token-expiry',
      tenant: tenant.id,
      text: `The ${message}.`,
      page: `/tenants/${tenant.id}/tokens`,
      facts: { token: token.id, ending: token.ending, expires: new Date(token.expires).toISOString() },
    })

/**
 * Tells what is found about a tenant for the first time; answers how to stop that. What the compliance suite does on
 * purpose is no news.
 */
export const notifyFindings = (analysis: Pick<AnalysisWorker, 'subscribe'>, notify: Notify): (() => void) =>
  analysis.subscribe(event => {
    if (event.kind !== 'finding' || event.origin === 'compliance') return
    const { tenant, exchange, finding, origin } = event
    const { title = finding.id, severity = 'note' } = getFindingKind(finding.id) ?? {}
    notify({
      type: 'finding',
      tenant,
      text: `Found at ${tenant}${origin === 'ad-hoc' ? ' in ad-hoc requests' : ''}: ${title}. ${finding.detail}`,
      page: `/exchanges/${exchange}`,
      facts: {
        finding: finding.id,
        title,
        severity,
        origin,
        exchange,
        ...(finding.subject !== undefined && { subject: finding.subject }),
      },
    })
  })

/**
 * Tells of first contacts and of failures from now on; answers how to stop that. To be awaited before clients are
 * let in, for it looks which tenants they have spoken to before.
 */
export async function notifyRequests(
  journal: Pick<Journal, 'page' | 'subscribe'>,
  tenants: Pick<TenantStore, 'list'>,
  notify: Notify,
): Promise<() => void> {
  const met = new Set<string>()
  for (const { id } of tenants.list()) {
    const { items } = await journal.page({ search: [createTerm('tenant', id)], limit: 1 })
    if (items.length > 0) met.add(id)
  }
  const firstContacts = createFirstContactWatch(notify, met)
  const failures = createFailureWatch(notify)
  const unsubscribe = journal.subscribe(exchange => {
    firstContacts.see(exchange)
    failures.see(exchange)
  })
  return () => {
    unsubscribe()
    failures.stop()
  }
}

/** Reports Entra ID's first request to a tenant, once the set-up has noted it. Returns a function that stops this. */
export const notifySetup = (analysis: Pick<AnalysisWorker, 'subscribe'>, notify: Notify): (() => void) =>
  analysis.subscribe(event => {
    if (event.kind !== 'setup-step' || event.step.id !== 'contact') return
    const { tenant, step } = event
    notify({
      type: 'first-contact',
      tenant,
      text: `First request from Entra ID to ${tenant}.`,
      ...(step.exchange !== undefined && {
        page: `/exchanges/${step.exchange}`,
        facts: { client: 'entra', exchange: step.exchange },
      }),
    })
  })

/** What webhooks are told of. */
export type EventSources = {
  readonly journal: Pick<Journal, 'page' | 'subscribe'>
  readonly tenants: Pick<TenantStore, 'list'>
  readonly analysis: Pick<AnalysisWorker, 'subscribe'>
}

/**
 * Tells webhooks what happens from now on; answers how to stop that. Where nobody is to be told nothing is watched.
 * To be awaited before clients are let in.
 */
export async function startTriggers(
  { journal, tenants, analysis }: EventSources,
  webhooks: Webhooks,
): Promise<() => void> {
  if (webhooks.list().length === 0) return () => {}
  const stopFindings = notifyFindings(analysis, webhooks.notify)
  const stopSetup = notifySetup(analysis, webhooks.notify)
  const stopJournal = await notifyRequests(journal, tenants, webhooks.notify)
  return () => {
    stopFindings()
    stopSetup()
    stopJournal()
    webhooks.stop()
  }
}
