import { type Readable, Transform } from 'node:stream'
import { clearTimeout, setTimeout } from 'node:timers'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { bodyBytes } from '../../profiles/base.ts'
import type { Admit } from '../../scim-api/http/receive.ts'
import { type AdmissionDeps, admitBody } from './admission.ts'
import { refusals } from './errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** How many bytes of the body may be read; undefined: as many as the listener accepts. */
    maxBody: number | undefined
  }
}

class UnreadBody extends Error {
  override readonly name = 'UnreadBody'
}

export function limitBodies(app: FastifyInstance, deps: AdmissionDeps): Admit {
  app.decorateRequest('maxBody')
  app.addHook('preParsing', ({ maxBody, headers }, _reply, payload, done) => {
    // The length of others was compared.
    const isUnlimited = maxBody === undefined || headers['transfer-encoding'] === undefined
    done(null, isUnlimited ? payload : limitBody(payload, maxBody))
  })
  return (request, reply, done) => {
    const admitted = admitBody(request, deps)
    if (!('outcome' in admitted)) {
      request.maxBody = admitted.maxBody
      return done()
    }
    request.admission = admitted
    request.caller = admitted.caller
    // Node.js receives the rest of a body and drops it. One without an end would take a minute.
    if (isShort(request)) return done(new UnreadBody())
    reply.raw.setHeader('connection', 'close')
    dropBody(request.raw, () => done(new UnreadBody()))
  }
}

const isShort = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length']) <= bodyBytes

/** Bytes and milliseconds for which a body is dropped before the connection is closed. */
const maxDropped = { bytes: 8 * 1024 * 1024, milliseconds: 2000 }

/** Drops a body up to a limit. A connection that is closed while its client still sends is reset, so the client would not read the error. */
function dropBody(body: Readable, done: () => void): void {
  let left = maxDropped.bytes
  const timer = setTimeout(end, maxDropped.milliseconds)
  function end() {
    clearTimeout(timer)
    body.off('data', drop).off('end', end).off('close', end)
    done()
  }
  function drop(chunk: Buffer) {
    left -= chunk.length
    if (left < 0) end()
  }
  body.on('data', drop).once('end', end).once('close', end)
}

function limitBody(body: Readable, most: number): Readable {
  let length = 0
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length
      if (length > most) done(refusals.tooLargeUnsigned(most))
      else done(null, chunk)
    },
  })
  body.once('error', error => limited.destroy(error))
  return body.pipe(limited)
}
