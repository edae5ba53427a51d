import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Test } from 'tap'
import type { Break, ReceivedRequest, Reply } from './break.ts'

type Proxy = {
  /** The SCIM root for clients of the proxy. */
  readonly url: string
  /** Sets the fault; without one, the server is correct. */
  readonly breakBy: (how: Break | undefined) => void
}

const ofConnection = /^(connection|keep-alive|transfer-encoding|content-length)$/

const headersOf = (headers: IncomingMessage['headers']): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || ofConnection.test(name) ? [] : [[name, String(value)]],
    ),
  )

const textOf = async (stream: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

/** A proxy that changes requests and responses. */
export async function proxyOf(t: Pick<Test, 'teardown'>, serverUrl: string): Promise<Proxy> {
  const { origin, pathname: root } = new URL(serverUrl)
  const agent = new Agent({ keepAlive: true })
  const sound = (received: ReceivedRequest) => forward(origin, root, agent, received)
  let how: Break | undefined
  const used = new WeakSet<Socket>()
  const listener = async (incoming: IncomingMessage, response: ServerResponse) => {
    const received: ReceivedRequest = {
      method: incoming.method ?? '',
      target: (incoming.url ?? '').replace(root, ''),
      headers: headersOf(incoming.headers),
      text: await textOf(incoming),
      isReused: used.has(incoming.socket),
    }
    used.add(incoming.socket)
    const { status, headers, text } = await (how ? how(received, sound) : sound(received))
    response.writeHead(status, headers).end(text)
  }
  const proxy = createServer((incoming, response) => {
    listener(incoming, response).catch(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => proxy.once('listening', resolve))
  t.teardown(() => {
    agent.destroy()
    proxy.closeAllConnections()
    proxy.close()
  })
  const { port } = proxy.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${root}`,
    breakBy: next => {
      how = next
    },
  }
}

const forward = (origin: string, root: string, agent: Agent, received: ReceivedRequest): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { method, target, headers, text } = received
    const bytes = Buffer.from(text)
    const length = bytes.length > 0 ? { 'content-length': String(bytes.length) } : {}
    const outgoing = request(
      origin,
      { agent, method, path: root + target, headers: { ...headers, ...length } },
      response => {
        textOf(response).then(
          body =>
            resolve({ status: response.statusCode ?? 0, headers: headersOf(response.headers), text: body }),
          reject,
        )
      },
    )
    outgoing.on('error', reject).end(bytes)
  })
