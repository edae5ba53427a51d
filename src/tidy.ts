import type { Journal } from './journal/journal.ts'

const hour = 60 * 60 * 1000

/**
 * Has the journal forget what is too old, now and every hour: it does so by itself only as requests come. `onTrouble`
 * is told why it couldn't.
 */
export function keepJournalTidy(
  journal: Pick<Journal, 'prune'>,
  onTrouble: (error: unknown) => void,
): { stop(): void } {
  let stopped = false
  const tidy = () => {
    journal.prune(Date.now()).catch(error => {
      // What was under way when the database was closed isn't worth a word.
      if (!stopped) onTrouble(error)
    })
  }
  tidy()
  const timer = setInterval(tidy, hour).unref()
  return {
    stop() {
      stopped = true
      clearInterval(timer)
    },
  }
}
