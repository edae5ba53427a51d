import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/** As `nice` has it: a thread with this value gets a tenth of a core that another one needs. */
const nice = 10

/**
 * Lets all other threads of the process run first: the calling thread works on what nobody waits for within milliseconds. Linux
 * alone gives a thread a priority of its own; elsewhere nothing changes.
 */
export function lowerThreadPriority(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Number(/\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0]), nice)
  } catch {
    // Without /proc, or where the kernel refuses it, the thread competes with the others.
  }
}
