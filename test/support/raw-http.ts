import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A message of HTTP/1.1 as it was on the wire, in Latin-1; chunks are joined, and chunked framing is left out of the body. */
export type RawMessage = {
  readonly start: string
  /** Names and values in their order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

export const printHead = ({ start, headers }: Pick<RawMessage, 'start' | 'headers'>): string =>
  `${[start, ...headers.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`

export const chunked = (body: string): string =>
  `${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n`

/** Reads a message that is complete, or undefined if more of it has to arrive. Without a length it ends with the connection. */
export function readMessage(text: string, isEnd: boolean, hasBody = true): RawMessage | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [start = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map(line => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 2)] as const
  })
  const header = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
  const rest = text.slice(end + 4)
  if (!hasBody) return { start, headers, body: '' }
  if (header('transfer-encoding') !== undefined) {
    if (!rest.endsWith('0\r\n\r\n')) return undefined
    return { start, headers, body: joinChunks(rest) }
  }
  const length = header('content-length')
  if (length === undefined) return isEnd ? { start, headers, body: rest } : undefined
  return rest.length < Number(length) ? undefined : { start, headers, body: rest }
}

function joinChunks(text: string): string {
  const chunks: string[] = []
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, end), 16)
    if (size === 0) return chunks.join('')
    chunks.push(text.slice(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
}

/** Listens until the test ends, and returns the port. */
export async function listen(
  t: Pick<Test, 'teardown'>,
  onConnection: (socket: Socket) => void,
): Promise<number> {
  const server = createServer(onConnection)
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Sends these bytes over a connection of their own, and returns all that came back. */
export const exchangeBytes = (port: number, sent: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(sent, 'latin1'))
    socket.on('data', part => parts.push(part))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')))
  })
