import { setTimeout as pause } from 'node:timers/promises'
import { type Client, createClient, patchOp, userBody } from './client.ts'
import { inspect, requireConsistent } from './consistency.ts'
import { memoryFigures, requireSteady, type Sample, sampleOf } from './memory-samples.ts'
import { type Served, serve } from './server.ts'
import { formatSpread, number, spreadOf } from './spread.ts'
import { type Figure, require, type Trial } from './trial.ts'

type Turn = () => Promise<number>

/** The work of a client: create a user, search, modify, read, and sometimes delete it. */
function createWorkload(client: Client): Turn {
  let at = 0
  let id = ''
  const callApi = async (expected: number, method: string, path: string, body?: unknown) => {
    const response = await client.callApi(method, path, body)
    require(response.status ===
      expected, `${method} ${path}: ${response.status} ${JSON.stringify(response.body)}`)
    return response
  }
  const workload = createWorkload.count++
  const nameOf = (person: number) => `day-${workload}-${person}@example.com`
  return async () => {
    const person = Math.floor(at / 5)
    switch (at++ % 5) {
      case 0: {
        const made = await callApi(201, 'POST', '/Users', userBody(nameOf(person)))
        id = made.body.id
        return made.milliseconds
      }
      case 1: {
        const filter = encodeURIComponent(`userName eq "${nameOf(person)}"`)
        const found = await callApi(200, 'GET', `/Users?filter=${filter}`)
        require(found.body.totalResults ===
          1, `the search for ${nameOf(person)} returned ${found.body.totalResults} users`)
        return found.milliseconds
      }
      case 2: {
        const op = { op: 'replace', path: 'active', value: false }
        return (await callApi(200, 'PATCH', `/Users/${id}`, patchOp(op))).milliseconds
      }
      case 3:
        return (await callApi(200, 'GET', `/Users/${id}`)).milliseconds
      default:
        return (await callApi(204, 'DELETE', `/Users/${id}`)).milliseconds
    }
  }
}
createWorkload.count = 0

/** Records the memory of the server at each tenth of the time. */
async function watchMemory(server: Served, milliseconds: number): Promise<readonly Sample[]> {
  const seen: Sample[] = []
  for (let tenth = 0; tenth < 10; tenth++) {
    await pause(milliseconds / 10)
    seen.push(await sampleOf(server))
  }
  return seen
}

const flags = ['--keep-exchanges', '5000']

export const pace: Trial = {
  id: 'pace',
  title: '25 requests per second',
  statement:
    'At the rate of Entra ID, every response is correct. Live memory grows only by the data that the quarantine estimate keeps of each object, 200,000 objects at most.',
  run: async ({ folder, size }) => {
    const file = `${folder}/scimulator.db`
    const server = await serve(file, { flags, inspected: true })
    const client = createClient(server.base, 25)
    const seconds = size(4, 4 * 3600)
    const days = Array.from({ length: 25 }, () => createWorkload(client))
    const took: number[] = []
    const watched = watchMemory(server, seconds * 1000)
    const lanes = days.map(async (day, lane) => {
      await pause(lane * 40)
      const started = performance.now()
      for (let at = 0; at < seconds; at++) {
        await pause(Math.max(0, started + at * 1000 - performance.now()))
        took.push(await day())
      }
    })
    await Promise.all(lanes)
    const memory = await watched
    client.close()
    await server.end()
    inspect(file, db => requireConsistent(db, 'after the load'))
    requireSteady(memory)
    return figuresOf(took, seconds, memory)
  },
}

export const throughput: Trial = {
  id: 'throughput',
  title: 'Maximum throughput',
  statement: 'With clients that never pause, every response is correct and memory stays bounded.',
  run: async ({ folder, size }) => {
    const file = `${folder}/scimulator.db`
    const server = await serve(file, { flags, inspected: true })
    const client = createClient(server.base, 25)
    const seconds = size(3, 600)
    const took: number[] = []
    const until = performance.now() + seconds * 1000
    const watched = watchMemory(server, seconds * 1000)
    const lanes = Array.from({ length: 25 }, async () => {
      const day = createWorkload(client)
      while (performance.now() < until) took.push(await day())
    })
    await Promise.all(lanes)
    const memory = await watched
    client.close()
    await server.end()
    inspect(file, db => requireConsistent(db, 'after the load'))
    requireSteady(memory)
    return figuresOf(took, seconds, memory)
  },
}

const figuresOf = (
  took: readonly number[],
  seconds: number,
  memory: readonly Sample[],
): readonly Figure[] => [
  ['duration', `${number(seconds)} s`],
  ['requests, all with correct responses', number(took.length)],
  ['requests per second', number(took.length / seconds)],
  ['response time', formatSpread(spreadOf(took))],
  ...memoryFigures(memory),
]
