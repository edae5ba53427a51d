import type { Command } from 'commander'
import type { Interoperability } from '../../../domain/contract/cycles.ts'
import { entra } from '../../../provisioning/entra/client.ts'
import {
  type CycleCounts,
  type CycleProgress,
  type CycleReport,
  formatCycleReport,
} from '../../../provisioning/entra/job/cycle-report.ts'
import type { JobState } from '../../../provisioning/entra/job/job-state.ts'
import { recycleBinRetention } from '../../../provisioning/entra/mapping/scope.ts'
import { readDirectory } from '../../../provisioning/kit/directory/read-directory.ts'
import type { SourceDirectory } from '../../../provisioning/kit/directory/source-directory.ts'
import { readSettings } from '../job-settings.ts'
import { createDirectorySource, formatInteroperability, withJob } from '../open-job.ts'
import { formatCount, printableLines } from '../output.ts'
import { withProgress } from '../progress-line.ts'
import { createSession } from '../session.ts'
import { runJob, stopOnSignal, type TimingOptions, timingOf } from '../watch.ts'
import { formatFailures, hintsFor, pendingRetries } from './failures.ts'

/**
 * The time of the next cycle with --fast: one interval later after a cycle with changes, otherwise the first cycle in
 * which a retry or purge is due, because those before would only probe. Undefined if nothing is due.
 */
export function nextDueTime(
  report: CycleReport,
  state: JobState,
  directory: SourceDirectory,
  every: number,
): number | undefined {
  if (report.ending === 'waiting') return report.nextCycleAt
  const next = report.startedAt + every
  if (!isUneventful(report)) return next
  const due = [...retries(state), ...purges(state, directory)]
  if (due.length === 0) return undefined
  const cycles = Math.ceil((Math.min(...due) - report.startedAt) / every)
  return report.startedAt + Math.max(1, cycles) * every
}

function* retries(state: JobState): Generator<number> {
  for (const { escrow, references } of state.objects.values()) {
    for (const each of [escrow, references]) {
      if (each && each.nextAttempt < Number.MAX_SAFE_INTEGER) yield each.nextAttempt
    }
  }
}

/** Provisioned objects are deleted in the target 30 days after their soft deletion. */
function* purges(state: JobState, { users, groups }: SourceDirectory): Generator<number> {
  for (const { objectId, deletedAt } of [...users, ...groups]) {
    const record = state.objects.get(objectId)
    if (deletedAt !== undefined && record?.target !== undefined && record.managed)
      yield deletedAt + recycleBinRetention
  }
}

function watchEnding({ ending }: CycleReport, endsOnQuarantine: boolean): string | undefined {
  if (ending === 'disabled') return 'The job is disabled.'
  if (endsOnQuarantine && (ending === 'quarantined' || ending === 'waiting')) {
    return 'The job is in quarantine. Use --for to continue for a set time.'
  }
  return undefined
}

const formatUneventful = ({ ending, requests }: CycleReport): string =>
  ending === 'waiting'
    ? 'In quarantine; the next attempt is not due yet.'
    : `No changes (${formatCount(requests, 'request')}).`

export type SyncOptions = TimingOptions & {
  readonly now?: true
  readonly allowDeletions?: true
}

/** `scimulator entra sync`: one cycle, or several with --watch. Exit code 1 unless the last uninterrupted cycle was clean. */
export async function sync(options: SyncOptions, command: Command): Promise<void> {
  const settings = readSettings(command, entra, ['url', 'credentials', 'directory'])
  const timing = timingOf(options, '40m')
  const { json } = createSession(command)
  const source = createDirectorySource(settings.directory, readDirectory)
  const directory = await source()
  await withJob(entra, settings, async opened => {
    const { job, state, clock } = opened
    const signal = stopOnSignal()
    if (options.allowDeletions) await job.allowDeletions()
    let now = options.now === true || options.allowDeletions === true
    let wasClean = timing !== undefined
    const last = await runJob<Evaluated>(
      { clock, timing, directory, source, signal, json },
      {
        async run(read) {
          const report = await runCycleWithProgress(opened, { directory: read, signal, now, silent: json })
          now = false
          if (report.ending !== 'stopped') wasClean = isClean(report)
          return { ...report, interoperability: opened.interoperability() }
        },
        format: report => formatCycle(report, opened),
        formatRepeated(report, { fast }) {
          if (!isUneventful(report)) return formatCycle(report, opened)
          return fast ? undefined : formatUneventful(report)
        },
        nextDue: (report, read, { every }) => nextDueTime(report, state, read, every),
        endingOf: (report, { fast, span }) => watchEnding(report, fast && span === undefined),
      },
    )
    if (!json) process.stdout.write(formatInteroperability(last.interoperability))
    process.exitCode = wasClean ? 0 : 1
  })
}

/** With the verdict on all requests of the command. */
type Evaluated = CycleReport & { readonly interoperability: Interoperability }

type OpenEntraJob = Pick<Awaited<ReturnType<typeof entra.open>>, 'job' | 'state'>

const progressCounts = {
  created: 'created',
  matched: 'matched',
  updated: 'updated',
  disabled: 'disabled',
  deleted: 'deleted',
  membersAdded: 'members added',
  membersRemoved: 'members removed',
  failed: 'failed',
} as const satisfies Partial<Record<keyof CycleCounts, string>>

export function formatProgress(
  { phase, done, total, requests, counts }: CycleProgress,
  milliseconds: number,
): string {
  const happened = Object.entries(progressCounts).flatMap(([name, word]) => {
    const count = counts[name as keyof typeof progressCounts]
    return count > 0 ? [`${count} ${word}`] : []
  })
  const rate = (requests / Math.max(1, milliseconds)) * 1000
  const soFar = happened.length > 0 ? `: ${happened.join(', ')}` : ''
  return `${phase} ${done}/${total}${soFar}; ${requests} requests, ${rate.toFixed(1)} a second`
}

type CycleOptions = {
  readonly directory: SourceDirectory
  readonly signal: AbortSignal
  readonly now: boolean
  readonly silent: boolean
}

const runCycleWithProgress = (
  { job }: OpenEntraJob,
  { silent, ...cycle }: CycleOptions,
): Promise<CycleReport> =>
  withProgress({ silent, format: formatProgress }, onProgress => job.runCycle({ ...cycle, onProgress }))

const isClean = ({ ending, escrows }: CycleReport): boolean => ending === 'completed' && escrows === 0

const isUneventful = ({ ending, writes, counts }: CycleReport): boolean =>
  ending === 'waiting' || (ending === 'completed' && writes === 0 && counts.failed === 0)

function formatCycle(report: CycleReport, { state }: OpenEntraJob): string {
  const retries = pendingRetries(state)
  const hints = hintsFor(report.quarantine, retries).map(hint => `${hint}\n`)
  return `${printableLines(formatCycleReport(report))}${formatFailures(retries)}${hints.join('')}`
}
