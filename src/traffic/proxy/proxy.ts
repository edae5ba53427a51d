import { createHash } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { errorUrn } from '../../profiles/base.ts'
import type { Captured } from '../recordings/read-captured.ts'
import { leavesBase } from '../recordings/recording.ts'
import { capture, maxCopy } from './record.ts'
import { explainFailure, type Upstream } from './upstream.ts'

export type ProxyOptions = {
  readonly upstream: Upstream
  /** SHA-256 of the only token that is forwarded, in hexadecimal digits. */
  readonly tokenSha256?: string | undefined
  /** Gets each exchange without secrets, after its last byte was sent. */
  readonly onExchange: (exchange: Captured) => void
  /** Gets sentences for the terminal. */
  readonly onNotice: (text: string) => void
}

/** The base path for clients that need not know the one of the upstream. */
const ownBase = '/scim/v2'

/**
 * A server that forwards GET requests and their responses as they are: path, query, body, and names, values, order and letter case of
 * headers. Not listening yet.
 */
export function createProxy({ upstream, tokenSha256, onExchange, onNotice }: ProxyOptions): Server {
  const { host, path } = upstream
  // The path of an upstream may be `/scim`, or empty.
  const bases = [path, ownBase].toSorted((one, other) => other.length - one.length)
  return createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    const { url = '', method, headers, rawHeaders } = request
    const base = bases.find(base => url.startsWith(`${base}/`))
    if (tokenSha256 !== undefined && hashOfToken(headers.authorization) !== tokenSha256)
      return sendError(response, 401, 'The proxy forwards requests with another token only.')
    if (base === undefined || leavesBase(url))
      return sendError(response, 404, `The proxy forwards requests below ${ownBase} and ${path} only.`)
    if (method !== 'GET') {
      onNotice(`A ${method} request was not forwarded.`)
      // Entra ID reads 403 as wrong credentials, and stops the job.
      return sendError(response, 501, `The proxy is read-only: this ${method} request was not forwarded.`)
    }
    const at = Date.now()
    const target = url.slice(base.length)
    const framing = 'transfer-encoding' in headers ? ['Transfer-Encoding', 'chunked'] : []
    const sent = endToEnd(rawHeaders, `host,${headers.connection}`)
    const forwarded = upstream.open(target, [...sent, ...framing])
    response.once('close', () => forwarded.destroy())
    forwarded.on('error', error => {
      if (response.closed || response.headersSent) return
      const { status, message } = explainFailure(error)
      onNotice(`No response from ${host}: ${message}.`)
      sendError(response, status, `The proxy got no response from ${host}: ${message}.`)
    })
    forwarded.once('response', received => {
      const { statusCode = 0, statusMessage, rawHeaders, headers } = received
      response.sendDate = false
      response.writeHead(statusCode, statusMessage, endToEnd(rawHeaders, headers.connection))
      const copy: Buffer[] = []
      let size = 0
      received.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= maxCopy) copy.push(chunk)
      })
      received.once('error', error => {
        if (!response.closed) onNotice(`A response from ${host} is incomplete: ${error.message}.`)
      })
      pipeline(received, response, error => {
        if (error) return
        const body = size <= maxCopy ? Buffer.concat(copy) : undefined
        try {
          onExchange(capture({ at, url: upstream.url + target }, request, received, body))
        } catch (error) {
          onNotice(`RECORDING FAILED: ${(error as Error).message}. Requests are still forwarded.`)
        }
      })
    })
    request.pipe(forwarded)
  })
}

const hashOfToken = (authorization = ''): string =>
  createHash('sha256')
    .update(authorization.replace(/^bearer +/i, ''))
    .digest('hex')

/** Headers of one connection (RFC 9110 §7.6.1). */
const hopByHop = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i

/** Raw headers, names and values alternating, without those of the connection. */
function endToEnd(raw: readonly string[], connection = ''): string[] {
  const named = connection.split(',').map(name => name.trim().toLowerCase())
  const isKept = (name: string) => !hopByHop.test(name) && !named.includes(name.toLowerCase())
  return raw.filter((_, at) => isKept(raw[at - (at % 2)] ?? ''))
}

function sendError(response: ServerResponse, status: number, reason: string): void {
  const detail = `Scimulator: ${reason}`
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer')
  response.writeHead(status, { 'Content-Type': 'application/scim+json' })
  response.end(JSON.stringify({ schemas: [errorUrn], status: String(status), detail }))
}
