import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults } from '../faults/active-faults.ts'
import { describeEffect, type Fault, type FaultEffect } from '../faults/fault.ts'
import { type ErrorReason, ScimError, type ScimType } from '../scim/error.ts'
import { unauthorized } from './authentication.ts'
import { clientClosedRequest, type RecordUnsent } from './recording.ts'
import type { ExchangeState } from './request.ts'
import { intentAndTarget, requestFacts } from './request-facts.ts'
import { type ErrorContext, formatError, responseHeaders, type ScimResponse, send } from './responses.ts'

/** Requests that wait for no reason but that somebody wants to see what their client makes of it. */
export type Delays = {
  /** Resolves after so many milliseconds, or as soon as nobody waits for the answer any more or all are to end. */
  wait(milliseconds: number, response: ServerResponse): Promise<void>
  /** From now on nobody waits. */
  endAll(): void
  isClosed(): boolean
}

export function createDelays(): Delays {
  const ends = new Set<() => void>()
  let isOver = false
  return {
    wait: (milliseconds, response) =>
      new Promise(resolve => {
        if (isOver || response.destroyed) return resolve()
        const end = () => {
          clearTimeout(timer)
          response.off('close', end)
          ends.delete(end)
          resolve()
        }
        const timer = setTimeout(end, milliseconds)
        response.once('close', end)
        ends.add(end)
      }),
    isClosed: () => isOver,
    endAll() {
      isOver = true
      for (const end of [...ends]) end()
    },
  }
}

/** nginx's status for a connection that it closes without an answer. */
const noResponse = 444

/** Answers a request, unless a fault spoils that. `carryOut` never throws. */
export type Respond = (
  request: FastifyRequest,
  reply: FastifyReply,
  carryOut: () => ScimResponse | Promise<ScimResponse>,
) => Promise<FastifyReply>

type ResponderDeps = {
  readonly faults: Faults
  readonly wording: ErrorContext
  readonly recordUnsent: RecordUnsent
}

type FaultContext = ResponderDeps & {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly carryOut: () => ScimResponse | Promise<ScimResponse>
  readonly pauses: Delays
}

/**
 * How requests are answered: as they should be, or spoiled by the fault that strikes. It is asked once of each
 * request, when its body was read and before anything is carried out. Those that weren't let in, or whose body
 * can't be read, are struck as well: a service that is down refuses everybody alike.
 */
export function createResponder(app: FastifyInstance, deps: ResponderDeps): Respond {
  const pauses = createDelays()
  app.addHook('preClose', done => {
    pauses.endAll()
    done()
  })
  return async (request, reply, carryOut) => {
    // What goes wrong while a spoiled answer is sent comes here again, and so does whoever left in mid-request.
    const isPastStriking = request.exchange.fault !== undefined || request.raw.socket.destroyed
    const fault = isPastStriking ? undefined : deps.faults.trigger(() => requestFacts(request))
    if (!fault) return send(request, reply, await carryOut())
    return injectFault(fault, { ...deps, request, reply, carryOut, pauses })
  }
}

async function injectFault({ id, effect }: Fault, context: FaultContext): Promise<FastifyReply> {
  const { request, reply, carryOut, pauses } = context
  const { exchange } = request
  exchange.fault = { id, words: describeEffect(effect) }
  switch (effect.kind) {
    case 'status':
      return send(request, reply, statusResponse(effect, context))
    case 'token-expired':
      exchange.refusal = 'expired'
      return send(request, reply, formatError(unauthorized(), exchange, context.wording))
    case 'delay':
      await pauses.wait(effect.milliseconds, reply.raw)
      return sendUnlessDisconnected(context, await carryOut())
    case 'reset':
      return effect.when === 'after'
        ? cutConnection(context, await carryOut())
        : cutConnection(context, noResponseFor(exchange, request))
    case 'truncate':
      return send(request, reply, truncateBody(await carryOut()))
    case 'body':
      return send(request, reply, replaceBody(await carryOut(), effect))
  }
}

/** What it was about is in the journal, though nothing was carried out. */
function noResponseFor(exchange: ExchangeState, request: FastifyRequest): ScimResponse {
  Object.assign(exchange, intentAndTarget(request))
  return { status: noResponse }
}

function statusResponse(
  effect: Extract<FaultEffect, { kind: 'status' }>,
  context: FaultContext,
): ScimResponse {
  const { request, wording } = context
  Object.assign(request.exchange, intentAndTarget(request))
  const { retryAfter } = effect
  const { headers, ...answer } = formatError(errorOf(effect), request.exchange, wording)
  // The profile may have one of its own; what was asked for counts.
  return {
    ...answer,
    headers: { ...headers, ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }) },
  }
}

const reasons: Readonly<Record<number, readonly [ErrorReason, ScimType?]>> = {
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
function sendUnlessDisconnected(context: FaultContext, answer: ScimResponse): FastifyReply {
  const { request, reply, pauses, recordUnsent } = context
  // A connection that is kept for another request would keep the server from closing.
  if (pauses.isClosed()) reply.header('connection', 'close')
  if (!reply.raw.destroyed && !request.raw.socket.destroyed) return send(request, reply, answer)
  reply.hijack()
  responseHeaders(request, answer)
  recordUnsent(request, clientClosedRequest, answer.body)
  return reply
}

/** The journal has the answer that was lost. */
function cutConnection({ request, reply, recordUnsent }: FaultContext, answer: ScimResponse): FastifyReply {
  reply.hijack()
  if (answer.status !== noResponse) responseHeaders(request, answer)
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
const truncateBody = ({ body, ...answer }: ScimResponse): ScimResponse =>
  body === undefined ? answer : { ...answer, body: body.slice(0, body.length / 2).toWellFormed() }

/** It comes from somebody who knows nothing of what it stands for. */
function replaceBody({ status }: ScimResponse, effect: Extract<FaultEffect, { kind: 'body' }>): ScimResponse {
  const { body, mediaType } = effect
  const isWithout = status === 204 || status === 304
  return { status: effect.status ?? (isWithout && body !== '' ? 200 : status), body, mediaType }
}
