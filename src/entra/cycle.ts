import type { CycleEnding, CyclePhase, CycleProgress, CycleReport } from './cycle-report.ts'
import { isDeparture } from './decide.ts'
import type { Failure } from './error-codes.ts'
import { evaluate } from './evaluate.ts'
import { drive, forEachConcurrently } from './executor.ts'
import type { JobConfig } from './job-config.ts'
import type { JobState, JobStore, QuarantineReason } from './job-state.ts'
import { linksOf } from './links.ts'
import { auditOf, entryOf } from './log-entry.ts'
import type { Outcome } from './plan.ts'
import { planProbe } from './plan-probe.ts'
import type { ProvisioningLog } from './provisioning-log.ts'
import { cyclePeriod, escrowCounts, quarantineAfter, thresholdPassed } from './quarantine.ts'
import { noCounts, type Run, type Tally } from './run.ts'
import type { SourceDirectory } from './source-directory.ts'
import { staged } from './stage.ts'
import { subjectOf } from './subject-of.ts'
import { type Item, surveyOf } from './survey.ts'
import type { Target } from './target.ts'
import { referencesDue, updateReferences } from './update-references.ts'

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

/** What has put the job into quarantine. */
type Trouble = { readonly reason: QuarantineReason; readonly failure: Failure }

/**
 * One cycle: probes, users, groups, references. The first is the initial one, which differs only in that nothing is
 * remembered yet, so that everything has changed.
 */
export async function runCycle(parts: CycleParts, order: CycleOrder): Promise<CycleReport> {
  const { config, store, clock } = parts
  const { state } = store
  const cycleId = parts.newId()
  const startedAt = clock()
  const kind = state.watermark === undefined ? 'initial' : 'incremental'
  const requests = { all: 0, writes: 0 }
  const send: Target = request => {
    requests.all++
    if (request.method !== 'GET') requests.writes++
    return parts.target(request)
  }
  const counts = noCounts()
  let trouble: Trouble | undefined
  const mayGoOn = () => trouble === undefined && order.signal?.aborted !== true

  const probesNow = kind === 'initial' || config.probes.everyCycle || state.quarantine !== undefined
  const refused = probesNow
    ? await drive(planProbe(config.mapping, config.probes, parts.newId), send)
    : undefined
  if (refused) trouble = { reason: 'EncounteredQuarantineException', failure: refused }

  const survey = surveyOf(order.directory, state, config, startedAt)
  const run: Run = {
    config,
    wire: config.wire,
    state,
    links: linksOf(state),
    survey,
    send,
    now: clock,
    counts,
    fresh: new Map(),
    mayGoOn,
    breaksJob: once(async failure => {
      const again = await drive(planProbe(config.mapping, { users: 1, groups: 0 }, parts.newId), send)
      if (again) trouble = { reason: 'EncounteredQuarantineException', failure }
      return again !== undefined
    }),
    report: reporter(parts, cycleId, counts),
  }

  const { held, users, groups } = holdBack(state, config, survey.users, survey.groups)
  const checkpoint = checkpoints(store)
  const phase = async <Each>(
    name: CyclePhase,
    items: readonly Each[],
    concurrency: number,
    work: (item: Each) => Promise<unknown>,
  ) => {
    let done = 0
    await forEachConcurrently(items, concurrency, mayGoOn, async item => {
      await work(item)
      await checkpoint()
      order.onProgress?.({ phase: name, done: ++done, total: items.length, requests: requests.all, counts })
    })
  }
  if (mayGoOn())
    for (const item of held) run.report(subjectOf(run, item), staged(subjectOf(run, item)), clock())
  await phase('users', users, config.concurrency, item => evaluate(run, item))
  await phase('groups', groups, config.concurrency, item => evaluate(run, item))
  // Managers before memberships; nothing refers to what isn't there yet.
  for (const kind of ['user', 'group'] as const) {
    const due = mayGoOn() ? referencesDue(run, kind) : []
    await phase('references', due, config.concurrency, objectId => updateReferences(run, objectId))
  }

  const isDone = mayGoOn()
  if (isDone) state.watermark = startedAt
  if (isDone && held.length === 0) state.deletionsAllowed = false
  if (isDone)
    trouble = held.length > 0 ? tooManyDeletes(held.length, config) : thresholdPassed(state, config.limits)
  const ending: CycleEnding = trouble ? 'quarantined' : isDone ? 'completed' : 'stopped'
  settleQuarantine(parts, trouble, isDone)
  const endedAt = clock()
  state.nextCycleAt =
    state.quarantine && ending !== 'stopped'
      ? state.quarantine.nextAttempt
      : isDone
        ? startedAt + cyclePeriod
        : endedAt
  state.lastCycle = { cycleId, ending, endedAt }
  await store.save()
  await parts.log.flush()
  const escrows = escrowCounts(state)
  return {
    cycleId,
    kind,
    ending,
    startedAt,
    endedAt,
    nextCycleAt: state.nextCycleAt,
    requests: requests.all,
    writes: requests.writes,
    counts,
    escrows: escrows.objects + escrows.references,
    quarantine: state.quarantine,
  }
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

/** Above the threshold, disables and deletions aren't done but shown, until somebody allows them. */
function holdBack(state: JobState, config: JobConfig, users: readonly Item[], groups: readonly Item[]) {
  const departures = [...users, ...groups].filter(({ decision }) => isDeparture(decision))
  const limit = config.accidentalDeletionThreshold ?? Number.POSITIVE_INFINITY
  if (departures.length <= limit || state.deletionsAllowed) return { held: [], users, groups }
  const others = ({ decision }: Item) => !isDeparture(decision)
  return { held: departures, users: users.filter(others), groups: groups.filter(others) }
}

const tooManyDeletes = (count: number, { accidentalDeletionThreshold }: JobConfig): Trouble => ({
  reason: 'TooManyDeletes',
  failure: {
    code: 'TooManyDeletes',
    reason:
      `${count} objects would be disabled or deleted, which is more than the threshold of ` +
      `${accidentalDeletionThreshold}. They wait until the deletions are allowed, or undone in the directory.`,
  },
})

function settleQuarantine(
  { store: { state }, clock, log, newId }: CycleParts,
  trouble: Trouble | undefined,
  isDone: boolean,
) {
  if (trouble) {
    state.quarantine = quarantineAfter(state.quarantine, trouble.reason, trouble.failure, clock())
    const { code, reason } = trouble.failure
    log.audited(auditOf(newId, clock(), 'Quarantine', `${trouble.reason}: ${code}: ${reason}`, 'failure'))
  } else if (isDone && state.quarantine) {
    delete state.quarantine
    log.audited(auditOf(newId, clock(), 'Quarantine', 'The job left quarantine after a cycle that worked.'))
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
