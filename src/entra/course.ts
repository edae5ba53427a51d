import type { CyclePhase, CycleProgress } from './cycle-report.ts'
import type { Failure } from './error-codes.ts'
import { drive, forEachConcurrently } from './executor.ts'
import type { JobConfig } from './job-config.ts'
import type { JobStore, QuarantineReason } from './job-state.ts'
import { linksOf } from './links.ts'
import { entryOf } from './log-entry.ts'
import type { Outcome } from './plan.ts'
import { planProbe } from './plan-probe.ts'
import type { ProvisioningLog } from './provisioning-log.ts'
import { noCounts, type Run, type Tally } from './run.ts'
import type { SourceDirectory } from './source-directory.ts'
import { surveyOf } from './survey.ts'
import type { Target } from './target.ts'

export type CycleParts = {
  readonly config: JobConfig
  readonly store: JobStore
  readonly target: Target
  readonly clock: () => number
  readonly log: ProvisioningLog
  readonly newId: () => string
}

export type CycleOrder = {
  readonly directory: SourceDirectory
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: CycleProgress) => void
}

/** What puts the job into quarantine. */
export type Trouble = { readonly reason: QuarantineReason; readonly failure: Failure }

/** A cycle under way. */
export type Course = {
  readonly cycleId: string
  readonly startedAt: number
  readonly run: Run
  readonly requests: { readonly all: number; readonly writes: number }
  /** What has shown that there is no use in going on. */
  trouble(): Trouble | undefined
  probe(): Promise<void>
  /** Works on several items at a time, unless the cycle has been stopped; saves the state now and then. */
  phase<Item>(name: CyclePhase, items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void>
}

export function startCourse(parts: CycleParts, order: CycleOrder): Course {
  const { config, store, clock, newId } = parts
  const { state } = store
  const cycleId = newId()
  const startedAt = clock()
  const { requests, send } = counted(parts.target)
  const counts = noCounts()
  const checkpoint = checkpoints(store)
  let trouble: Trouble | undefined
  const mayGoOn = () => trouble === undefined && order.signal?.aborted !== true
  const probe = async (probes: JobConfig['probes']) => drive(planProbe(config.mapping, probes, newId), send)
  const isTrouble = (failure: Failure) => {
    trouble = { reason: 'EncounteredQuarantineException', failure }
  }

  const run: Run = {
    config,
    wire: config.wire,
    state,
    links: linksOf(state),
    survey: surveyOf(order.directory, state, config, startedAt),
    send,
    now: clock,
    counts,
    fresh: new Map(),
    mayGoOn,
    breaksJob: once(async failure => {
      const again = await probe({ ...config.probes, users: 1, groups: 0 })
      if (again) isTrouble(failure)
      return again !== undefined
    }),
    report: reporter(parts, cycleId, counts),
  }

  return {
    cycleId,
    startedAt,
    run,
    requests,
    trouble: () => trouble,
    async probe() {
      const refused = await probe(config.probes)
      if (refused) isTrouble(refused)
    },
    async phase(name, items, work) {
      let done = 0
      await forEachConcurrently(items, config.concurrency, mayGoOn, async item => {
        await work(item)
        await checkpoint()
        order.onProgress?.({ phase: name, done: ++done, total: items.length, requests: requests.all, counts })
      })
    },
  }
}

function counted(target: Target) {
  const requests = { all: 0, writes: 0 }
  const send: Target = request => {
    requests.all++
    if (request.method !== 'GET') requests.writes++
    return target(request)
  }
  return { requests, send }
}

/** A failure that is in doubt is examined by one at a time; those that come meanwhile wait for its verdict. */
function once(examine: (failure: Failure) => Promise<boolean>) {
  let underWay: Promise<boolean> | undefined
  return (failure: Failure) => {
    underWay ??= examine(failure).finally(() => {
      underWay = undefined
    })
    return underWay
  }
}

/** Not after each object: a state is written as a whole. */
function checkpoints(store: JobStore): () => Promise<void> {
  let since = 0
  return async () => {
    if (++since < Math.max(500, store.state.objects.size / 4)) return
    since = 0
    await store.save()
  }
}

export const reporter =
  ({ config, store, clock, log, newId }: CycleParts, cycleId: string, counts: Tally): Run['report'] =>
  ({ kind, objectId, name }, outcome, startedAt) => {
    count(counts, outcome)
    const record = store.state.objects.get(objectId)
    log.provisioned(
      entryOf({
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

function count(counts: Tally, { did, status, action }: Outcome): void {
  if (did !== 'nothing') counts[did]++
  else if (action === 'stageddelete') counts.stagedDeletes++
  else if (status === 'failure') counts.failed++
  else if (status === 'skipped') counts.skipped++
}
