import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Check } from '../../scim-compliance/check.ts'
import type { RunOptions } from '../../scim-compliance/run/run-checks.ts'

export type ReceivedRequest = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Undefined if it isn't JSON. */
  readonly json: unknown
}

type Reply =
  | {
      readonly status?: number
      /** Sent as JSON; `text` is sent unchanged. */
      readonly body?: unknown
      readonly text?: string
      readonly headers?: Record<string, string>
    }
  | undefined

/** The response of a small server; undefined drops the connection. */
export type Respond = (request: ReceivedRequest) => Reply | Promise<Reply>

/** A small server with any behavior; `requests` records what it receives. */
export async function smallServer(t: Pick<Test, 'teardown'>, respond: Respond) {
  const requests: ReceivedRequest[] = []
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request)
    const one = {
      method: request.method ?? '',
      path: (request.url ?? '').replace('/scim', ''),
      headers: request.headers,
      body,
      json: jsonIn(body),
    }
    requests.push(one)
    const reply = await respond(one)
    if (reply === undefined) return response.destroy()
    const { status = 200, text: plain, headers = {} } = reply
    response.writeHead(status, { 'content-type': 'application/scim+json', ...headers })
    return response.end(reply.body === undefined ? plain : JSON.stringify(reply.body))
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/scim`, requests }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const runOptions = (
  url: string,
  checks: readonly Check[],
  more: Partial<RunOptions> = {},
): RunOptions => ({
  url,
  token: 'the-secret-token',
  headers: {},
  as: ['rfc'],
  only: [],
  skip: [],
  readOnly: false,
  concurrency: 2,
  rate: 0,
  timeoutSeconds: 20,
  retries: 0,
  insecure: false,
  extras: [],
  checks,
  ...more,
})

export const check = (id: string, run: Check['run'], needs: Check['needs'] = []): Check => ({
  id,
  suite: 'rfc',
  section: 'Test',
  level: 'MUST',
  description: 'It does.',
  source: 'RFC 7644',
  rationale: 'It does.',
  remedy: 'Do.',
  needs,
  run,
})
