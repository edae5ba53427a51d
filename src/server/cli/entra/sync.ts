import type { Command } from 'commander'
import { entra } from '../../../provisioning/entra/client.ts'
import type { CycleReport } from '../../../provisioning/entra/job/cycle-report.ts'
import type { JobState } from '../../../provisioning/entra/job/job-state.ts'
import { recycleBinRetention } from '../../../provisioning/entra/mapping/scope.ts'
import { readDirectory } from '../../../provisioning/kit/directory/read-directory.ts'
import type { SourceDirectory } from '../../../provisioning/kit/directory/source-directory.ts'
import { createDirectorySource, type DirectorySource } from '../directory-source.ts'
import { readSettings } from '../job-settings.ts'
import { openJob, withCliErrors } from '../open-job.ts'
import { formatCount, printableJson } from '../output.ts'
import { stopOnSignal } from '../stop-on-signal.ts'
import { printLine, type Timing, type TimingOptions, timingOf, watchRuns } from '../watch.ts'
import {
  type CycleOptions,
  formatCycle,
  isClean,
  isUneventful,
  type OpenEntraJob,
  runCycleWithProgress,
} from './cycle.ts'

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

type WatchOptions = CycleOptions & {
  readonly source: DirectorySource
  readonly timing: Timing
  readonly json: boolean
}

/** Runs cycles, and ends on quarantine with --fast and without --for. Returns whether the last uninterrupted cycle was clean. */
async function watch(opened: OpenEntraJob, options: WatchOptions): Promise<boolean> {
  const { clock, state } = opened
  const { source, timing, signal, json } = options
  const { every, fast, span } = timing
  let { now } = options
  let wasClean = true
  await watchRuns({
    clock,
    directory: options.directory,
    timing,
    source,
    signal,
    json,
    async run(directory) {
      const report = await runCycleWithProgress(opened, { ...options, directory, now })
      now = false
      if (report.ending !== 'stopped') wasClean = isClean(report)
      reportCycle(report, opened, options)
      return {
        next: fast ? nextDueTime(report, state, directory, every) : report.startedAt + every,
        ending: watchEnding(report, fast && span === undefined),
      }
    },
  })
  return wasClean
}

function watchEnding({ ending }: CycleReport, endsOnQuarantine: boolean): string | undefined {
  if (ending === 'disabled') return 'The job is disabled.'
  if (endsOnQuarantine && (ending === 'quarantined' || ending === 'waiting')) {
    return 'The job is in quarantine. Use --for to continue for a set time.'
  }
  return undefined
}

/** Prints one line for a cycle without changes, and none with --fast. */
function reportCycle(
  report: CycleReport,
  opened: OpenEntraJob,
  { json, timing: { fast } }: WatchOptions,
): void {
  if (json) process.stdout.write(`${printableJson(report)}\n`)
  else if (!isUneventful(report)) printLine(report.startedAt, formatCycle(report, opened))
  else if (!fast) printLine(report.startedAt, formatUneventful(report))
}

const formatUneventful = ({ ending, requests }: CycleReport): string =>
  ending === 'waiting'
    ? 'In quarantine; the next attempt is not due yet.'
    : `No changes (${formatCount(requests, 'request')}).`

export type SyncOptions = TimingOptions & {
  readonly now?: true
  readonly allowDeletions?: true
}

/** `scimulator entra sync`: one cycle, or several with --watch. Exit code 1 unless the cycle was clean. */
export async function sync(options: SyncOptions, command: Command): Promise<void> {
  const settings = readSettings(command, entra, ['url', 'credentials', 'directory'])
  const timing = timingOf(options, '40m')
  const { json = false } = command.optsWithGlobals<{ json?: true }>()
  const source = createDirectorySource(settings.directory, readDirectory)
  const directory = await source()
  const opened = await openJob(entra, settings)
  const signal = stopOnSignal()
  try {
    if (options.allowDeletions) await opened.job.allowDeletions()
    const now = options.now === true || options.allowDeletions === true
    const cycle = { directory, signal, now, silent: json }
    const wasClean = timing
      ? await withCliErrors(watch(opened, { ...cycle, timing, source, json }))
      : await withCliErrors(once(opened, cycle, json))
    process.exitCode = wasClean ? 0 : 1
  } finally {
    await opened.close()
  }
}

async function once(opened: OpenEntraJob, options: CycleOptions, json: boolean): Promise<boolean> {
  const report = await runCycleWithProgress(opened, options)
  process.stdout.write(json ? `${printableJson(report, 2)}\n` : formatCycle(report, opened))
  return isClean(report)
}
