import { aUser, createClient } from './client.ts'
import { type ServeOptions, serve } from './server.ts'
import { mountSmallDisk } from './small-disk.ts'
import { inspect, requireSound } from './soundness.ts'
import { number } from './spread.ts'
import { require, type Trial } from './trial.ts'

const hands = 8
const patience = 120_000

type Filled = {
  readonly acknowledged: ReadonlySet<string>
  /** The responses without free disk space. */
  readonly refusals: ReadonlyMap<number, number>
  readonly end: number | string
}

/** Creates users with long texts until the disk is full, and returns the last result. */
async function fill(file: string, prefix: string, options: ServeOptions): Promise<Filled> {
  const server = await serve(file, options)
  const client = createClient(server.base, hands)
  const acknowledged = new Set<string>()
  const refusals = new Map<number, number>()
  const lane = async (hand: number) => {
    for (let at = 0; ; at++) {
      const name = `${prefix}-${hand}-${at}`
      const { status } = await client.ask('POST', '/Users', aUser(name, 'x'.repeat(20_000)))
      if (status === 201) acknowledged.add(name)
      else refusals.set(status, (refusals.get(status) ?? 0) + 1)
    }
  }
  const lanes = Promise.allSettled(Array.from({ length: hands }, (_, hand) => lane(hand)))
  const timer = setTimeout(() => server.signal('SIGKILL'), patience)
  const end = await server.ended
  clearTimeout(timer)
  await lanes
  client.close()
  return { acknowledged, refusals, end }
}

const namesIn = (file: string): ReadonlySet<string> =>
  inspect(file, db => {
    requireSound(db, 'after the disk was full')
    const names = db.prepare<[], string>(`select document ->> 'userName' from resources where type = 'User'`)
    return new Set(names.pluck().all())
  })

export const diskFull: Trial = {
  id: 'disk-full',
  title: 'A disk that fills up',
  shows:
    'When there is no room left, writes fail with a 5xx or the end of the connection, the server says so and ends with code 1; nothing acknowledged is lost, and once there is room again it starts and takes writes, without a hand.',
  run: async ({ folder, size }) => {
    const megabytes = size(6, 48)
    const disk = mountSmallDisk(folder, megabytes)
    // Where nothing can be mounted, no file may grow beyond the limit: to SQLite that is a disk that fails.
    const limit: ServeOptions = {
      within: ['bash', '-c', `ulimit -f ${megabytes * 1024}; exec "$0" "$@"`],
    }
    const file = `${disk?.path ?? folder}/scimulator.db`
    try {
      const filled = await fill(file, 'a', disk ? {} : limit)
      require(filled.end === 1, `the server ended with ${filled.end} instead of 1`)
      require([...filled.refusals.keys()].every(status => status >= 500), 'a refusal was no 5xx')
      disk?.grow(megabytes * 4)
      const server = await serve(file)
      const client = createClient(server.base)
      const later = await client.ask('POST', '/Users', aUser('later'))
      client.close()
      await server.end()
      require(later.status === 201, `after there was room a write was answered ${later.status}`)
      const held = namesIn(file)
      const lost = [...filled.acknowledged].filter(name => !held.has(name))
      require(lost.length === 0, `${lost.length} acknowledged users are lost, ${lost[0]} among them`)
      const statuses = [...filled.refusals].map(([status, times]) => `${times} × ${status}`).join(', ')
      return [
        ['how', disk ? `a disk of ${megabytes} MB` : `files of ${megabytes} MB at most (ulimit -f)`],
        ['acknowledged before it was full, none lost', number(filled.acknowledged.size)],
        ['told that it failed', statuses || 'nobody: the connections ended'],
        ['users there though their client was not told', number(held.size - 1 - filled.acknowledged.size)],
        ['exit code', String(filled.end)],
      ]
    } finally {
      disk?.unmount()
    }
  },
}
