import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { type Measured, measuredOf } from './statistics.ts'

/**
 * Requests over raw sockets, without pipelining. A bare server serves more requests than the HTTP clients of Node.js can
 * send: with them, the client would be measured.
 */

export type RequestSpec = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the base URL. */
  readonly path: string
  readonly body?: string
  /** Besides those of the endpoint; a body is SCIM without them. */
  readonly headers?: Readonly<Record<string, string>>
}

const scimHeaders = { 'content-type': 'application/scim+json' }

const headerLines = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')

/** The URL that paths continue, and the headers of each request. */
export type Endpoint = { readonly base: string; readonly headers: Readonly<Record<string, string>> }

type Connection = {
  /** Resolves with the status once the response has been read to its end. */
  send(spec: RequestSpec): Promise<number>
  close(): void
}

export async function openConnection({ base, headers }: Endpoint): Promise<Connection> {
  const { hostname, port, host, pathname } = new URL(base)
  const root = pathname.replace(/\/$/, '')
  const fixed = { host, ...headers }
  const fixedLines = headerLines(fixed)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.setNoDelay(true)
  let settle:
    | { readonly resolve: (status: number) => void; readonly reject: (error: Error) => void }
    | undefined
  const reader = createResponseReader(status => {
    const { resolve } = settle ?? {}
    settle = undefined
    resolve?.(status)
  })
  socket.on('data', reader)
  socket.on('error', error => settle?.reject(error))
  socket.on('close', () => settle?.reject(new Error('The server closed the connection.')))
  return {
    send: ({ method, path, body, headers }) =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject }
        const content =
          body === undefined
            ? ''
            : `${headers ? '' : headerLines(scimHeaders)}content-length: ${Buffer.byteLength(body)}\r\n`
        const lines = headers ? headerLines({ ...fixed, ...headers }) : fixedLines
        socket.write(`${method} ${root}${path} HTTP/1.1\r\n${lines}${content}\r\n${body ?? ''}`)
      }),
    close: () => {
      socket.destroy()
    },
  }
}

/** Reads responses with a length or in chunks, and reports the status of each at its end. */
function createResponseReader(onEnd: (status: number) => void): (part: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0)
  let status = 0
  let isChunked = false
  /** The bytes until the next line: of a body, of a chunk, or of the last line. */
  let remaining = 0
  let next: 'head' | 'chunk size' | 'end' = 'head'

  const readHead = (head: string) => {
    status = Number(head.slice(9, 12))
    isChunked = /\r\ntransfer-encoding: chunked/i.test(head)
    remaining = isChunked ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
    next = isChunked ? 'chunk size' : 'end'
  }
  const readChunkSize = (line: string) => {
    const size = Number.parseInt(line, 16)
    // With the line break after a chunk, or after the trailers, of which there are none.
    remaining = size + 2
    next = size === 0 ? 'end' : 'chunk size'
  }

  return part => {
    let data = pending.length === 0 ? part : Buffer.concat([pending, part])
    pending = Buffer.alloc(0)
    for (;;) {
      const skipped = Math.min(remaining, data.length)
      remaining -= skipped
      data = data.subarray(skipped)
      if (remaining > 0) return
      if (next === 'end') {
        next = 'head'
        onEnd(status)
      }
      const separator = next === 'head' ? '\r\n\r\n' : '\r\n'
      const at = data.indexOf(separator)
      if (at < 0) {
        pending = data
        return
      }
      const text = data.toString('latin1', 0, at)
      data = data.subarray(at + separator.length)
      if (next === 'head') readHead(text)
      else readChunkSize(text)
    }
  }
}

/** When a load ends. */
export type Limit = { readonly seconds: number } | { readonly requests: number }

type Load = {
  readonly name: string
  readonly endpoint: Endpoint
  readonly connections: number
  readonly limit: Limit
  /** Requests per second of all connections together, evenly spaced; absent: as many as the server responds to. */
  readonly perSecond?: number
  readonly next: () => RequestSpec
}

/**
 * Loads a server, on each connection with one request at a time. Throws on a response other than 2xx. At a given rate, the time of a
 * request that had to wait for the previous one of its connection begins when it was due.
 */
export async function load({ name, endpoint, connections, limit, perSecond, next }: Load): Promise<Measured> {
  const opened = await Promise.all(Array.from({ length: connections }, () => openConnection(endpoint)))
  const times: number[] = []
  const began = performance.now()
  let sent = 0
  const isOver = (now: number) =>
    'seconds' in limit ? now - began >= limit.seconds * 1000 : sent >= limit.requests
  const sendUntilEnd = async (connection: Connection, index: number) => {
    let due = perSecond && began + (index * 1000) / perSecond
    for (let now = began; !isOver(now); ) {
      if (due !== undefined) {
        if (due > now) {
          await wait(due - now)
          now = performance.now()
        } else now = due
        due += (connections * 1000) / (perSecond ?? 1)
      }
      sent++
      const status = await connection.send(next())
      if (status < 200 || status > 299) throw new Error(`${name}: status ${status}`)
      const after = performance.now()
      times.push(after - now)
      now = after
    }
  }
  try {
    await Promise.all(opened.map(sendUntilEnd))
    return measuredOf(times, (performance.now() - began) / 1000)
  } finally {
    for (const connection of opened) connection.close()
  }
}
