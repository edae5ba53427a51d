import http from 'node:http'
import https from 'node:https'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import type { RawResponse, Unmasked } from './exchange.ts'
import { TimedOut } from './reachability.ts'

type WireRequest = Unmasked & {
  readonly method: string
  readonly url: URL
  /** The path as sent; `url.pathname` would normalize malformed paths that a check sends on purpose. */
  readonly target: string
  readonly timeoutSeconds: number
}

const maxBodySize = 64 * 1024 * 1024

/**
 * Sends requests with node:http, since `fetch` adds an Accept header and normalizes URLs. Redirects
 * aren't followed.
 */
export function createTransport({ insecure }: { readonly insecure: boolean }) {
  const kept = agents({ keepAlive: true })
  const single = agents({ keepAlive: false })
  function agents(options: { readonly keepAlive: boolean }) {
    const secure = new https.Agent({ ...options, rejectUnauthorized: !insecure })
    return { plain: new http.Agent(options), secure }
  }
  const send = ({ url, method, target, headers }: WireRequest, { plain, secure }: typeof kept) => {
    const isSecure = url.protocol === 'https:'
    const agent = isSecure ? secure : plain
    return (isSecure ? https : http).request(url, { method, path: target, headers, agent })
  }
  const exchange = async (wire: WireRequest): Promise<RawResponse> => {
    // A server may close an idle connection at the moment of its reuse, which is no fault. Since the
    // request may have been processed, only idempotent requests are sent over a connection that was idle.
    const first = isRepeatable(wire) ? await sendOnce(send(wire, kept), wire) : 'closed while idle'
    const answer = first === 'closed while idle' ? await sendOnce(send(wire, single), wire) : first
    if (answer === 'closed while idle') throw new Error('the connection was closed')
    return answer
  }
  const close = () => {
    for (const { plain, secure } of [kept, single]) for (const agent of [plain, secure]) agent.destroy()
  }
  return { exchange, close }
}

/** RFC 9110 §9.2.2 */
const isRepeatable = ({ method }: WireRequest): boolean => /^(GET|HEAD|PUT|DELETE|OPTIONS)$/.test(method)

function sendOnce(request: http.ClientRequest, { body, timeoutSeconds }: WireRequest) {
  return new Promise<RawResponse | 'closed while idle'>((resolve, reject) => {
    const timer = setTimeout(
      () => request.destroy(new TimedOut(`no complete response within ${timeoutSeconds} s`)),
      timeoutSeconds * 1000,
    )
    const settle = (how: () => void) => {
      clearTimeout(timer)
      how()
    }
    let answered = false
    request.on('error', error => {
      const { code } = error as NodeJS.ErrnoException
      const isIdle = request.reusedSocket && !answered && /^(ECONNRESET|EPIPE)$/.test(code ?? '')
      settle(() => (isIdle ? resolve('closed while idle') : reject(error)))
    })
    request.on('response', response => {
      answered = true
      readBody(response).then(
        body => settle(() => resolve({ ...responseHead(response), body })),
        error => settle(() => reject(error)),
      )
    })
    request.end(body.length > 0 ? body : undefined)
  })
}

const responseHead = (response: http.IncomingMessage) => ({
  status: response.statusCode ?? 0,
  statusText: response.statusMessage ?? '',
  headers: Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  ),
})

async function readBody(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    size += chunk.length
    if (size > maxBodySize) throw new Error(`the body is larger than ${maxBodySize / 1024 / 1024} MB`)
    chunks.push(chunk)
  }
  return decompress(Buffer.concat(chunks), response.headers['content-encoding'])
}

function decompress(body: Buffer, encoding: string | undefined): Buffer {
  const limit = { maxOutputLength: maxBodySize }
  if (body.length === 0) return body
  if (encoding === 'gzip') return gunzipSync(body, limit)
  if (encoding === 'deflate') return inflateSync(body, limit)
  return encoding === 'br' ? brotliDecompressSync(body, limit) : body
}
