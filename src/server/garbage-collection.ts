import { readdirSync, readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { lowerPriority } from '../domain/event-loop/priority.ts'

const majorVersion = Number.parseInt(process.versions.node, 10)

/** Shortens the pauses of the event loop in which V8 collects garbage. Does nothing before Node.js 24. */
export function shortenPauses(): void {
  // When a server becomes quieter, V8 would return memory to the system at once: 20 to 60 ms for a heap of 200 MB. A version of V8
  // without this flag prints an error.
  if (majorVersion === 24) setFlagsFromString('--no-memory-reducer-favors-memory')
  if (majorVersion >= 24) lowerHelperPriority()
}

/**
 * Lowers the priority of the four threads in which V8 collects garbage and compiles. In a long job on two processors, they are always
 * busy, and the event loop would wait for a slice of each, 20 to 36 ms. They are found by the name that Node.js 24 gives them.
 */
function lowerHelperPriority(): void {
  try {
    for (const thread of readdirSync('/proc/self/task')) {
      const name = readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim()
      if (name === 'V8Worker') lowerPriority(Number(thread))
    }
  } catch {
    // No /proc.
  }
}
