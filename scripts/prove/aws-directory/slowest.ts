import { readFileSync } from 'node:fs'
import type { Client } from '../../endure/client.ts'

/** Milliseconds: totals since a start, or the difference of two totals. */
type Used = {
  /** The server's main thread ran. */
  readonly serverRan: number
  /** It waited for a core. */
  readonly serverQueued: number
  /** The client's main thread waited for a core. */
  readonly clientQueued: number
  /** Some thread of the machine waited for the disk. */
  readonly disk: number
  /** The host took cores: their sum, in steps of 10 ms. */
  readonly stolen: number
}

export type Slowest = Used & { readonly request: string; readonly milliseconds: number }

/**
 * Finds what a client's longest wait consists of. Subtracts its own waits for a core from the times of its responses: clients on other
 * machines do not share the cores of the server. Without effect except on Linux.
 */
export function watchSlowest(
  { callApi, close }: Client,
  server: number,
): { readonly client: Client; readonly slowest: () => Slowest | undefined } {
  let slowest: Slowest | undefined
  const watched: Client['callApi'] = async (method, path, body) => {
    const before = readUsed(server)
    const response = await callApi(method, path, body)
    const used = subtract(readUsed(server), before)
    const milliseconds = Math.max(0, response.milliseconds - used.clientQueued)
    // The client's user is created before its waits count.
    if (method !== 'POST' && milliseconds > (slowest?.milliseconds ?? 0))
      slowest = { ...used, request: `${method} ${path}`, milliseconds }
    return { ...response, milliseconds }
  }
  return { client: { callApi: watched, close }, slowest: () => slowest }
}

export const formatSlowest = ({ request, milliseconds, ...used }: Slowest): string =>
  [
    `${request} ${milliseconds.toFixed(0)} ms`,
    `the event loop ran ${used.serverRan.toFixed(0)} ms and waited ${used.serverQueued.toFixed(0)} ms for a core`,
    `some thread waited ${used.disk.toFixed(0)} ms for the disk`,
    `the host took ${used.stolen.toFixed(0)} ms`,
  ].join(', ')

function readUsed(server: number): Used {
  const [serverRan, serverQueued] = readMainThread(server)
  const [, clientQueued] = readMainThread(process.pid)
  const disk = Number(/total=(\d+)/.exec(read('/proc/pressure/io'))?.[1] ?? 0) / 1e3
  return { serverRan, serverQueued, clientQueued, disk, stolen: readStolen() }
}

/** Milliseconds of all cores that the host took since the start. */
export const readStolen = (): number => Number(read('/proc/stat').split(/\s+/, 9)[8] ?? 0) * 10

function readMainThread(pid: number): [ran: number, queued: number] {
  const [ran = 0, queued = 0] = read(`/proc/${pid}/task/${pid}/schedstat`).split(' ').map(Number)
  return [ran / 1e6, queued / 1e6]
}

/** Empty on other systems. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const subtract = (after: Used, before: Used): Used => ({
  serverRan: after.serverRan - before.serverRan,
  serverQueued: after.serverQueued - before.serverQueued,
  clientQueued: after.clientQueued - before.clientQueued,
  disk: after.disk - before.disk,
  stolen: after.stolen - before.stolen,
})
