import type { FastifyPluginAsync } from 'fastify'
import { toIsoTime } from '../../domain/contract/operation.ts'
import {
  type Failure,
  type Overview,
  type OverviewCycle,
  operations,
} from '../../domain/contract/overview.ts'
import type { Counts } from '../../domain/contract/tenants.ts'
import { describeHeadline, formatWhen, type HeadlineFacts, headlineOf } from '../../domain/headline.ts'
import { refusalLabels } from '../../domain/journal/description.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import type { Cycle, Finding } from '../../domain/ports/analysis.ts'
import { type FailedRequests, maxFailed } from '../../domain/ports/journal.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { getFindingKind } from '../../insight/analysis/diagnosis/diagnose.ts'
import { createExplainer } from '../../insight/analysis/explanation/explain.ts'
import type { FailingRequest } from '../../insight/analysis/failure-counts.ts'
import type { JobState } from '../../insight/analysis/job-health.ts'
import { quarantineThresholds } from '../../insight/analysis/quarantine.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { currentCycleState, viewCycle } from '../views/cycle.ts'
import { currentVerdict, viewAnalysis } from '../views/finding.ts'
import { register, requireTenant } from './register.ts'
import { viewClock, viewCounts } from './tenants.ts'
import { viewToken } from './tokens.ts'

/** Milliseconds of waiting for the analysis of earlier exchanges. */
const analysisTimeout = 100
const maxFailures = 10
/** Milliseconds. */
const failedWindow = 24 * 60 * 60_000
const maxCycles = 60
const cyclesRead = 200

export const overviewRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  register(app, 'getOverview', operations.getOverview, ({ params }) =>
    readOverview(requireTenant(deps.tenants, params.tenant), deps),
  )
  register(app, 'listFailures', operations.listFailures, async ({ params, query }) => {
    const tenant = requireTenant(deps.tenants, params.tenant)
    await deps.analysis.caughtUp(analysisTimeout)
    const { limit, type, cursor: before } = query
    const job = await deps.jobHealth.state(tenant.id, { limit, type, before })
    const { items, hasMore, total } = job?.failures ?? { items: [], hasMore: false, total: 0 }
    const next = hasMore ? items.at(-1)?.exchange : undefined
    const progress = await deps.analysis.progress()
    return {
      items: await readFailures(items, deps),
      total,
      analysis: viewAnalysis(tenant.session ? { ...progress, isCurrent: true } : progress),
      ...compact({ next }),
    }
  })
}

export async function readOverview(tenant: Tenant, deps: ConsoleDeps) {
  const { tenants, analysis, directory, faults, jobHealth, journal, clock } = deps
  await analysis.caughtUp(analysisTimeout)
  const since = clock() - failedWindow
  const failed = await journal.failed(tenant.id, since)
  const [job, newest, [counts = {}], recent, clients, progress] = await Promise.all([
    jobHealth.state(tenant.id, { limit: maxFailures }),
    analysis.newestCycle(tenant.id, provisioningClients, provisioningKinds),
    directory.counts([tenant.key]),
    analysis.cycles({ tenant: tenant.id, limit: cyclesRead }),
    analysis.clientsOfTokens(tenant.id),
    analysis.progress(),
  ])
  const viewedAnalysis = viewAnalysis(tenant.session ? { ...progress, isCurrent: true } : progress)
  const failures = await readFailures(job?.failures.items ?? [], deps)
  const tokens = tenants.tokens(tenant)
  const viewedCounts = viewCounts(tenant, counts)
  const overview = {
    tenant: tenant.id,
    name: tenant.settings.name,
    clock: viewClock(tenant, clock()),
    ...(job && { job: currentVerdict(viewJob(job), viewedAnalysis) }),
    ...(newest && { newest: viewCycle(newest, await currentCycleState(newest, deps)) }),
    analysis: viewedAnalysis,
    failed: await viewFailed(failed, since, deps),
    counts: viewedCounts,
    inSync: countInSync(viewedCounts, job),
    failures,
    tokens: tokens.map(token => viewToken(tenant, token, { tokens, clients })),
    cycles: viewCycles(recent.items),
    waiting: progress.waiting,
  }
  const faultsArmed = faults.list().filter(({ match }) => (match.tenant ?? tenant.id) === tenant.id).length
  return { ...overview, headline: viewHeadline({ ...overview, faultsArmed, standing: job?.standing }) }
}

export function viewHeadline(facts: HeadlineFacts): Overview['headline'] {
  const parts = headlineOf(facts)
  return {
    text: describeHeadline(parts, (at, inSentence) => formatWhen(at, facts.clock.now, 'UTC', inSentence)),
    parts: [...parts],
  }
}

const provisioningClients = ['entra', 'service', 'sample'] as const
const provisioningKinds = ['cycle', 'test-connection'] as const

const isProvisioning = ({ client, kind }: Cycle): boolean =>
  provisioningClients.some(one => one === client) && provisioningKinds.some(one => one === kind)

const viewJob = ({ estimate, health: { objects, failing, failingReferences } }: JobState) => ({
  ...estimate,
  objects,
  failing,
  failingReferences,
  threshold: { objects: quarantineThresholds.examinedFrom, share: quarantineThresholds.share },
})

function countInSync(counts: Counts, job: JobState | undefined): number {
  const existing = Object.values(counts).reduce((sum, { active, disabled }) => sum + active + disabled, 0)
  return Math.max(0, existing - (job?.failingExisting ?? 0))
}

async function viewFailed(
  { count, last }: FailedRequests,
  since: number,
  { journal }: Pick<ConsoleDeps, 'journal'>,
) {
  const newest = last === undefined ? undefined : await journal.find(last)
  return {
    requests: count,
    ...(count >= maxFailed && { more: true as const }),
    since,
    last: newest && { ...newest, exchange: newest.id },
  }
}

const readFailures = async (
  failures: readonly FailingRequest[],
  deps: Pick<ConsoleDeps, 'journal' | 'analysis' | 'tenants' | 'directory'>,
) => {
  const { journal, analysis } = deps
  const { explain } = createExplainer(deps)
  const read = await Promise.all(
    failures.map(async ({ exchange: id, attempts, since }) => {
      const [exchange, findings] = await Promise.all([journal.find(id), analysis.findingsAbout(id)])
      if (!exchange) return []
      const rejection = await rejectionOf(exchange, explain)
      return [viewFailure(exchange, findings, rejection, { attempts, since })]
    }),
  )
  return read.flat()
}

function viewCycles(cycles: readonly Cycle[]): OverviewCycle[] {
  const shown = cycles
    .filter(isProvisioning)
    .slice(0, maxCycles + 1)
    .reverse()
  return shown.map((cycle, at) => viewOverviewCycle(cycle, shown[at - 1])).slice(-maxCycles)
}

const viewOverviewCycle = (cycle: Cycle, previous: Cycle | undefined): OverviewCycle => {
  const { id, kind, client, started, tenantStarted, tenantLast } = cycle
  const { requests, created, changed, disabled, deleted, failed, faults } = cycle
  const moved = previous ? leadOf(cycle) - leadOf(previous) : 0
  return {
    ...{ id, kind, client, requests, created, modified: changed, disabled, deleted, failed },
    started: toIsoTime(started),
    tenantStarted: toIsoTime(tenantStarted),
    tenantLast: toIsoTime(tenantLast),
    ...compact({ faults }),
    ...(moved !== 0 && { clockMoved: moved }),
  }
}

const leadOf = ({ started, tenantStarted }: Cycle): number => tenantStarted - started

const viewFailure = (
  exchange: Exchange,
  findings: readonly Finding[],
  rejection: string | undefined,
  counts: Pick<FailingRequest, 'attempts' | 'since'>,
) => {
  const { id, at, tenantTime, status, action, target } = exchange
  return {
    exchange: id,
    at,
    tenantTime,
    status,
    action,
    type: target?.type,
    label: target?.label ?? target?.id,
    id: target?.id,
    ...counts,
    ...reasonOf(exchange, findings, rejection),
  }
}

/** What the server found wrong with the values of failed requests, by ID: the page asks for the same ones each second. */
const rejections = new Map<string, string | undefined>()
const maxRejections = 1000

async function rejectionOf(
  exchange: Exchange,
  explain: ReturnType<typeof createExplainer>['explain'],
): Promise<string | undefined> {
  const { id, fault, refusal, rule } = exchange
  if (fault || refusal !== undefined || rule === undefined) return undefined
  if (!rejections.has(id)) {
    if (rejections.size >= maxRejections) rejections.clear()
    rejections.set(id, (await explain(exchange)).rejection?.reason)
  }
  return rejections.get(id)
}

/** The cause that is known best: a fault explains more than the response that it changed, a finding more than an error message. */
function reasonOf(
  exchange: Exchange,
  findings: readonly Finding[],
  rejection: string | undefined,
): Pick<Failure, 'reason' | 'finding'> {
  const { fault, rule, refusal, status } = exchange
  if (fault) return { reason: `Injected fault: ${fault.summary}` }
  const error =
    findings.find(({ id }) => id === rule) ??
    findings.find(({ id }) => getFindingKind(id)?.severity === 'error')
  if (error) return { reason: rejection ?? error.detail, finding: error.id }
  if (rejection !== undefined) return { reason: rejection }
  if (refusal !== undefined) return { reason: refusalLabels[refusal] }
  return { reason: readDetail(exchange) ?? `Status ${status}, without an error message.` }
}

/** The `detail` of an error response (RFC 7644, section 3.12). */
function readDetail({ response: { body } }: Exchange): string | undefined {
  try {
    const { detail } = JSON.parse(body ?? '') as { readonly detail?: unknown }
    return typeof detail === 'string' && detail !== '' ? detail : undefined
  } catch {
    return undefined
  }
}
