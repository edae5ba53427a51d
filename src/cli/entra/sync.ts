import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import type { SourceDirectory } from '../../entra/directory/source-directory.ts'
import type { CycleReport } from '../../entra/job/cycle-report.ts'
import type { JobState } from '../../entra/job/job-state.ts'
import { recycleBinRetention } from '../../entra/mapping/scope.ts'
import { CliError, wrongUse } from '../cli-error.ts'
import { parseDuration } from '../options.ts'
import { formatCount, formatTime, printableJson } from '../output.ts'
import {
  type CycleOptions,
  createDirectorySource,
  type DirectorySource,
  formatCycle,
  isClean,
  isUneventful,
  runCycleWithProgress,
} from './cycle.ts'
import { readJobSettings } from './job-file.ts'
import { type OpenJob, openJob, withCliErrors } from './open-job.ts'

/**
 * Ctrl-C, or SIGTERM, as a signal. A second one ends the process at once, as it would without this; the state survives
 * that as well.
 */
export function stopOnSignal(onFirst: () => void): AbortSignal {
  const interrupted = new AbortController()
  const stop = () => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    onFirst()
    interrupted.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return interrupted.signal
}

/**
 * When a clock that runs fast should come to the next cycle: after the usual time while something happens, and else
 * with the first cycle in which something is due, for those before it would only probe. Undefined when nothing is.
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

/** Those who are deleted softly and provisioned are deleted in the target 30 days later. */
function* purges(state: JobState, { users, groups }: SourceDirectory): Generator<number> {
  for (const { objectId, deletedAt } of [...users, ...groups]) {
    const record = state.objects.get(objectId)
    if (deletedAt !== undefined && record?.target !== undefined && record.managed)
      yield deletedAt + recycleBinRetention
  }
}

export type WatchOptions = CycleOptions & {
  readonly source: DirectorySource
  /** Milliseconds from one cycle's start to the next. */
  readonly every: number
  /** The job's clock is moved on instead of waited for. */
  readonly fast: boolean
  /** How long this goes on, by the job's clock. */
  readonly span: number | undefined
  readonly json: boolean
}

/**
 * Runs cycles until it is interrupted, or the time is up. A fast one also ends when nothing is left to be done, and,
 * unless it was told how long to go on, with a quarantine. Answers whether the last cycle that was not interrupted left nothing undone.
 */
export async function watch(opened: OpenJob, order: WatchOptions): Promise<boolean> {
  const { clock, state } = opened
  const { source, every, fast, span, signal, json } = order
  const until = span === undefined ? Number.POSITIVE_INFINITY : clock.now() + span
  let { directory, now } = order
  let isWell = true
  for (;;) {
    const report = await runCycleWithProgress(opened, { ...order, directory, now })
    now = false
    if (report.ending !== 'stopped') isWell = isClean(report)
    reportCycle(report, opened, order)
    const next = fast ? nextDueTime(report, state, directory, every) : report.startedAt + every
    const ending = watchEnding(order, report, next, until)
    if (next !== undefined && ending === undefined) await waitUntil(opened, order, next)
    if (next === undefined || ending !== undefined || signal.aborted) {
      if (!json) process.stdout.write(formatLine(clock.now(), ending ?? 'Interrupted.'))
      return isWell
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
    return 'The job is in quarantine; --for says how long to go on nevertheless.'
  }
  if (next === undefined) return 'Nothing is left to be done.'
  return next > until ? 'The time is up.' : undefined
}

/** Cycles in which nothing happens are a line, or none where the clock runs fast. */
function reportCycle(report: CycleReport, opened: OpenJob, { json, fast }: WatchOptions): void {
  if (json) process.stdout.write(`${printableJson(report)}\n`)
  else if (!isUneventful(report))
    process.stdout.write(formatLine(report.startedAt, formatCycle(report, opened)))
  else if (!fast) process.stdout.write(formatLine(report.startedAt, formatUneventful(report)))
}

const formatUneventful = ({ ending, requests }: CycleReport): string =>
  ending === 'waiting'
    ? 'In quarantine: the next attempt is not due.'
    : `Nothing to be done (${formatCount(requests, 'request')}).`

const formatLine = (at: number, text: string): string =>
  `${formatTime(new Date(at).toISOString())}  ${text.trimEnd()}\n`

/** The longest that a timer of Node.js can wait. */
const maxTimeout = 2 ** 31 - 1

async function waitUntil({ clock }: OpenJob, { fast, signal }: WatchOptions, next: number): Promise<void> {
  if (fast) return clock.advanceTo(next)
  while (!signal.aborted && clock.now() < next) {
    // Rejects when the signal comes.
    await pause(Math.min(next - clock.now(), maxTimeout), undefined, { signal }).catch(() => {})
  }
}

/** Somebody may be in the middle of writing it. */
async function rereadSource(source: DirectorySource, before: SourceDirectory): Promise<SourceDirectory> {
  try {
    return await source()
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    process.stderr.write(
      `scimulator: ${error.message}\nscimulator: The directory as it was read before is used.\n`,
    )
    return before
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

/** `scimulator entra sync`: one cycle, or one after another. Exit code 1 when something is left undone. */
export async function sync(options: SyncOptions, command: Command): Promise<void> {
  const settings = readJobSettings(command, ['url', 'token', 'directory'])
  const timing = timingOf(options)
  const { json = false } = command.optsWithGlobals<{ json?: true }>()
  const source = createDirectorySource(settings.directory)
  const directory = await source()
  const opened = await openJob(settings)
  const signal = stopOnSignal(() => {
    process.stderr.write(
      '\nscimulator: ending when the requests under way are answered; Ctrl-C again ends at once\n',
    )
  })
  try {
    if (options.allowDeletions) await opened.job.allowDeletions()
    const now = options.now === true || options.allowDeletions === true
    const order = { directory, signal, now, silent: json }
    const isWell = timing
      ? await withCliErrors(watch(opened, { ...order, ...timing, source, json }))
      : await withCliErrors(once(opened, order, json))
    process.exitCode = isWell ? 0 : 1
  } finally {
    await opened.close()
  }
}

async function once(opened: OpenJob, wish: CycleOptions, json: boolean): Promise<boolean> {
  const report = await runCycleWithProgress(opened, wish)
  process.stdout.write(json ? `${printableJson(report, 2)}\n` : formatCycle(report, opened))
  return isClean(report)
}

function timingOf({ watch, every = '40m', fast, for: span }: SyncOptions) {
  if (!watch && (fast || span !== undefined))
    throw wrongUse('--fast and --for belong to --watch: give it, too.')
  if (!watch) return undefined
  const period = parseDuration(every)
  if (period === 0) throw wrongUse('--every has to be longer than nothing.')
  return { every: period, fast: fast === true, span: span === undefined ? undefined : parseDuration(span) }
}
