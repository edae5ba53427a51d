import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'
import { malformedRequest } from '../journal/description.ts'
import { newRequestId } from '../journal/request-id.ts'
import type { Journal } from '../ports/journal.ts'
import type { Profile } from '../profiles/profile.ts'
import { errors, type ScimError } from '../scim/error.ts'

type MalformedRequestDeps = { readonly journal: Journal; readonly fallbackProfile: Profile }

/**
 * Answers what isn't HTTP at all, or is too large to be read, and keeps it in the journal like anything else. The client
 * has `patience` milliseconds to read the answer; then the connection is closed, whatever it does.
 */
export function rejectMalformedRequest({ journal, fallbackProfile }: MalformedRequestDeps, patience = 5_000) {
  // Whatever else such a client sends is reported as well.
  const refused = new WeakSet<Socket>()
  return (error: ConnectionError, socket: Socket): void => {
    // The client is gone; there is nobody to answer.
    if (error.code === 'ECONNRESET' || !socket.writable || refused.has(socket)) return
    refused.add(socket)
    const id = newRequestId()
    const at = Date.now()
    const method = unknownMethod(error)
    const refusal = errorFor(error, method)
    const { responses } = fallbackProfile
    const body = JSON.stringify(responses.error(refusal, id, at))
    const headers = {
      ...responses.headers(id),
      'content-type': responses.mediaTypes[0],
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const text = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines.join('')}\r\n${body}`
    afterResponses(socket, () => {
      socket.end(text)
      const timer = setTimeout(() => socket.destroy(), patience).unref()
      socket.once('close', () => clearTimeout(timer))
    })
    journal.record({
      id,
      at,
      tenantTime: at,
      microseconds: 0,
      method: method ?? '?',
      url: '?',
      status: refusal.status,
      ...malformedRequest,
      ...(socket.remoteAddress !== undefined && { remoteAddress: socket.remoteAddress }),
      request: { headers: {} },
      response: { headers, body },
    })
  }
}

/** What Node.js keeps with a connection: the response that it sends, or is to send next. */
type Answering = { readonly _httpMessage?: ServerResponse | null }

/**
 * Calls `next` once all earlier requests are answered: what is sent before would be read as one of their responses. One
 * whose body is what is broken is never answered otherwise.
 */
function afterResponses(socket: Socket & Answering, next: () => void): void {
  const response = socket._httpMessage
  if (response?.req.complete) response.once('close', () => afterResponses(socket, next))
  else if (socket.writable) next()
}

function errorFor(error: ConnectionError, method: string | undefined): ScimError {
  const { code } = error
  if (code === 'HPE_HEADER_OVERFLOW') return errors.headersTooLarge()
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return errors.timedOut()
  if (method !== undefined) return errors.unknownMethod(method)
  if (code === 'HPE_INVALID_METHOD' || !code.startsWith('HPE_INVALID_')) return errors.notHttp()
  return errors.malformedHttp((error as unknown as ParseError).reason)
}

/** What Node.js adds to the error of its parser. The packet may begin with requests that were read. */
type ParseError = { readonly bytesParsed: number; readonly rawPacket: Buffer; readonly reason: string }

/** The method that HTTP doesn't know, where the line at which the parser stopped is a request line all the same. */
function unknownMethod(error: ConnectionError): string | undefined {
  if (error.code !== 'HPE_INVALID_METHOD') return undefined
  const { bytesParsed, rawPacket } = error as unknown as ParseError
  const start = rawPacket.lastIndexOf('\n', bytesParsed) + 1
  const line = rawPacket.toString('latin1', start, start + longestLine)
  return /^([A-Za-z-]{1,20}) \S+ HTTP\/1\.[01]\r?\n/.exec(line)?.[1]
}

/** Node.js reads no longer ones. */
const longestLine = 16 * 1024

/** What HTTP itself rejects about a request, before anything of it is read (RFC 9110, RFC 9112). */
export function httpViolation({ method = '', httpVersion, headers }: IncomingMessage): ScimError | undefined {
  const { host, expect, 'transfer-encoding': coding } = headers
  // RFC 9112 §3.2. HTTP/1.0 has no such header.
  if (host === undefined && httpVersion === '1.1') return errors.hostMissing()
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') return errors.unknownCoding(coding)
  // RFC 9110 §10.1.1 has HTTP/1.0 requests ignore it.
  if (expect !== undefined && httpVersion === '1.1' && !knownExpectation.test(expect)) {
    return errors.unmetExpectation(expect)
  }
  return unknownMethods.has(method) ? errors.unknownMethod(method) : undefined
}

// As Node.js reads it, which sends the interim response.
const knownExpectation = /(?:^|\W)100-continue(?:$|\W)/i

/** No address takes them, so there is none that could say what else to use. */
const unknownMethods: ReadonlySet<string> = new Set(['CONNECT', 'QUERY'])
