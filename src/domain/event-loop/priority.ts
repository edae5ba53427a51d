import { getPriority, setPriority } from 'node:os'

/** Added to the nice value of the process. The thread gets a third of the event loop's processor time. */
const lower = 5
const lowest = 19

/**
 * Gives the event loop, and other processes, precedence over a thread when all processors are busy; by default the current one. Only
 * Linux has priorities per thread. Elsewhere, or if a sandbox forbids it, clients wait longer during long jobs.
 */
export function lowerPriority(thread = 0): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(thread, Math.min(lowest, getPriority(process.pid) + lower))
  } catch {
    // A sandbox forbids it, or the thread has ended.
  }
}
