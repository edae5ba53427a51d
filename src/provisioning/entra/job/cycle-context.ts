import type { JsonObject } from '../../../scim/json.ts'
import type { SourceDirectory } from '../../kit/directory/source-directory.ts'
import { countRequests, executePlan, runPhase } from '../../kit/run.ts'
import type { RequestOptions, Target } from '../../kit/target.ts'
import type { Credentials } from '../credentials/credentials.ts'
import { planProbe } from '../planning/probe.ts'
import type { Outcome, ProvisioningLog } from '../planning/provisioning-log.ts'
import { type Failure, noResponseFailure } from '../planning/responses.ts'
import type { ProvisioningTarget } from '../planning/target-object.ts'
import { buildChangeSet, type ChangeSet } from './change-set.ts'
import { type CycleCounts, type CyclePhase, type CycleProgress, noCounts } from './cycle-report.ts'
import {
  createLinks,
  type JobConfig,
  type JobState,
  type JobStore,
  type Links,
  type QuarantineReason,
} from './job-state.ts'
import { toProvisioningEntry } from './log.ts'

export type QuarantineCause = { readonly reason: QuarantineReason; readonly failure: Failure }

export type CycleContext = {
  readonly cycleId: string
  readonly startedAt: number
  readonly config: JobConfig
  readonly wire: RequestOptions
  readonly state: JobState
  readonly links: Links
  readonly changeSet: ChangeSet
  readonly send: Target
  readonly now: () => number
  readonly requests: { readonly all: number; readonly writes: number }
  readonly counts: CycleCounts
  /** Resources read in this cycle and not written since, by objectId: saves a second read for references. */
  readonly currentResources: Map<string, JsonObject>
  canContinue(): boolean
  quarantineCause(): QuarantineCause | undefined
  authenticate(): Promise<void>
  probe(): Promise<void>
  isJobFailure(failure: Failure): Promise<boolean>
  report(
    object: Pick<ProvisioningTarget, 'kind' | 'objectId' | 'name'>,
    outcome: Outcome,
    startedAt: number,
  ): void
  runPhase<Item>(
    name: CyclePhase,
    items: readonly Item[],
    work: (item: Item) => Promise<unknown>,
  ): Promise<unknown>
}

export type JobDeps = {
  readonly config: JobConfig
  readonly store: JobStore
  readonly target: Target
  readonly credentials: Credentials
  readonly clock: () => number
  readonly log: ProvisioningLog
  readonly newId: () => string
}

/** Entra looks at its access token before it begins; undefined if there is one. */
export async function authenticationFailure(credentials: Credentials): Promise<Failure | undefined> {
  const token = await credentials.current()
  return token.kind === 'none' ? noResponseFailure(token) : undefined
}

export type CycleRequest = {
  readonly directory: SourceDirectory
  /** Stops the cycle: running requests finish and the state is saved. */
  readonly signal?: AbortSignal
  readonly onProgress?: ((progress: CycleProgress) => void) | undefined
}

export function createCycleContext(deps: JobDeps, request: CycleRequest): CycleContext {
  const { config, store, clock, newId } = deps
  const { state } = store
  const cycleId = newId()
  const startedAt = clock()
  const { requests, send } = countRequests(deps.target)
  const counts = noCounts()
  const checkpoint = createCheckpoint(store)
  let cause: QuarantineCause | undefined
  const canContinue = () => cause === undefined && request.signal?.aborted !== true
  const sendProbes = (probes: JobConfig['probes']) =>
    executePlan(planProbe(config.mapping, probes, newId), send)
  const setCause = (failure: Failure) => {
    cause = { reason: 'EncounteredQuarantineException', failure }
  }

  return {
    cycleId,
    startedAt,
    config,
    wire: config.wire,
    state,
    links: createLinks(state),
    changeSet: buildChangeSet(request.directory, state, config, startedAt),
    send,
    now: clock,
    requests,
    counts,
    currentResources: new Map(),
    canContinue,
    quarantineCause: () => cause,
    async authenticate() {
      const failure = await authenticationFailure(deps.credentials)
      if (failure) setCause(failure)
    },
    async probe() {
      const failure = await sendProbes(config.probes)
      if (failure) setCause(failure)
    },
    isJobFailure: shareRunningCheck(async failure => {
      const probeFailure = await sendProbes({ ...config.probes, users: 1, groups: 0 })
      if (probeFailure) setCause(failure)
      return probeFailure !== undefined
    }),
    report: createReporter(deps, cycleId, counts),
    runPhase: (phase, items, work) =>
      runPhase(
        phase,
        items,
        {
          concurrency: config.concurrency,
          canContinue,
          requests,
          onProgress: progress => request.onProgress?.({ ...progress, counts }),
        },
        async item => {
          await work(item)
          await checkpoint()
        },
      ),
  }
}

/** One check runs at a time; failures that occur meanwhile share its result. */
function shareRunningCheck(check: (failure: Failure) => Promise<boolean>) {
  let running: Promise<boolean> | undefined
  return (failure: Failure) => {
    running ??= check(failure).finally(() => {
      running = undefined
    })
    return running
  }
}

/** Saves less often the larger the state is, because each save writes the whole state. */
function createCheckpoint(store: JobStore): () => Promise<void> {
  let unsaved = 0
  return async () => {
    if (++unsaved < Math.max(500, store.state.objects.size / 4)) return
    unsaved = 0
    await store.save()
  }
}

const createReporter =
  (
    { config, store, clock, log, newId }: JobDeps,
    cycleId: string,
    counts: CycleCounts,
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

function countOutcome(counts: CycleCounts, { effect, status, action }: Outcome): void {
  if (effect !== 'nothing') counts[effect]++
  else if (action === 'stageddelete') counts.stagedDeletes++
  else if (status === 'failure') counts.failed++
  else if (status === 'skipped') counts.skipped++
}
