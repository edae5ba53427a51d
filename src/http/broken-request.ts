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
    const refusal = refusalFor(error)
    const { answers } = otherwise
    const body = JSON.stringify(answers.error(refusal, id, at))
    const headers = {
      ...answers.headers(id),
      'content-type': answers.mediaTypes[0],
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(
      `HTTP/1.1 ${refusal.status} ${words[refusal.status] ?? 'Bad Request'}\r\n${lines.join('')}\r\n${body}`,
    )
    journal.record({
      id,
      at,
      tenantTime: at,
      microseconds: 0,
      method: '?',
      url: '?',
      status: refusal.status,
      action: 'broken request',
      ...(socket.remoteAddress !== undefined && { remoteAddress: socket.remoteAddress }),
      request: { headers: {} },
      response: { headers, body },
    })
  }

const words: Readonly<Record<number, string>> = {
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

function refusalFor({ code }: ConnectionError): ScimError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return errors.headersTooLarge()
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return errors.timedOut()
    default:
      return errors.notHttp()
  }
}
