import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { readDirectory } from '../../entra/directory/read-directory.ts'
import type { SourceDirectory } from '../../entra/directory/source-directory.ts'
import type { CycleReport } from '../../entra/job/cycle-report.ts'
import type { JobState } from '../../entra/job/job-state.ts'
import { recycleBinRetention } from '../../entra/mapping/scope.ts'
import { CliError, wrongUse } from '../cli-error.ts'
import { createDirectorySource, type DirectorySource } from '../directory-source.ts'
import { withCliErrors } from '../job-files.ts'
import { parseDuration } from '../options.ts'
import { formatCount, formatTime, printableJson } from '../output.ts'
import { stopOnSignal } from '../stop-on-signal.ts'
import { type CycleOptions, formatCycle, isClean, isUneventful, runCycleWithProgress } from './cycle.ts'
import { readJobSettings } from './job-file.ts'
import { type OpenJob, openJob } from './open-job.ts'

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
  /** Milliseconds from one cycle's start to the next. */
  readonly every: number
  /** Advances the job's clock instead of waiting. */
  readonly fast: boolean
  /** Milliseconds on the job's clock after which it stops. */
  readonly span: number | undefined
  readonly json: boolean
}

/**
 * Runs cycles until it is interrupted or the time is up. With `fast` it also ends when no work remains and, without a
 * `span`, on quarantine. Returns whether the last uninterrupted cycle was clean.
 */
async function watch(opened: OpenJob, options: WatchOptions): Promise<boolean> {
  const { clock, state } = opened
  const { source, every, fast, span, signal, json } = options
  const until = span === undefined ? Number.POSITIVE_INFINITY : clock.now() + span
  let { directory, now } = options
  let wasClean = true
  for (;;) {
    const report = await runCycleWithProgress(opened, { ...options, directory, now })
    now = false
    if (report.ending !== 'stopped') wasClean = isClean(report)
    reportCycle(report, opened, options)
    const next = fast ? nextDueTime(report, state, directory, every) : report.startedAt + every
    const ending = watchEnding(options, report, next, until)
    if (next !== undefined && ending === undefined) await waitUntil(opened, options, next)
    if (next === undefined || ending !== undefined || signal.aborted) {
      if (!json) process.stdout.write(formatLine(clock.now(), ending ?? 'Interrupted.'))
      return wasClean
    }
    directory = await rereadSource(source, directory)
  }
}

function watchEnding(
  { signal, fast, span }: WatchOptions,
  { ending }: CycleReport,
  next: number | undefined,
  until: number,
): string | undefined {
  if (signal.aborted) return 'Interrupted.'
  if (ending === 'disabled') return 'The job is disabled.'
  if (fast && span === undefined && (ending === 'quarantined' || ending === 'waiting')) {
    return 'The job is in quarantine. Use --for to continue for a set time.'
  }
  if (next === undefined) return 'No work remains.'
  return next > until ? 'The time is up.' : undefined
}

/** Prints one line for a cycle without changes, and none with --fast. */
function reportCycle(report: CycleReport, opened: OpenJob, { json, fast }: WatchOptions): void {
  if (json) process.stdout.write(`${printableJson(report)}\n`)
  else if (!isUneventful(report))
    process.stdout.write(formatLine(report.startedAt, formatCycle(report, opened)))
  else if (!fast) process.stdout.write(formatLine(report.startedAt, formatUneventful(report)))
}

const formatUneventful = ({ ending, requests }: CycleReport): string =>
  ending === 'waiting'
    ? 'In quarantine; the next attempt is not due yet.'
    : `No changes (${formatCount(requests, 'request')}).`

const formatLine = (at: number, text: string): string =>
  `${formatTime(new Date(at).toISOString())}  ${text.trimEnd()}\n`

/** The longest delay of a Node.js timer. */
const maxTimeout = 2 ** 31 - 1

async function waitUntil({ clock }: OpenJob, { fast, signal }: WatchOptions, next: number): Promise<void> {
  if (fast) return clock.advanceTo(next)
  while (!signal.aborted && clock.now() < next) {
    // Rejects when the signal aborts.
    await pause(Math.min(next - clock.now(), maxTimeout), undefined, { signal }).catch(() => {})
  }
}

/** Keeps the previous directory if the file can't be read: another process may be writing it. */
async function rereadSource(source: DirectorySource, previous: SourceDirectory): Promise<SourceDirectory> {
  try {
    return await source()
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    process.stderr.write(
      `scimulator: ${error.message}\nscimulator: Using the directory from the previous read.\n`,
    )
    return previous
  }
}

export type SyncOptions = {
  readonly watch?: true
  readonly every?: string
  readonly fast?: true
  readonly for?: string
  readonly now?: true
  readonly allowDeletions?: true
}

/** `scimulator entra sync`: one cycle, or several with --watch. Exit code 1 unless the cycle was clean. */
export async function sync(options: SyncOptions, command: Command): Promise<void> {
  const settings = readJobSettings(command, ['url', 'credentials', 'directory'])
  const timing = timingOf(options)
  const { json = false } = command.optsWithGlobals<{ json?: true }>()
  const source = createDirectorySource(settings.directory, readDirectory)
  const directory = await source()
  const opened = await openJob(settings)
  const signal = stopOnSignal()
  try {
    if (options.allowDeletions) await opened.job.allowDeletions()
    const now = options.now === true || options.allowDeletions === true
    const cycle = { directory, signal, now, silent: json }
    const wasClean = timing
      ? await withCliErrors(watch(opened, { ...cycle, ...timing, source, json }))
      : await withCliErrors(once(opened, cycle, json))
    process.exitCode = wasClean ? 0 : 1
  } finally {
    await opened.close()
  }
}

async function once(opened: OpenJob, options: CycleOptions, json: boolean): Promise<boolean> {
  const report = await runCycleWithProgress(opened, options)
  process.stdout.write(json ? `${printableJson(report, 2)}\n` : formatCycle(report, opened))
  return isClean(report)
}

function timingOf({ watch, every = '40m', fast, for: span }: SyncOptions) {
  if (!watch && (fast || span !== undefined)) throw wrongUse('--fast and --for require --watch.')
  if (!watch) return undefined
  const period = parseDuration(every)
  if (period === 0) throw wrongUse('--every must be longer than zero.')
  return { every: period, fast: fast === true, span: span === undefined ? undefined : parseDuration(span) }
}
