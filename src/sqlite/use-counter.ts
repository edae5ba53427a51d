import type { Writer } from '../ports/database.ts'

/** Writes the uses of tokens or access keys with a later commit, once for any number of requests. */
export function createUseCounter<Used>(writer: Writer, write: (used: Used) => void) {
  const used = new Set<Used>()
  const writeAll = () => {
    const all = [...used]
    used.clear()
    for (const each of all) write(each)
  }
  return {
    note(one: Used): void {
      if (used.size === 0) writer.defer(writeAll)
      used.add(one)
    },
  }
}
