import { aGroup, aUser, createClient } from './client.ts'
import type { Known } from './fuzz-bodies.ts'
import { type FuzzRequest, randomRequest } from './fuzz-requests.ts'
import { createRandom } from './random.ts'
import { type Memory, serve } from './server.ts'
import { inspect, requireSound } from './soundness.ts'
import { number } from './spread.ts'
import { require, type Trial } from './trial.ts'
import { createWire, type WireAnswer } from './wire.ts'

const hands = 8
/** So many requests to a process; then the file is looked at, and the next goes on with an empty one. */
const round = 200_000
const mostGrowth = 120

/** What an answer to whatever was sent has to be. */
function requireAnswer(answer: WireAnswer | undefined, request: FuzzRequest, seed: number): asserts answer {
  const sent = () => `seed ${seed}: ${JSON.stringify(request.bytes.toString('latin1').slice(0, 3_000))}`
  require(answer !== undefined, `no answer to ${sent()}`)
  const { status, body } = answer
  // 501 is what the profile says of things that it doesn't offer.
  require(status < 500 || status === 501, `${status} ${body} to ${sent()}`)
  if (status < 400 || request.method === 'HEAD') return
  const error = JSON.parse(body)
  const isError = error.schemas?.[0] === 'urn:ietf:params:scim:api:messages:2.0:Error'
  require(isError &&
    error.status === String(status) &&
    error.detail, `not a SCIM error: ${body} to ${sent()}`)
}

/** Writes of which the journal says that they were refused, or of which it knows nothing. */
const strayWrites = `
  select count(*) from (select exchange from versions union all select exchange from membership_events) w
  left join exchanges e on e.id = w.exchange
  where e.status is null or e.status >= 400`

type Round = {
  readonly statuses: Map<number, number>
  readonly memory: readonly [early: number, late: number]
  readonly highest: number
  readonly writes: number
}

async function fuzzRound(file: string, requests: number, seed: number): Promise<Round> {
  const server = await serve(file, { flags: ['--keep-exchanges', String(Math.max(requests * 8, 1_000))] })
  const client = createClient(server.base)
  const users: string[] = []
  for (let at = 0; at < 40; at++)
    users.push((await client.ask('POST', '/Users', aUser(at === 0 ? 'taken' : `known-${at}`))).body.id)
  const groups: string[] = []
  for (let at = 0; at < 3; at++) groups.push((await client.ask('POST', '/Groups', aGroup(`g${at}`))).body.id)
  client.close()
  const known: Known = { users, groups }
  const statuses = new Map<number, number>()
  let next = 0
  let early: Memory | undefined
  const lane = async () => {
    const wire = createWire(server.base)
    while (next < requests) {
      const at = next++
      const request = randomRequest(createRandom(seed + at), known, at)
      const answer = await wire.ask(request.method, request.bytes)
      requireAnswer(answer, request, seed + at)
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      // By then everything is compiled and every cache is warm.
      if (at === Math.floor(requests / 2)) early = server.memory()
    }
    wire.close()
  }
  try {
    await Promise.all(Array.from({ length: hands }, lane))
    const { now, highest } = server.memory()
    await server.end()
    const writes = inspect(file, db => {
      requireSound(db, 'after the fuzzing')
      const stray = db.prepare<[], number>(strayWrites).pluck().get()
      require(stray === 0, `${stray} writes belong to no request that was carried out`)
      return db.prepare<[], number>('select count(*) from versions').pluck().get() ?? 0
    })
    return { statuses, memory: [early?.now ?? now, now], highest, writes }
  } catch (error) {
    await server.end('SIGKILL')
    throw error
  }
}

export const fuzz: Trial = {
  id: 'fuzz',
  title: 'Requests made up at random',
  shows:
    'Filters, bodies, operations, paths, headers and encodings that are almost right: no 5xx but 501 for what isn’t offered, no crash, an answer to each, SCIM errors for all that is refused, memory within bounds; and every version and membership event in the file belongs to a request that was carried out.',
  run: async ({ folder, size, say }) => {
    const requests = size(20_000, 10_000_000)
    const first = Date.now() % 1_000_000_000
    const statuses = new Map<number, number>()
    let [highest, growth, writes] = [0, 0, 0]
    for (let done = 0; done < requests; done += round) {
      const count = Math.min(round, requests - done)
      const one = await fuzzRound(`${folder}/${done}.db`, count, first + done)
      for (const [status, times] of one.statuses) statuses.set(status, (statuses.get(status) ?? 0) + times)
      const [early, late] = one.memory
      require(late - early < mostGrowth, `memory grew from ${early} to ${late} MB over half a round`)
      growth = Math.max(growth, late - early)
      highest = Math.max(highest, one.highest)
      writes += one.writes
      say(`${number(done + count)} requests`)
    }
    const counted = [...statuses].sort(([one], [other]) => one - other)
    return [
      ['requests', number(requests)],
      ['first seed', String(first)],
      ['answers by status', counted.map(([status, times]) => `${status}: ${number(times)}`).join(', ')],
      ['versions written, none by a refused request', number(writes)],
      ['memory, MB: highest; most growth over the second half of a process', `${highest}; ${growth}`],
    ]
  },
}
