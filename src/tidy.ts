import type { Compaction } from './database/compaction.ts'
import type { Journal } from './journal/journal.ts'
import type { ClockLeap } from './journal/pruning-clock.ts'

const minute = 60 * 1000
const hour = 60 * minute
const day = 24 * hour

type Stoppable = { stop(): void }

export type TidyOptions = {
  /** The journal could not be pruned. */
  readonly onTrouble: (error: unknown) => void
  readonly warn: (sentence: string) => void
}

/**
 * Prunes the journal now and every hour; as requests come, it keeps to its count by itself. Warns once of a clock that
 * has leapt ahead.
 */
export const keepJournalTidy = (
  journal: Pick<Journal, 'prune'>,
  { onTrouble, warn }: TidyOptions,
): Stoppable => {
  let isWarned = false
  const tidy = async () => {
    const leap = await journal.prune(Date.now())
    if (leap && !isWarned) warn(leapWarning(leap))
    isWarned = leap !== undefined
  }
  return repeat(tidy, hour, onTrouble)
}

/** Gives free pages of the database back, now and every minute. `onTrouble` receives why it failed. */
export const keepFileSmall = (
  compaction: Pick<Compaction, 'shrink'>,
  onTrouble: (error: unknown) => void,
): Stoppable => repeat(() => compaction.shrink(), minute, onTrouble)

function repeat(job: () => Promise<unknown>, every: number, onTrouble: (error: unknown) => void): Stoppable {
  let stopped = false
  const run = () => {
    job().catch(error => {
      // What was under way when the database was closed isn't worth a word.
      if (!stopped) onTrouble(error)
    })
  }
  run()
  const timer = setInterval(run, every).unref()
  return {
    stop() {
      stopped = true
      clearInterval(timer)
    },
  }
}

function leapWarning({ now, trusted, until }: ClockLeap): string {
  const [clock, end] = [now, until].map(time => new Date(time).toISOString())
  const days = Math.round((now - trusted) / day)
  return (
    `The clock of this machine, ${clock}, is ${days === 1 ? 'a day' : `${days} days`} ahead of when the journal was last pruned. ` +
    `No request is deleted for its age (--keep-days) until ${end}. If the clock is wrong, correct it before then; ` +
    'if the server was stopped that long, you need not do anything.'
  )
}
