import { SessionFileError } from '../session-file/read-blocks.ts'

/**
 * Orders changes so that each list of a resource keeps its order, as early as their times allow. `times` has the time of each
 * change, and `chains` the changes of each resource, oldest first; a change is in at most two chains. Returns the place of each
 * change, counted from 1. Throws `SessionFileError` if the lists contradict each other.
 */
export function orderChanges(times: readonly number[], chains: Iterable<readonly number[]>): Int32Array {
  const predecessors = findPredecessors(times.length, chains)
  const byTime = Uint32Array.from(times.keys()).sort(
    (one, other) => (times[one] ?? 0) - (times[other] ?? 0) || one - other,
  )
  // 0 before a change is visited, -1 while its predecessors are.
  const places = new Int32Array(times.length)
  let last = 0
  for (const change of byTime) {
    const path = [change]
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      if ((places[top] ?? 0) > 0) {
        path.pop()
        continue
      }
      places[top] = -1
      const earlier = predecessors
        .map(list => list[top] ?? -1)
        .find(one => one >= 0 && (places[one] ?? 0) <= 0)
      if (earlier === undefined) {
        places[top] = ++last
        path.pop()
      } else if (places[earlier] === -1) {
        throw new SessionFileError(
          'The session file is damaged: the histories of its resources contradict each other. Export the session again.',
        )
      } else path.push(earlier)
    }
  }
  return places
}

function findPredecessors(count: number, chains: Iterable<readonly number[]>): readonly Int32Array[] {
  const first = new Int32Array(count).fill(-1)
  const second = new Int32Array(count).fill(-1)
  for (const chain of chains) {
    for (const [at, change] of chain.entries()) {
      const before = chain[at - 1]
      if (before === undefined) continue
      if (first[change] === -1) first[change] = before
      else second[change] = before
    }
  }
  return [first, second]
}
