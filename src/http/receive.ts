import type { FastifyInstance } from 'fastify'
import { newRequestId } from '../journal/request-id.ts'
import type { Journal } from '../ports/journal.ts'
import { limitPipelining } from './pipelining.ts'
import { httpViolation } from './protocol-errors.ts'

/** What all requests of a listener pass first: they get an id, and wait for earlier ones of their connection. */
export function receiveRequests(
  app: FastifyInstance,
  { clock, journal }: { readonly clock: () => number; readonly journal: Pick<Journal, 'room'> },
): void {
  app.decorateRequest('received')
  app.decorateRequest('address')
  app.decorateRequest('caller')
  app.decorateRequest('fault')
  app.decorateRequest('isRecorded', false)
  app.addHook('onRequest', (request, _reply, done) => {
    const at = clock()
    request.received = { id: newRequestId(at), at, started: performance.now() }
    const room = journal.room()
    if (room) room.then(() => done())
    else done()
  })
  limitPipelining(app, { onAbort: request => request.recordAbort() })
  app.addHook('onRequest', ({ raw }, _reply, done) => done(httpViolation(raw)))
}

/** Receives bodies of any media type, for the journal. Handlers check their format. */
export function receiveBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body: Buffer, done) => done(null, body))
}
