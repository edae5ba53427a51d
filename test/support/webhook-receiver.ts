import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

export type Posted = {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  /** The body as it was received, which is what is signed. */
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON was posted; tests compare it whole
  readonly body: any
}

export type Receiver = {
  /** Without a slash at its end. */
  readonly url: string
  /** The next one that is posted, or was and isn't taken yet. */
  next(): Promise<Posted>
  /** How many came so far. */
  count(): number
}

type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> }

/** A server that is told things by webhooks. `answers` are those to the first posts; the others get 204. */
export async function receiveWebhooks(
  t: Pick<Test, 'teardown'>,
  ...answers: readonly Answer[]
): Promise<Receiver> {
  const posts: Posted[] = []
  const waiting: ((posted: Posted) => void)[] = []
  let count = 0
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    const received = await text(request)
    const posted = { method, url, headers, text: received, body: JSON.parse(received || 'null') }
    const answer = answers[count++] ?? { status: 204 }
    response.writeHead(answer.status, answer.headers).end()
    const taker = waiting.shift()
    if (taker) taker(posted)
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
