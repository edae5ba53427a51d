import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Fault, FaultEffect } from '../faults/fault.ts'
import type { Faults } from '../faults/faults.ts'
import { effectInWords } from '../faults/words.ts'
import { type Reason, ScimError, type ScimType } from '../scim/error.ts'
import { refused } from './authenticate.ts'
import type { ExchangeState } from './exchange-state.ts'
import { createPauses, type Pauses } from './pauses.ts'
import { clientClosedRequest, type RecordUnsent } from './record-exchange.ts'
import { type Answer, headersOf, send } from './reply.ts'
import { type Wording, worded } from './reply-error.ts'
import { aimOf, factsOf } from './request-facts.ts'

/** nginx's status for a connection that it closes without an answer. */
const noResponse = 444

/** Answers a request, unless a fault spoils that. `carryOut` never throws. */
export type Respond = (
  request: FastifyRequest,
  reply: FastifyReply,
  carryOut: () => Answer | Promise<Answer>,
) => Promise<FastifyReply>

type Parts = {
  readonly faults: Faults
  readonly wording: Wording
  readonly recordUnsent: RecordUnsent
}

type Visit = Parts & {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly carryOut: () => Answer | Promise<Answer>
  readonly pauses: Pauses
}

/**
 * How requests are answered: as they should be, or spoiled by the fault that strikes. It is asked once of each
 * request, when its body was read and before anything is carried out. Those that weren't let in, or whose body
 * can't be read, are struck as well: a service that is down refuses everybody alike.
 */
export function createResponder(app: FastifyInstance, parts: Parts): Respond {
  const pauses = createPauses()
  app.addHook('preClose', done => {
    pauses.endAll()
    done()
  })
  return async (request, reply, carryOut) => {
    // What goes wrong while a spoiled answer is sent comes here again, and so does whoever left in mid-request.
    const isPastStriking = request.exchange.fault !== undefined || request.raw.socket.destroyed
    const fault = isPastStriking ? undefined : parts.faults.strike(() => factsOf(request))
    if (!fault) return send(request, reply, await carryOut())
    return spoil(fault, { ...parts, request, reply, carryOut, pauses })
  }
}

async function spoil({ id, effect }: Fault, visit: Visit): Promise<FastifyReply> {
  const { request, reply, carryOut, pauses } = visit
  const { exchange } = request
  exchange.fault = { id, words: effectInWords(effect) }
  switch (effect.kind) {
    case 'status':
      return send(request, reply, statusAnswer(effect, visit))
    case 'token-expired':
      exchange.refusal = 'expired'
      return send(request, reply, worded(refused(), exchange, visit.wording))
    case 'delay':
      await pauses.pause(effect.milliseconds, reply.raw)
      return sendIfAnybodyIsThere(visit, await carryOut())
    case 'reset':
      return effect.when === 'after' ? cut(visit, await carryOut()) : cut(visit, nothing(exchange, request))
    case 'truncate':
      return send(request, reply, halfOf(await carryOut()))
    case 'body':
      return send(request, reply, otherBody(await carryOut(), effect))
  }
}

/** What it was about is in the journal, though nothing was carried out. */
function nothing(exchange: ExchangeState, request: FastifyRequest): Answer {
  Object.assign(exchange, aimOf(request))
  return { status: noResponse }
}

function statusAnswer(effect: Extract<FaultEffect, { kind: 'status' }>, visit: Visit): Answer {
  const { request, wording } = visit
  Object.assign(request.exchange, aimOf(request))
  const { retryAfter } = effect
  const { headers, ...answer } = worded(errorOf(effect), request.exchange, wording)
  // The profile may have one of its own; what was asked for counts.
  return {
    ...answer,
    headers: { ...headers, ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }) },
  }
}

const reasons: Readonly<Record<number, readonly [Reason, ScimType?]>> = {
  400: ['invalidValue', 'invalidValue'],
  401: ['unauthorized'],
  403: ['forbidden'],
  404: ['noSuchEndpoint'],
  409: ['uniqueness', 'uniqueness'],
  429: ['throttled'],
}

function errorOf({ status, detail }: Extract<FaultEffect, { kind: 'status' }>): ScimError {
  const [reason, scimType] = reasons[status] ?? ['internal']
  const text = detail ?? STATUS_CODES[status] ?? `Status ${status}`
  // Profiles have texts of their own for a conflict; a detail that was asked for counts.
  const worded = reason === 'uniqueness' && detail !== undefined ? 'internal' : reason
  return new ScimError(status, worded, text, scimType && { scimType })
}

/** A client that has given up waiting is not told, but what it asked for is done: servers don't notice. */
function sendIfAnybodyIsThere(visit: Visit, answer: Answer): FastifyReply {
  const { request, reply, pauses, recordUnsent } = visit
  // A connection that is kept for another request would keep the server from closing.
  if (pauses.isOver()) reply.header('connection', 'close')
  if (!reply.raw.destroyed && !request.raw.socket.destroyed) return send(request, reply, answer)
  reply.hijack()
  headersOf(request, answer)
  recordUnsent(request, clientClosedRequest, answer.body)
  return reply
}

/** The journal has the answer that was lost. */
function cut({ request, reply, recordUnsent }: Visit, answer: Answer): FastifyReply {
  reply.hijack()
  if (answer.status !== noResponse) headersOf(request, answer)
  recordUnsent(request, answer.status, answer.body)
  // The answer has none yet if it has to wait for those to earlier requests.
  const { socket } = request.raw
  // Under TLS there is no connection of TCP that could be reset: it ends without a farewell.
  if ('resetAndDestroy' in socket && !('encrypted' in socket)) socket.resetAndDestroy()
  else reply.raw.destroy()
  return reply
}

/**
 * Half of the body under its own length: HTTP that is sound, and JSON that isn't. A body that ends before the length
 * that was announced is to a client a connection that breaks, which `reset` does.
 */
const halfOf = ({ body, ...answer }: Answer): Answer =>
  body === undefined ? answer : { ...answer, body: body.slice(0, body.length / 2).toWellFormed() }

/** It comes from somebody who knows nothing of what it stands for. */
function otherBody({ status }: Answer, effect: Extract<FaultEffect, { kind: 'body' }>): Answer {
  const { body, mediaType } = effect
  const isWithout = status === 204 || status === 304
  return { status: effect.status ?? (isWithout && body !== '' ? 200 : status), body, mediaType }
}
