import type { Logger } from 'pino'
import { minute } from '../domain/duration.ts'
import type { ClientKind, Exchange } from '../domain/journal/exchange.ts'
import type { Cycle } from '../domain/ports/analysis.ts'
import { type TenantStore, tenantNow } from '../domain/tenants/tenant.ts'
import { cycleClientKey, hasEnded } from '../insight/analysis/cycles.ts'
import { objectNames, resultOf } from '../insight/analysis/job-health.ts'
import type { AnalysisWorker } from '../insight/analysis/worker.ts'
import { compact } from '../scim/json.ts'

/** Cycles that are read when this instance begins to analyze: one of them may not have ended. */
const recentCycles = 50
/** Failing objects to remember. An object beyond them is reported again. */
const maxFailing = 10_000
/** Objects with a line of their own, a minute. */
const maxLines = 100

type LogSources = {
  readonly tenants: Pick<TenantStore, 'find'>
  readonly analysis: Pick<AnalysisWorker, 'cycles' | 'subscribeHere' | 'whileAnalyzing'>
  readonly clock: () => number
}

/**
 * Logs each cycle of a provisioning service that has ended and each object that begins to fail, once for all instances: while this one
 * analyzes. The lines have IDs only, since logs are kept where personal data may not be. Returns a function that stops this.
 */
export const startJobLog = ({ tenants, analysis, clock }: LogSources, log: Logger): (() => void) =>
  analysis.whileAnalyzing(() => {
    const cycles = createCycleLog(log, cycle => {
      const tenant = tenants.find(cycle.tenant)
      return tenant === undefined || hasEnded(cycle, tenantNow(tenant, clock()))
    })
    const failures = createFailureLog(log)
    analysis.cycles({ limit: recentCycles }).then(
      ({ items }) => cycles.resume(items),
      () => {},
    )
    const unsubscribe = analysis.subscribeHere(event => {
      if (event.kind === 'cycle') cycles.see(event.cycle)
      if (event.kind === 'analyzed') for (const exchange of event.items) failures.see(exchange)
    })
    const timer = setInterval(() => {
      cycles.check()
      failures.summarize()
    }, minute).unref()
    return () => {
      unsubscribe()
      clearInterval(timer)
    }
  })

const isService = (client: ClientKind | undefined): boolean => client === 'entra' || client === 'service'

/** A cycle has ended when the next one of its client begins, or after five minutes without a request. */
function createCycleLog(log: Pick<Logger, 'info'>, hasEnded: (cycle: Cycle) => boolean) {
  const open = new Map<string, Cycle>()
  const end = ({ tenant, id, kind, client, changed, ...cycle }: Cycle) => {
    const { requests, created, disabled, deleted, failed, started, last } = cycle
    const results = { requests, created, modified: changed, disabled, deleted, failed }
    log.info({ tenant, cycle: id, kind, client, ...results, milliseconds: last - started }, 'a cycle ended')
  }
  const see = (cycle: Cycle) => {
    if (!isService(cycle.client)) return
    const key = cycleClientKey(cycle)
    const before = open.get(key)
    if (before && before.id !== cycle.id) end(before)
    open.set(key, cycle)
  }
  return {
    see,
    /** Newest first, as they are stored. */
    resume(stored: readonly Cycle[]): void {
      for (const cycle of stored) if (!hasEnded(cycle) && !open.has(cycleClientKey(cycle))) see(cycle)
    },
    check(): void {
      for (const [key, cycle] of open) {
        if (!hasEnded(cycle)) continue
        open.delete(key)
        end(cycle)
      }
    },
  }
}

/** Throttled and interrupted requests say nothing about their object. */
const isTransient = ({ status, refusal }: Exchange) =>
  status === 429 || status === 499 || refusal !== undefined

export function createFailureLog(log: Pick<Logger, 'info'>) {
  const failing = new Set<string>()
  let lines = 0
  let more = 0
  return {
    see(exchange: Exchange): void {
      const { id, tenant, notes, method, status, action, target, rule, fault } = exchange
      if (!isService(notes?.client) || method === 'GET' || isTransient(exchange)) return
      const names = objectNames(exchange).map(name => `${tenant} ${name}`)
      const wasFailing = names.some(name => failing.has(name))
      for (const name of names) failing.delete(name)
      if (names.length === 0 || resultOf(exchange) === 'succeeded') return
      for (const name of names) failing.add(name)
      for (const oldest of failing) {
        if (failing.size <= maxFailing) break
        failing.delete(oldest)
      }
      if (wasFailing) return
      if (++lines > maxLines) {
        more++
        return
      }
      const object = compact({ type: target?.type, object: target?.id, rule })
      const injected = fault === undefined ? {} : { injected: true }
      log.info({ tenant, request: id, action, status, ...object, ...injected }, 'an object began to fail')
    },
    summarize(): void {
      if (more > 0) log.info({ objects: more }, 'more objects began to fail')
      lines = 0
      more = 0
    },
  }
}
