import type { Compaction } from './database/compaction.ts'
import type { Journal } from './journal/journal.ts'

const minute = 60 * 1000
const hour = 60 * minute

type Stoppable = { stop(): void }

/**
 * Has the journal forget what is too old, now and every hour: it does so by itself only as requests come. `onTrouble`
 * is told why it couldn't.
 */
export const keepJournalTidy = (
  journal: Pick<Journal, 'prune'>,
  onTrouble: (error: unknown) => void,
): Stoppable => repeat(() => journal.prune(Date.now()), hour, onTrouble)

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
