import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { runConcurrently } from './client.ts'
import { type Fuzzed, fuzzProcess, turns } from './fuzz-process.ts'
import { growthOf, memoryFigures, requireSteady } from './memory-samples.ts'
import { number } from './spread.ts'
import { type Figure, require, type Trial } from './trial.ts'

/** The next process continues with an empty file. */
const requestsPerProcess = 1_000_000
/** In MB: SQLite's pages and statements, and a heap that V8 collects late. */
const maxResident = 900

export const fuzz: Trial = {
  id: 'fuzz',
  title: 'Random requests',
  statement:
    'Requests with almost valid filters, bodies, operations, paths, headers and encodings are sent to tenants of each profile. The server responds to each, never crashes, and returns no 5xx except 501 for unsupported features. Every rejection is a SCIM error. A process uses no more memory at its end than halfway. Every version and membership event in the file belongs to a successful request.',
  run: async ({ folder, size, report, isStopped }) => {
    const requests = size(20_000, 10_000_000)
    const first = Date.now() % 1_000_000_000
    const processes: Fuzzed[] = []
    let [next, done] = [0, 0]
    await runConcurrently(availableParallelism(), async () => {
      while (next < requests && !isStopped()) {
        const from = next
        next = Math.min(from + requestsPerProcess, requests)
        const file = `${folder}/${from}.db`
        const range = { from: first + from, end: first + next }
        const count = (more: number) => {
          done += more
          if (done % 100_000 === 0) report(`${number(done)} requests`)
        }
        const fuzzed = await fuzzProcess(file, range, { report: count, isStopped })
        // At full size the files would fill a disk.
        rmSync(file)
        processes.push(fuzzed)
        // A shorter run is still filling its caches.
        if (fuzzed.memory.length === turns && next - from === requestsPerProcess) requireSteady(fuzzed.memory)
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
  require(highest < maxResident, `a server used ${highest} MB`)
  const [growing] = processes.toSorted((one, other) => growthOf(other.memory) - growthOf(one.memory))
  return [
    ['requests', number(requests)],
    ['servers, with ten tenants each', number(processes.length)],
    ['first seed', String(first)],
    ['responses by status', counted.map(([status, times]) => `${status}: ${number(times)}`).join(', ')],
    [
      'versions written, none by a rejected request',
      number(processes.reduce((sum, one) => sum + one.writes, 0)),
    ],
    ['highest resident memory, MB', String(highest)],
    ...memoryFigures(growing?.memory ?? []).map(
      ([label, value]): Figure => [`${label}, server with the largest growth`, value],
    ),
  ]
}
