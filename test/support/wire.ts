import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A request as it went over the wire. */
export type WireRequest = {
  /** `GET /scim/v2/Users?startIndex=1&count=2 HTTP/1.1`. */
  readonly line: string
  /** `Accept: application/scim+json`, in the order sent. */
  readonly headers: readonly string[]
  readonly body: string
}

export type Wire = {
  /** `host:port` of the recorder. */
  readonly host: string
  /** The requests since the last call. */
  requests(): readonly WireRequest[]
}

/** Passes all octets to a server on this port of the loopback address, and records those of the requests. */
export async function recordWire(t: Pick<Test, 'teardown'>, port: number): Promise<Wire> {
  const recorded: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', octets => recorded.push(octets))
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  const requests = () => {
    const octets = Buffer.concat(recorded.splice(0))
    return parsed(octets)
  }
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

/** A client with one connection sends one request after the other. */
function parsed(octets: Buffer): readonly WireRequest[] {
  const requests: WireRequest[] = []
  for (let at = 0; at < octets.length; ) {
    const end = octets.indexOf('\r\n\r\n', at)
    const [line = '', ...headers] = octets.toString('utf8', at, end).split('\r\n')
    const length = Number(/^content-length: (\d+)$/im.exec(headers.join('\n'))?.[1] ?? 0)
    requests.push({ line, headers, body: octets.toString('utf8', end + 4, end + 4 + length) })
    at = end + 4 + length
  }
  return requests
}
