import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

export type Posted = {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  /** The body as received, which is signed. */
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: any JSON; tests compare it completely
  readonly body: any
}

export type Receiver = {
  /** Without a trailing slash. */
  readonly url: string
  /** Resolves with the next message, including earlier ones that were not read. */
  next(): Promise<Posted>
  /** The number of messages so far. */
  count(): number
}

type Response = { readonly status: number; readonly headers?: Readonly<Record<string, string>> }

/** A server that receives webhooks. `responses` are those to the first messages; the others get 204. */
export async function receiveWebhooks(
  t: Pick<Test, 'teardown'>,
  ...responses: readonly Response[]
): Promise<Receiver> {
  const posts: Posted[] = []
  const waiting: ((posted: Posted) => void)[] = []
  let count = 0
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    const received = await text(request)
    const posted = { method, url, headers, text: received, body: JSON.parse(received || 'null') }
    const { status, headers: sent } = responses[count++] ?? { status: 204 }
    response.writeHead(status, sent).end()
    const resolve = waiting.shift()
    if (resolve) resolve(posted)
    else posts.push(posted)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next() {
      const posted = posts.shift()
      return posted ? Promise.resolve(posted) : new Promise(resolve => waiting.push(resolve))
    },
    count: () => count,
  }
}
