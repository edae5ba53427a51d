import { createClient, userBody } from './client.ts'
import { inspect, requireConsistent } from './consistency.ts'
import { type ServeOptions, serve } from './server.ts'
import { mountSmallDisk } from './small-disk.ts'
import { number } from './spread.ts'
import { require, type Trial } from './trial.ts'

const concurrency = 8
const timeout = 120_000

type Filled = {
  readonly acknowledged: ReadonlySet<string>
  /** The responses without free disk space. */
  readonly failures: ReadonlyMap<number, number>
  readonly end: number | string
}

/** Creates users with long texts until the disk is full, and returns the last result. */
async function fill(file: string, prefix: string, options: ServeOptions): Promise<Filled> {
  const server = await serve(file, options)
  const client = createClient(server.base, concurrency)
  const acknowledged = new Set<string>()
  const failures = new Map<number, number>()
  const lane = async (hand: number) => {
    for (let at = 0; ; at++) {
      const name = `${prefix}-${hand}-${at}`
      const { status } = await client.callApi('POST', '/Users', userBody(name, 'x'.repeat(20_000)))
      if (status === 201) acknowledged.add(name)
      else failures.set(status, (failures.get(status) ?? 0) + 1)
    }
  }
  const lanes = Promise.allSettled(Array.from({ length: concurrency }, (_, hand) => lane(hand)))
  const timer = setTimeout(() => server.signal('SIGKILL'), timeout)
  const end = await server.ended
  clearTimeout(timer)
  await lanes
  client.close()
  return { acknowledged, failures, end }
}

const namesIn = (file: string): ReadonlySet<string> =>
  inspect(file, db => {
    requireConsistent(db, 'after the disk was full')
    const names = db.prepare<[], string>(`select document ->> 'userName' from resources where type = 'User'`)
    return new Set(names.pluck().all())
  })

export const diskFull: Trial = {
  id: 'disk-full',
  title: 'A full disk',
  statement:
    'On a full disk, writes fail with a 5xx or a closed connection, and the server logs the reason and ends with exit code 1. No acknowledged write is lost. Once there is free space, the server starts and accepts writes without intervention.',
  run: async ({ folder, size }) => {
    const megabytes = size(6, 48)
    const disk = mountSmallDisk(folder, megabytes)
    // If no disk can be mounted, a limit on the file size makes SQLite's writes fail.
    const limit: ServeOptions = {
      within: ['bash', '-c', `ulimit -f ${megabytes * 1024}; exec "$0" "$@"`],
    }
    const file = `${disk?.path ?? folder}/scimulator.db`
    try {
      const filled = await fill(file, 'a', disk ? {} : limit)
      require(filled.end === 1, `the server ended with ${filled.end} instead of 1`)
      require([...filled.failures.keys()].every(status => status >= 500), 'a failed write returned no 5xx')
      disk?.grow(megabytes * 4)
      const server = await serve(file)
      const client = createClient(server.base)
      const later = await client.callApi('POST', '/Users', userBody('later'))
      client.close()
      await server.end()
      require(later.status === 201, `with free space, a write returned ${later.status}`)
      const held = namesIn(file)
      const lost = [...filled.acknowledged].filter(name => !held.has(name))
      require(lost.length === 0, `${lost.length} acknowledged users are missing, including ${lost[0]}`)
      const statuses = [...filled.failures].map(([status, times]) => `${times} × ${status}`).join(', ')
      return [
        ['setup', disk ? `a disk of ${megabytes} MB` : `files of at most ${megabytes} MB (ulimit -f)`],
        ['acknowledged writes, none lost', number(filled.acknowledged.size)],
        ['responses to failed writes', statuses || 'none: the connections were closed'],
        ['users stored without a response', number(held.size - 1 - filled.acknowledged.size)],
        ['exit code', String(filled.end)],
      ]
    } finally {
      disk?.unmount()
    }
  },
}
