import { inspect, requireConsistent } from './consistency.ts'
import { randomRequest } from './fuzz-requests.ts'
import { requireValidResponse } from './fuzz-response.ts'
import { newTarget, type Target } from './fuzz-target.ts'
import { type Sample, sampleOf } from './memory-samples.ts'
import { createRandom } from './random.ts'
import { serve } from './server.ts'
import { require } from './trial.ts'
import { createWire } from './wire.ts'

const concurrency = 8
/** Each uses another tenant, so that lists stay short and all profiles are covered. */
export const turns = 10

type Statuses = Map<number, number>

/** The results of the requests to one server. */
export type Fuzzed = {
  readonly statuses: Statuses
  readonly memory: readonly Sample[]
  readonly highest: number
  readonly writes: number
}

/** Requests by the seeds from `from` up to, but not including, `end`. */
type Range = { readonly from: number; readonly end: number }

/** Sends requests to a new server. Samples its memory after each turn, and checks its file afterwards. */
export async function fuzzProcess(
  file: string,
  { from, end }: Range,
  { report, isStopped }: { readonly report: (requests: number) => void; readonly isStopped: () => boolean },
): Promise<Fuzzed> {
  // The journal keeps all requests, so that each write can be compared with its request; a bulk request creates several.
  const flags = ['--keep-exchanges', String((end - from) * 8 + 1_000)]
  const server = await serve(file, { flags, inspected: true })
  const statuses: Statuses = new Map()
  const memory: Sample[] = []
  const length = Math.ceil((end - from) / turns)
  try {
    for (let start = from; start < end && !isStopped(); start += length) {
      const range = { from: start, end: Math.min(start + length, end) }
      await fuzzTarget(await newTarget(server, memory.length), range, statuses)
      memory.push(await sampleOf(server))
      report(range.end - range.from)
    }
    const { highest } = server.memory()
    await server.end()
    return { statuses, memory, highest, writes: writesIn(file) }
  } catch (error) {
    await server.end('SIGKILL')
    throw error
  }
}

async function fuzzTarget(target: Target, { from, end }: Range, statuses: Statuses): Promise<void> {
  let next = from
  const lane = async () => {
    const wire = createWire(target.base)
    while (next < end) {
      const seed = next++
      const request = randomRequest(createRandom(seed), target, seed)
      const response = await wire.callApi(request.method, request.bytes)
      requireValidResponse(response, request, seed)
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
    }
    wire.close()
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
}

/** Writes that the journal reports as rejected or does not contain. */
const strayWrites = `
  select count(*) from (select exchange from versions union all select exchange from membership_events) w
  left join exchanges e on e.id = w.exchange
  where e.status is null or e.status >= 400`

/** The number of versions in a file. Throws `TrialError` if one of them does not belong to a successful request. */
const writesIn = (file: string): number =>
  inspect(file, db => {
    requireConsistent(db, 'after the requests')
    const stray = db.prepare<[], number>(strayWrites).pluck().get()
    require(stray === 0, `${stray} writes belong to no successful request`)
    return db.prepare<[], number>('select count(*) from versions').pluck().get() ?? 0
  })
