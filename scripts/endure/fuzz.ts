import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { atOnce } from './client.ts'
import { type Fuzzed, fuzzProcess, turns } from './fuzz-process.ts'
import { growthOf, memoryFigures, requireSteady } from './memory-samples.ts'
import { number } from './spread.ts'
import { type Figure, require, type Trial } from './trial.ts'

/** So many requests to a process; then the next one goes on with an empty file. */
const requestsToAProcess = 1_000_000
/** In MB: SQLite's pages and statements, and a heap that is collected when V8 pleases. */
const mostResident = 900

export const fuzz: Trial = {
  id: 'fuzz',
  title: 'Requests made up at random',
  shows:
    'Filters, bodies, operations, paths, headers and encodings that are almost right, to tenants of each profile: no 5xx but 501 for what isn’t offered, no crash, an answer to each, SCIM errors for all that is refused, no more memory at the end of a process than in the middle; and every version and membership event in the file belongs to a request that was carried out.',
  run: async ({ folder, size, say, isEnough }) => {
    const requests = size(20_000, 10_000_000)
    const first = Date.now() % 1_000_000_000
    const processes: Fuzzed[] = []
    let [next, done] = [0, 0]
    await atOnce(availableParallelism(), async () => {
      while (next < requests && !isEnough()) {
        const from = next
        next = Math.min(from + requestsToAProcess, requests)
        const file = `${folder}/${from}.db`
        const range = { from: first + from, end: first + next }
        const count = (more: number) => {
          done += more
          if (done % 100_000 === 0) say(`${number(done)} requests`)
        }
        const fuzzed = await fuzzProcess(file, range, { say: count, isEnough })
        // Full sizes would fill a disk.
        rmSync(file)
        processes.push(fuzzed)
        // What is short is still filling its caches.
        if (fuzzed.memory.length === turns && next - from === requestsToAProcess) requireSteady(fuzzed.memory)
      }
    })
    return figuresOf(done, first, processes)
  },
}

function figuresOf(requests: number, first: number, processes: readonly Fuzzed[]): readonly Figure[] {
  const statuses = new Map<number, number>()
  for (const [status, times] of processes.flatMap(one => [...one.statuses]))
    statuses.set(status, (statuses.get(status) ?? 0) + times)
  const counted = [...statuses].sort(([one], [other]) => one - other)
  const highest = Math.max(...processes.map(one => one.highest))
  require(highest < mostResident, `a server held ${highest} MB`)
  const most = processes.toSorted((one, other) => growthOf(other.memory) - growthOf(one.memory))[0]
  return [
    ['requests', number(requests)],
    ['servers, with ten tenants each', number(processes.length)],
    ['first seed', String(first)],
    ['answers by status', counted.map(([status, times]) => `${status}: ${number(times)}`).join(', ')],
    [
      'versions written, none by a refused request',
      number(processes.reduce((sum, one) => sum + one.writes, 0)),
    ],
    ['resident memory, MB: highest', String(highest)],
    ...memoryFigures(most?.memory ?? []).map(
      ([what, value]): Figure => [`${what}, of the server that grew most`, value],
    ),
  ]
}
