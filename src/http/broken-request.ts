import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'
import type { Journal } from '../journal/journal.ts'
import { newRequestId } from '../journal/request-id.ts'
import type { Profile } from '../profiles/profile.ts'
import { errors, type ScimError } from '../scim/error.ts'

type Parts = { readonly journal: Journal; readonly otherwise: Profile }

/** Answers what isn't HTTP at all, or is too large to be read, and keeps it in the journal like anything else. */
export const refuseBrokenRequest =
  ({ journal, otherwise }: Parts) =>
  (error: ConnectionError, socket: Socket): void => {
    // The client is gone; there is nobody to answer.
    if (error.code === 'ECONNRESET' || !socket.writable) return
    const id = newRequestId()
    const at = Date.now()
    const method = unknownMethodIn(error)
    const refusal = refusalFor(error, method)
    const { answers } = otherwise
    const body = JSON.stringify(answers.error(refusal, id, at))
    const headers = {
      ...answers.headers(id),
      'content-type': answers.mediaTypes[0],
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines.join('')}\r\n${body}`)
    journal.record({
      id,
      at,
      tenantTime: at,
      microseconds: 0,
      method: method ?? '?',
      url: '?',
      status: refusal.status,
      action: 'broken request',
      ...(socket.remoteAddress !== undefined && { remoteAddress: socket.remoteAddress }),
      request: { headers: {} },
      response: { headers, body },
    })
  }

function refusalFor(error: ConnectionError, method: string | undefined): ScimError {
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
function unknownMethodIn(error: ConnectionError): string | undefined {
  if (error.code !== 'HPE_INVALID_METHOD') return undefined
  const { bytesParsed, rawPacket } = error as unknown as ParseError
  const start = rawPacket.lastIndexOf('\n', bytesParsed) + 1
  const line = rawPacket.toString('latin1', start, start + longestLine)
  return /^([A-Za-z-]{1,20}) \S+ HTTP\/1\.[01]\r?\n/.exec(line)?.[1]
}

/** Node.js reads no longer ones. */
const longestLine = 16 * 1024
