import type { ServerResponse } from 'node:http'
import { clearTimeout, setTimeout } from 'node:timers'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults } from '../faults/active-faults.ts'
import { describeEffect, type Fault, type FaultEffect } from '../faults/fault.ts'
import type { Completed, ScimResponse } from './outcome.ts'
import type { Protocol } from './protocol.ts'
import { clientClosedRequest, type RecordRequest } from './recording.ts'
import { callerOf } from './request.ts'
import { send } from './responses.ts'

/** Waiting requests, delayed by a fault. */
type Delays = {
  /** Resolves after this many milliseconds, or as soon as the client disconnects or the server closes. */
  wait(milliseconds: number, response: ServerResponse): Promise<void>
  /** Ends all waits, now and later. */
  endAll(): void
  isClosed(): boolean
}

function createDelays(): Delays {
  const ends = new Set<() => void>()
  let isClosed = false
  return {
    wait: (milliseconds, response) =>
      new Promise(resolve => {
        if (isClosed || response.destroyed) return resolve()
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
    isClosed: () => isClosed,
    endAll() {
      isClosed = true
      for (const end of [...ends]) end()
    },
  }
}

/** nginx's status for a connection that it closes without a response. */
const noResponse = 444

/** Returns the response to a request. Never throws. `change` is the fault that changes how it is handled. */
type HandleRequest = (change?: TokenLifetime) => Completed | Promise<Completed>

export type TokenLifetime = Extract<FaultEffect, { kind: 'token-lifetime' }>

/** Responds to a request, or injects a fault. */
type Respond = (
  request: FastifyRequest,
  reply: FastifyReply,
  handleRequest: HandleRequest,
) => Promise<FastifyReply>

type ResponderDeps = {
  readonly faults: Faults
  readonly protocol: Protocol
  readonly record: RecordRequest
}

type FaultContext = ResponderDeps & {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly handleRequest: HandleRequest
  readonly delays: Delays
}

/**
 * Triggers at most one fault per request, after its body was read and before it is handled. Rejected requests and
 * unreadable bodies trigger faults too: an unavailable service rejects all requests alike.
 */
export function createResponder(app: FastifyInstance, deps: ResponderDeps): Respond {
  const { faults, protocol, record } = deps
  const delays = createDelays()
  app.addHook('preClose', done => {
    delays.endAll()
    done()
  })
  return async (request, reply, handleRequest) => {
    // An error while a response with a fault is sent comes here again, and so does a client that disconnects.
    const canTrigger = request.fault === undefined && !request.raw.socket.destroyed
    const triggered = canTrigger ? faults.trigger(() => protocol.facts(request)) : undefined
    const fault = triggered instanceof Promise ? await triggered : triggered
    if (!fault) return sendRecorded({ request, reply, record, protocol }, await handleRequest())
    request.fault = { id: fault.id, summary: describeEffect(fault.effect) }
    return injectFault(fault, { ...deps, request, reply, handleRequest, delays })
  }
}

async function injectFault({ effect }: Fault, context: FaultContext): Promise<FastifyReply> {
  const { request, reply, handleRequest, delays } = context
  switch (effect.kind) {
    case 'status':
      return sendRecorded(context, withStatus(effect, context))
    case 'token-expired':
      return sendRecorded(context, context.protocol.expired(request))
    case 'token-lifetime':
      return sendRecorded(context, await handleRequest(effect))
    case 'delay':
      await delays.wait(effect.milliseconds, reply.raw)
      return sendUnlessDisconnected(context, await handleRequest())
    case 'reset':
      return effect.when === 'after'
        ? resetConnection(context, await handleRequest())
        : resetConnection(context, unhandled(context, { status: noResponse }))
    case 'truncate':
      return sendRecorded(context, mapResponse(await handleRequest(), truncateBody))
    case 'body':
      return sendRecorded(
        context,
        mapResponse(await handleRequest(), response => replaceBody(response, effect)),
      )
  }
}

function sendRecorded(
  { request, reply, record, protocol }: Pick<FaultContext, 'request' | 'reply' | 'record' | 'protocol'>,
  completed: Completed,
): FastifyReply {
  const { caller, response } = completed
  const headers = protocol.headers(request, caller, response)
  record(request, completed, { ...response, headers })
  return send(reply, response, headers)
}

const mapResponse = (completed: Completed, change: (response: ScimResponse) => ScimResponse): Completed => ({
  ...completed,
  response: change(completed.response),
})

/** The journal describes the request, although it isn't handled. */
const unhandled = ({ request, protocol }: FaultContext, response: ScimResponse): Completed => ({
  ...protocol.unhandledSubject(request),
  caller: callerOf(request),
  response,
})

function withStatus(effect: Extract<FaultEffect, { kind: 'status' }>, context: FaultContext): Completed {
  const { retryAfter } = effect
  const response = context.protocol.errorOfFault(effect, context.request)
  return unhandled(context, {
    ...response,
    // Overrides the profile's.
    headers: { ...response.headers, ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }) },
  })
}

/** The request is handled even if its client has disconnected: servers don't notice that. */
function sendUnlessDisconnected(context: FaultContext, completed: Completed): FastifyReply {
  const { request, reply, delays, record, protocol } = context
  // A connection that is kept alive would keep the server from closing.
  if (delays.isClosed()) reply.header('connection', 'close')
  if (!reply.raw.destroyed && !request.raw.socket.destroyed) return sendRecorded(context, completed)
  reply.hijack()
  const { caller, response } = completed
  record(request, completed, {
    status: clientClosedRequest,
    headers: protocol.headers(request, caller, response),
    body: response.body,
  })
  return reply
}

/** The journal records the lost response. */
function resetConnection(
  { request, reply, record, protocol }: FaultContext,
  completed: Completed,
): FastifyReply {
  reply.hijack()
  const { caller, response } = completed
  const { status, body } = response
  const headers = status === noResponse ? {} : protocol.headers(request, caller, response)
  record(request, completed, { status, headers, body })
  // Of the request: its response has no socket while it waits for the responses to earlier requests.
  const { socket } = request.raw
  // A TLS connection can't be reset; it ends without a close_notify.
  if ('resetAndDestroy' in socket && !('encrypted' in socket)) socket.resetAndDestroy()
  else reply.raw.destroy()
  return reply
}

/**
 * Halves the body and keeps the length correct: valid HTTP with invalid JSON. A body shorter than its announced length
 * looks to a client like a broken connection, which is the effect `reset`.
 */
const truncateBody = ({ body, ...response }: ScimResponse): ScimResponse =>
  body === undefined ? response : { ...response, body: body.slice(0, body.length / 2).toWellFormed() }

/** The replacement has no headers of the original, as if another server sent it. */
function replaceBody({ status }: ScimResponse, effect: Extract<FaultEffect, { kind: 'body' }>): ScimResponse {
  const { body, mediaType } = effect
  const hasNoBody = status === 204 || status === 304
  return { status: effect.status ?? (hasNoBody && body !== '' ? 200 : status), body, mediaType }
}
