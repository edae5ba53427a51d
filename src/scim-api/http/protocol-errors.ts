import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'
import { malformedRequest } from '../../domain/journal/description.ts'
import { newRequestId } from '../../domain/journal/request-id.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import { errors, type ScimError } from '../../scim/error.ts'
import { STATUS_CODES } from './node-http.ts'

type MalformedRequestDeps = {
  readonly journal: Journal
  readonly clock: () => number
  /** Formats the error of a request with this ID and time. */
  readonly format: (error: ScimError, id: string, at: number) => FormattedError
}

/** The headers are without the length. */
export type FormattedError = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Responds to data that is not HTTP or too large, and records it in the journal. Closes the connection `patience`
 * milliseconds after the response, even if the client has not read it.
 */
export function rejectMalformedRequest({ journal, clock, format }: MalformedRequestDeps, patience = 5_000) {
  // Node.js also reports further data on the connection.
  const rejected = new WeakSet<Socket>()
  return (error: ConnectionError, socket: Socket): void => {
    // The client has disconnected.
    if (error.code === 'ECONNRESET' || !socket.writable || rejected.has(socket)) return
    rejected.add(socket)
    const at = clock()
    const id = newRequestId(at)
    const method = unknownMethod(error)
    const { status, body, headers: formatted } = format(errorFor(error, method), id, at)
    const headers = {
      ...formatted,
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`
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
      status,
      ...malformedRequest,
      ...(socket.remoteAddress !== undefined && { remoteAddress: socket.remoteAddress }),
      request: { headers: {} },
      response: { headers, body },
    })
  }
}

/** Node.js keeps the current response with its connection. */
type WithResponse = { readonly _httpMessage?: ServerResponse | null }

/**
 * Calls `next` after the responses to all earlier requests, since a client matches responses in order. A request with a
 * malformed body gets no other response.
 */
function afterResponses(socket: Socket & WithResponse, next: () => void): void {
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

/** Fields of a parser error of Node.js. The packet may begin with requests that were parsed. */
type ParseError = { readonly bytesParsed: number; readonly rawPacket: Buffer; readonly reason: string }

/** The unknown method, if the line at which the parser stopped is otherwise a request line. */
function unknownMethod(error: ConnectionError): string | undefined {
  if (error.code !== 'HPE_INVALID_METHOD') return undefined
  const { bytesParsed, rawPacket } = error as unknown as ParseError
  const start = rawPacket.lastIndexOf('\n', bytesParsed) + 1
  const line = rawPacket.toString('latin1', start, start + maxLineLength)
  return /^([A-Za-z-]{1,20}) \S+ HTTP\/1\.[01]\r?\n/.exec(line)?.[1]
}

/** The limit of Node.js. */
const maxLineLength = 16 * 1024
