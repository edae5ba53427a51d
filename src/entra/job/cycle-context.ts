import type { JsonObject } from '../../scim/json.ts'
import type { SourceDirectory } from '../directory/source-directory.ts'
import type { Failure } from '../planning/error-codes.ts'
import { executePlan, forEachConcurrently, type Outcome } from '../planning/plan.ts'
import { planProbe } from '../planning/probe.ts'
import type { ProvisioningLog } from '../planning/provisioning-log.ts'
import type { ProvisioningTarget } from '../planning/target-object.ts'
import type { RequestOptions, Target } from '../target.ts'
import { buildChangeSet, type ChangeSet } from './change-set.ts'
import type { CycleCounts, CyclePhase, CycleProgress } from './cycle-report.ts'
import type { JobConfig } from './job-config.ts'
import { createLinks, type JobState, type JobStore, type Links, type QuarantineReason } from './job-state.ts'
import { toProvisioningEntry } from './log.ts'

export type MutableCycleCounts = { -readonly [Name in keyof CycleCounts]: CycleCounts[Name] }

/** What one cycle, or one provisioning on demand, works with. */
export type CycleContext = {
  readonly config: JobConfig
  readonly wire: RequestOptions
  readonly state: JobState
  readonly links: Links
  readonly changeSet: ChangeSet
  readonly send: Target
  readonly now: () => number
  readonly counts: MutableCycleCounts
  /** What this cycle has read and not written to after: references need no other read. */
  readonly currentResources: Map<string, JsonObject>
  /** No more is to be begun. */
  readonly canContinue: () => boolean
  /** Whether a doubtful failure is about the whole job; if so, nothing further is begun. */
  isJobFailure(failure: Failure): Promise<boolean>
  report(
    subject: Pick<ProvisioningTarget, 'kind' | 'objectId' | 'name'>,
    outcome: Outcome,
    startedAt: number,
  ): void
}

export const noCounts = (): MutableCycleCounts => ({
  created: 0,
  matched: 0,
  updated: 0,
  disabled: 0,
  deleted: 0,
  stagedDeletes: 0,
  skipped: 0,
  failed: 0,
  membersAdded: 0,
  membersRemoved: 0,
  managersSet: 0,
})

export type JobDeps = {
  readonly config: JobConfig
  readonly store: JobStore
  readonly target: Target
  readonly clock: () => number
  readonly log: ProvisioningLog
  readonly newId: () => string
}

export type CycleRequest = {
  readonly directory: SourceDirectory
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: CycleProgress) => void
}

/** What puts the job into quarantine. */
export type QuarantineCause = { readonly reason: QuarantineReason; readonly failure: Failure }

/** A cycle under way. */
export type CycleExecution = {
  readonly cycleId: string
  readonly startedAt: number
  readonly context: CycleContext
  readonly requests: { readonly all: number; readonly writes: number }
  /** What has shown that there is no use in going on. */
  quarantineCause(): QuarantineCause | undefined
  probe(): Promise<void>
  /** Works on several items at a time, unless the cycle has been stopped; saves the state now and then. */
  runPhase<Item>(
    name: CyclePhase,
    items: readonly Item[],
    work: (item: Item) => Promise<unknown>,
  ): Promise<void>
}

export function startCycle(parts: JobDeps, order: CycleRequest): CycleExecution {
  const { config, store, clock, newId } = parts
  const { state } = store
  const cycleId = newId()
  const startedAt = clock()
  const { requests, send } = countRequests(parts.target)
  const counts = noCounts()
  const checkpoint = createCheckpoint(store)
  let trouble: QuarantineCause | undefined
  const canContinue = () => trouble === undefined && order.signal?.aborted !== true
  const probe = async (probes: JobConfig['probes']) =>
    executePlan(planProbe(config.mapping, probes, newId), send)
  const isTrouble = (failure: Failure) => {
    trouble = { reason: 'EncounteredQuarantineException', failure }
  }

  const context: CycleContext = {
    config,
    wire: config.wire,
    state,
    links: createLinks(state),
    changeSet: buildChangeSet(order.directory, state, config, startedAt),
    send,
    now: clock,
    counts,
    currentResources: new Map(),
    canContinue,
    isJobFailure: shareRunningCheck(async failure => {
      const again = await probe({ ...config.probes, users: 1, groups: 0 })
      if (again) isTrouble(failure)
      return again !== undefined
    }),
    report: createReporter(parts, cycleId, counts),
  }

  return {
    cycleId,
    startedAt,
    context,
    requests,
    quarantineCause: () => trouble,
    async probe() {
      const refused = await probe(config.probes)
      if (refused) isTrouble(refused)
    },
    async runPhase(name, items, work) {
      let done = 0
      await forEachConcurrently(items, config.concurrency, canContinue, async item => {
        await work(item)
        await checkpoint()
        order.onProgress?.({ phase: name, done: ++done, total: items.length, requests: requests.all, counts })
      })
    },
  }
}

function countRequests(target: Target) {
  const requests = { all: 0, writes: 0 }
  const send: Target = request => {
    requests.all++
    if (request.method !== 'GET') requests.writes++
    return target(request)
  }
  return { requests, send }
}

/** A failure that is in doubt is examined by one at a time; those that come meanwhile wait for its verdict. */
function shareRunningCheck(examine: (failure: Failure) => Promise<boolean>) {
  let underWay: Promise<boolean> | undefined
  return (failure: Failure) => {
    underWay ??= examine(failure).finally(() => {
      underWay = undefined
    })
    return underWay
  }
}

/** Not after each object: a state is written as a whole. */
function createCheckpoint(store: JobStore): () => Promise<void> {
  let since = 0
  return async () => {
    if (++since < Math.max(500, store.state.objects.size / 4)) return
    since = 0
    await store.save()
  }
}

export const createReporter =
  (
    { config, store, clock, log, newId }: JobDeps,
    cycleId: string,
    counts: MutableCycleCounts,
  ): CycleContext['report'] =>
  ({ kind, objectId, name }, outcome, startedAt) => {
    countOutcome(counts, outcome)
    const record = store.state.objects.get(objectId)
    log.provisioned(
      toProvisioningEntry({
        config,
        newId,
        cycleId,
        at: clock(),
        startedAt,
        kind,
        objectId,
        name,
        outcome,
        escrow: record?.escrow ?? record?.references,
      }),
    )
  }

function countOutcome(counts: MutableCycleCounts, { effect, status, action }: Outcome): void {
  if (effect !== 'nothing') counts[effect]++
  else if (action === 'stageddelete') counts.stagedDeletes++
  else if (status === 'failure') counts.failed++
  else if (status === 'skipped') counts.skipped++
}
