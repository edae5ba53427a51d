import { minute } from '../../domain/duration.ts'
import type { ClientKind, Exchange } from '../../domain/journal/exchange.ts'
import {
  type AnalysisStore,
  type Cycle,
  recentCycleCount,
  type SetupStep,
  type SetupStepId,
  setupStepIds,
  type TenantStep,
} from '../../domain/ports/analysis.ts'
import type { TenantStore } from '../../domain/tenants/tenant.ts'
import { groupType, userType } from '../../scim/core-schemas.ts'
import { isSuccessfulProbe } from './client.ts'
import { type BatchAnalysis, cycleClientKey, hasEnded } from './cycles.ts'
import { type DiagnosisSubject, readSubject } from './diagnosis/subject.ts'

export type SetupProgress = {
  load(tenants: readonly (string | undefined)[]): Promise<void>
  isPending(tenant: string | undefined, step: SetupStepId, at: number): boolean
  cycleSteps(batch: BatchAnalysis): Promise<readonly TenantStep[]>
  markSaved(steps: readonly TenantStep[]): void
  clear(): void
}

export function createSetupProgress(
  store: Pick<AnalysisStore, 'completedSteps' | 'recentCycles'>,
  tenants: Pick<TenantStore, 'find'>,
): SetupProgress {
  /** Completed steps by tenant: most exchanges need no check. */
  const known = new Map<string, Set<SetupStepId>>()

  const load: SetupProgress['load'] = async ids => {
    const isUnknown = (id: string | undefined): id is string =>
      id !== undefined && !known.has(id) && tenants.find(id) !== undefined
    const unknown = [...new Set(ids)].filter(isUnknown)
    if (unknown.length === 0) return
    const completed = await store.completedSteps(unknown)
    for (const id of unknown) known.set(id, new Set(completed.get(id)))
  }

  const isPending: SetupProgress['isPending'] = (tenant, step, at) => {
    const found = tenant === undefined ? undefined : tenants.find(tenant)
    // A new tenant may reuse the id: earlier requests are not its own.
    return found !== undefined && at >= found.created && known.get(found.id)?.has(step) === false
  }

  const cleanStep = (cycle: Cycle): readonly TenantStep[] => {
    const { tenant, started, last, tenantLast } = cycle
    if (!isPending(tenant, 'no-failure', started)) return []
    return [{ tenant, step: toCycleStep('no-failure', cycle, { at: last, tenantTime: tenantLast }) }]
  }

  const stepsOf = async (cycle: Cycle, cycles: readonly Cycle[]): Promise<readonly TenantStep[]> => {
    const { tenant, started, tenantStarted } = cycle
    const needsSecond = isPending(tenant, 'second-cycle', started)
    if (
      cycle.client !== 'entra' ||
      cycle.kind === 'on-demand' ||
      !(needsSecond || isPending(tenant, 'no-failure', started))
    )
      return []
    const recent = recentAfter(cycles, cycle, await store.recentCycles(cycle))
    // Only cycles before the newest are over.
    const clean = recent.slice(1).findLast(hasNoFailure)
    const second = toCycleStep('second-cycle', cycle, { at: started, tenantTime: tenantStarted })
    return [
      ...(needsSecond && isOnTime(cycle, recent) ? [{ tenant, step: second }] : []),
      ...(clean ? cleanStep(clean) : []),
    ]
  }

  /** A pause also ends a cycle; requests of other clients reveal it. */
  const silentSteps = async ({ items, latestCycles }: BatchAnalysis): Promise<readonly TenantStep[]> => {
    const now = items.at(-1)?.exchange.at ?? 0
    const silent = [...latestCycles.values()].filter(
      // A tenant's clock advances at least as fast as the machine's.
      cycle => hasNoFailure(cycle) && hasEnded(cycle, cycle.tenantLast + (now - cycle.last)),
    )
    await load(silent.map(({ tenant }) => tenant))
    return silent.flatMap(cleanStep)
  }

  return {
    load,
    isPending,
    async cycleSteps(batch) {
      const found = await Promise.all([
        ...batch.cycles.map(cycle => stepsOf(cycle, batch.cycles)),
        silentSteps(batch),
      ])
      return found.flat()
    },
    markSaved(steps) {
      for (const { tenant, step } of steps) known.get(tenant)?.add(step.id)
    },
    clear: () => known.clear(),
  }
}

/** The last cycles of a client once these are stored, newest first. Batches start cycles after the stored ones. */
function recentAfter(cycles: readonly Cycle[], of: Cycle, stored: readonly Cycle[]): readonly Cycle[] {
  const inBatch = new Set(cycles.map(({ id }) => id))
  const own = cycles.filter(
    one => one.kind !== 'on-demand' && one.client === of.client && cycleClientKey(one) === cycleClientKey(of),
  )
  return [...own.toReversed(), ...stored.filter(({ id }) => !inBatch.has(id))].slice(0, recentCycleCount)
}

export function detectSetupSteps(
  exchange: Exchange,
  client: ClientKind,
  isOpen: (step: SetupStepId) => boolean,
): readonly SetupStepId[] {
  if (client !== 'entra' && client !== 'service') return []
  const open = setupStepIds.filter(step => step in stepTests && isOpen(step))
  if (open.length === 0) return []
  const subject = isSuccessfulWrite(exchange) ? readSubject({ exchange }) : undefined
  return open.filter(step => stepTests[step]?.(exchange, subject, client))
}

const isSuccessfulWrite = ({ method, status }: Exchange) =>
  (method === 'PATCH' || method === 'PUT') && isSuccess(status)

const isSuccess = (status: number) => status >= 200 && status < 300

type StepTest = (exchange: Exchange, subject: DiagnosisSubject | undefined, client: ClientKind) => boolean

const creates =
  (type: string): StepTest =>
  ({ method, status, target }) =>
    method === 'POST' && status === 201 && target?.type === type

const stepTests: Readonly<Partial<Record<SetupStepId, StepTest>>> = {
  contact: () => true,
  'test-connection': (exchange, _subject, client) =>
    client === 'entra' ? isSuccessfulProbe(exchange) : isPlainRead(exchange),
  user: creates(userType.name),
  group: creates(groupType.name),
  membership: (_exchange, subject) =>
    subject?.type === groupType &&
    subject.writtenValues.some(
      ({ path, op, value }) => path === 'members.value' && isAdd(op) && value !== null,
    ),
  disabled: (_exchange, subject) =>
    subject?.type === userType &&
    subject.writtenValues.some(({ path, op, value }) => path === 'active' && isAdd(op) && isFalse(value)),
  deleted: ({ method, status, target }) =>
    method === 'DELETE' && isSuccess(status) && target?.type === userType.name,
}

/** Other services test a connection by a list without a filter, or by reading what the target supports. */
const isPlainRead = ({ method, status, url }: Exchange) =>
  method === 'GET' &&
  status === 200 &&
  /\/(Users|Groups|ServiceProviderConfig)(\?|$)/i.test(url) &&
  !/[?&]filter=/i.test(url)

const isAdd = (op: string | undefined) => op?.toLowerCase() !== 'remove'

/** In its default dialect Entra ID sends booleans as strings. */
const isFalse = (value: unknown) => value === false || (typeof value === 'string' && /^false$/i.test(value))

/** Entra ID starts a cycle about 40 minutes after the last one started (Microsoft: how provisioning works). */
const onTimeWindow = { from: 25 * minute, until: 60 * minute }

export const isOnTime = (cycle: Cycle, recent: readonly Cycle[]): boolean =>
  recent.some(earlier => {
    const period = cycle.tenantStarted - earlier.tenantStarted
    return earlier.kind === 'cycle' && period >= onTimeWindow.from && period <= onTimeWindow.until
  })

export const hasNoFailure = ({ client, kind, failed }: Cycle): boolean =>
  client === 'entra' && kind === 'cycle' && failed === 0

export function toExchangeStep(
  id: SetupStepId,
  { id: exchange, at, tenantTime, request }: Exchange,
): SetupStep {
  const userAgent = request.headers['user-agent']?.trim()
  return { id, at, tenantTime, exchange, ...(userAgent && { userAgent }) }
}

const toCycleStep = (
  id: SetupStepId,
  cycle: Cycle,
  moment: Pick<SetupStep, 'at' | 'tenantTime'>,
): SetupStep => ({ id, ...moment, exchange: cycle.id })
