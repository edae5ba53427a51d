import { setTimeout as pause } from 'node:timers/promises'
import type { CycleReport } from '../../entra/cycle-report.ts'
import type { SourceDirectory } from '../../entra/source-directory.ts'
import { CliError } from '../cli-error.ts'
import { counted, printableJson, shortTime } from '../words.ts'
import { nextDue } from './next-due.ts'
import { type CycleWish, cycleInWords, isClean, isQuiet, oneCycle } from './one-cycle.ts'
import type { OpenJob } from './open-job.ts'
import type { Source } from './source.ts'

export type WatchOrder = CycleWish & {
  readonly source: Source
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
export async function watch(opened: OpenJob, order: WatchOrder): Promise<boolean> {
  const { clock, state } = opened
  const { source, every, fast, span, signal, json } = order
  const until = span === undefined ? Number.POSITIVE_INFINITY : clock.now() + span
  let { directory, now } = order
  let isWell = true
  for (;;) {
    const report = await oneCycle(opened, { ...order, directory, now })
    now = false
    if (report.ending !== 'stopped') isWell = isClean(report)
    tell(report, opened, order)
    const next = fast ? nextDue(report, state, directory, every) : report.startedAt + every
    const ending = endingOf(order, report, next, until)
    if (next !== undefined && ending === undefined) await passTime(opened, order, next)
    if (next === undefined || ending !== undefined || signal.aborted) {
      if (!json) process.stdout.write(line(clock.now(), ending ?? 'Interrupted.'))
      return isWell
    }
    directory = await readAgain(source, directory)
  }
}

function endingOf(
  { signal, fast, span }: WatchOrder,
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
function tell(report: CycleReport, opened: OpenJob, { json, fast }: WatchOrder): void {
  if (json) process.stdout.write(`${printableJson(report)}\n`)
  else if (!isQuiet(report)) process.stdout.write(line(report.startedAt, cycleInWords(report, opened)))
  else if (!fast) process.stdout.write(line(report.startedAt, quietInWords(report)))
}

const quietInWords = ({ ending, requests }: CycleReport): string =>
  ending === 'waiting'
    ? 'In quarantine: the next attempt is not due.'
    : `Nothing to be done (${counted(requests, 'request')}).`

const line = (at: number, text: string): string =>
  `${shortTime(new Date(at).toISOString())}  ${text.trimEnd()}\n`

/** The longest that a timer of Node.js can wait. */
const longestPause = 2 ** 31 - 1

async function passTime({ clock }: OpenJob, { fast, signal }: WatchOrder, next: number): Promise<void> {
  if (fast) return clock.advanceTo(next)
  while (!signal.aborted && clock.now() < next) {
    // Rejects when the signal comes.
    await pause(Math.min(next - clock.now(), longestPause), undefined, { signal }).catch(() => {})
  }
}

/** Somebody may be in the middle of writing it. */
async function readAgain(source: Source, before: SourceDirectory): Promise<SourceDirectory> {
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
