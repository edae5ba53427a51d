import type { IncomingMessage } from 'node:http'
import { errors, type ScimError } from '../scim/error.ts'

/** What HTTP itself rejects about a request, before anything of it is read (RFC 9110, RFC 9112). */
export function breachOfHttp({ method = '', httpVersion, headers }: IncomingMessage): ScimError | undefined {
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
