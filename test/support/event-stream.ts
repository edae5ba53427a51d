import { get, type IncomingMessage } from 'node:http'
import type { Test } from 'tap'

/** An event of a stream, or a comment. */
type Received = {
  readonly event?: string
  readonly id?: string
  // biome-ignore lint/suspicious/noExplicitAny: an event is any JSON; tests compare it completely
  readonly data?: any
  readonly comment?: string
}

export type EventStream = {
  readonly response: IncomingMessage
  /** The next event; undefined at the end of the stream. */
  next(): Promise<Received | undefined>
  /** The next event with this name. */
  nextCalled(event: string): Promise<Received | undefined>
  close(): void
}

/** Reads an event stream from a real socket. */
export async function watchEvents(
  t: Pick<Test, 'teardown'>,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).on('error', reject)
  })
  const received = receive(response)
  const close = () => void response.destroy()
  t.teardown(close)
  const next = async () => (await received.next()).value ?? undefined
  const nextCalled = async (event: string) => {
    let one = await next()
    while (one && one.event !== event) one = await next()
    return one
  }
  return { response, next, nextCalled, close }
}

async function* receive(response: IncomingMessage): AsyncGenerator<Received, void> {
  let text = ''
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      yield* blocks.map(receivedIn)
    }
  } catch {
    // The connection was closed by either side, which ends the stream.
  }
}

function receivedIn(block: string): Received {
  const fields = new Map(
    block.split('\n').map(line => {
      const at = line.indexOf(':')
      return [line.slice(0, at) || 'comment', line.slice(at + 1).trimStart()] as const
    }),
  )
  const data = fields.get('data')
  return {
    ...Object.fromEntries(fields),
    ...(data !== undefined && { data: JSON.parse(data) }),
  }
}
