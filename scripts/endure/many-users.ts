import { statSync } from 'node:fs'
import { seedUsers } from '../../bench/seed-scimulator.ts'
import { type Client, createClient, patchOp, userBody } from './client.ts'
import { serve, tenant, token } from './server.ts'
import { formatSpread, number, spreadOf } from './spread.ts'
import { type Figure, require, type Trial } from './trial.ts'

const tries = 200

export const manyUsers: Trial = {
  id: 'many-users',
  title: 'A million users',
  statement: 'With a million users, the server starts, creates, searches, modifies and lists as usual.',
  isLongOnly: true,
  run: async ({ folder, size, report }) => {
    const file = `${folder}/scimulator.db`
    const users = size(2_000, 1_000_000)
    // A tenant can have at most a million users: the measurement creates the last ones.
    const before = Math.max(1, users - tries)
    await seedUsers(file, tenant, token, before)
    report(`${number(before)} users`)
    const began = performance.now()
    const server = await serve(file)
    const start = performance.now() - began
    const client = createClient(server.base)
    const measured = await measure(client, before)
    const { highest } = server.memory()
    client.close()
    await server.end()
    return [
      ['users', number(before + tries)],
      ['file size, MB', number(statSync(file).size / 1e6)],
      ['start-up, ms', number(start)],
      ...measured,
      ['highest resident memory, MB', String(highest)],
    ]
  },
}

/** The name of an existing user; consecutive numbers are spread over the table. */
const nameAt = (at: number, users: number) =>
  `user-${String((at * 7919) % users).padStart(7, '0')}@example.com`

async function measure(client: Client, users: number): Promise<readonly Figure[]> {
  const repeat = async (work: (at: number) => Promise<number>): Promise<string> => {
    const took: number[] = []
    for (let at = 0; at < tries; at++) took.push(await work(at))
    return formatSpread(spreadOf(took))
  }
  const ids: string[] = []
  const lookUp = await repeat(async at => {
    const filter = encodeURIComponent(`userName eq "${nameAt(at, users)}"`)
    const { body, milliseconds } = await client.callApi('GET', `/Users?filter=${filter}`)
    require(body.totalResults === 1, `${nameAt(at, users)} has ${body.totalResults} matches`)
    ids.push(body.Resources[0].id)
    return milliseconds
  })
  const create = await repeat(async at => {
    const { status, milliseconds } = await client.callApi('POST', '/Users', userBody(`newcomer-${at}`))
    require(status === 201, `a create returned ${status}`)
    return milliseconds
  })
  const disable = await repeat(async at => {
    const op = { op: 'replace', path: 'active', value: false }
    const { status, milliseconds } = await client.callApi('PATCH', `/Users/${ids[at]}`, patchOp(op))
    require(status === 200, `a change returned ${status}`)
    return milliseconds
  })
  const first = await client.callApi('GET', '/Users?count=100')
  const deep = await client.callApi('GET', `/Users?count=100&startIndex=${Math.floor(users / 2)}`)
  require(first.body.totalResults === users + tries, `the list counts ${first.body.totalResults}`)
  return [
    ['create', create],
    ['search by userName', lookUp],
    ['disable by PATCH', disable],
    ['first page of 100', `${first.milliseconds.toFixed(0)} ms`],
    ['page of 100 in the middle', `${deep.milliseconds.toFixed(0)} ms`],
  ]
}
