import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { clearTimeout, setTimeout } from 'node:timers'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type MaybePromise, whenDone } from '../../domain/event-loop/maybe-promise.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import {
  describeEffect,
  type Fault,
  type FaultEffect,
  type Faults,
  type RequestFacts,
} from '../../domain/faults/fault.ts'
import type { ExchangeTarget } from '../../domain/journal/exchange.ts'
import type { StoredResource } from '../../scim/resource.ts'
import { excerpt, portionsOf } from '../../scim/text.ts'
import { type Caller, callerOf } from './receive.ts'
import { clientClosedRequest, type RecordRequest } from './recording.ts'
import {
  type Completed,
  type Outcome,
  type ScimResponse,
  type Subject,
  UnreadableBody,
  unreadable,
} from './request.ts'

export type TokenLifetime = Extract<FaultEffect, { kind: 'token-lifetime' }>

export type Protocol = {
  readonly identify?: (request: FastifyRequest, failure: Error | undefined) => void
  /** Returns the response. Never throws. `change` is the fault that changes how the request is handled. */
  readonly handle: (
    request: FastifyRequest,
    reply: FastifyReply,
    failure: Error | undefined,
    change?: TokenLifetime,
  ) => MaybePromise<Completed>
  readonly facts: (request: FastifyRequest) => RequestFacts
  readonly unhandledSubject: (request: FastifyRequest) => Subject
  readonly headers: (
    request: FastifyRequest,
    caller: Caller,
    response: ScimResponse,
  ) => Readonly<Record<string, string>>
  readonly errorOfFault: (
    effect: Extract<FaultEffect, { kind: 'status' }>,
    request: FastifyRequest,
  ) => ScimResponse
  readonly expired: (request: FastifyRequest) => Completed
}

type Respond = (request: FastifyRequest, reply: FastifyReply) => void | Promise<void>

/** Calls a function when the server begins to close, before it waits for open requests. */
export type OnClosing = (end: () => void) => void

type ResponderDeps = {
  readonly onClosing?: OnClosing
  readonly faults: Faults
  readonly protocol: Protocol
  readonly record: RecordRequest
}

type Injection = ResponderDeps & {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly failure: Error | undefined
  readonly delays: Delays
}

/**
 * Responds to requests, and to errors before a route is reached: rejected tokens, bodies that can't be received. Triggers
 * at most one fault per request, after its body was read and before it is handled. Rejected requests and unreadable bodies
 * trigger faults too: an unavailable service rejects all requests alike.
 */
export function createResponder(app: FastifyInstance, deps: ResponderDeps): Respond {
  const { faults, protocol, record, onClosing = onClosingOf(app) } = deps
  const delays = createDelays()
  onClosing(delays.endAll)
  const respondAfter = (
    failure: Error | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void | Promise<void> => {
    protocol.identify?.(request, failure)
    // An error while a response with a fault is sent comes here again, and so does a client that disconnects.
    const canTrigger = request.fault === undefined && !request.raw.socket.destroyed
    const triggered = canTrigger ? faults.trigger(() => protocol.facts(request)) : undefined
    if (triggered === undefined) return respondNormally(request, reply, failure)
    return whenDone(triggered, fault => {
      if (!fault) return respondNormally(request, reply, failure)
      request.fault = { id: fault.id, summary: describeEffect(fault.effect) }
      return injectFault(fault, { ...deps, request, reply, failure, delays })
    })
  }
  const respondNormally = (
    request: FastifyRequest,
    reply: FastifyReply,
    failure: Error | undefined,
  ): void | Promise<void> => {
    const completed = protocol.handle(request, reply, failure)
    return completed instanceof Promise
      ? completed.then(later => sendRecorded(request, reply, later, deps))
      : sendRecorded(request, reply, completed, deps)
  }
  app.setErrorHandler<Error>(async (error, request, reply) => {
    try {
      await respondAfter(error, request, reply)
    } catch (failure) {
      // Fastify itself responds to an error of the error handler.
      reply.code(500)
      record(request, { ...unreadable, caller: callerOf(request) }, { status: 500, headers: {} })
      throw failure
    }
  })
  // A reply is thenable: returning it, as a value or from a promise, would make Fastify wait for the end of the response.
  return (request, reply) => respondAfter(undefined, request, reply)
}

export const onClosingOf =
  (app: FastifyInstance): OnClosing =>
  end => {
    app.addHook('preClose', done => {
      end()
      done()
    })
  }

type Delays = {
  /** Resolves after this many milliseconds, or as soon as the client disconnects or the server closes. */
  wait(milliseconds: number, response: ServerResponse): Promise<void>
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

async function injectFault({ effect }: Fault, injection: Injection): Promise<void> {
  const { request, reply, failure, delays, protocol } = injection
  const handle = (change?: TokenLifetime) => protocol.handle(request, reply, failure, change)
  const sendChanged = (completed: Completed) => sendRecorded(request, reply, completed, injection)
  switch (effect.kind) {
    case 'status':
      return sendChanged(withStatus(effect, injection))
    case 'token-expired':
      return sendChanged(protocol.expired(request))
    case 'token-lifetime':
      return sendChanged(await handle(effect))
    case 'delay':
      await delays.wait(effect.milliseconds, reply.raw)
      return sendUnlessDisconnected(injection, await handle())
    case 'reset':
      return effect.when === 'after'
        ? resetConnection(injection, await handle())
        : resetConnection(injection, unhandled(injection, { status: noResponse }))
    case 'truncate':
      return sendChanged(mapResponse(await handle(), truncateBody))
    case 'body':
      return sendChanged(mapResponse(await handle(), response => replaceBody(response, effect)))
  }
}

function sendRecorded(
  request: FastifyRequest,
  reply: FastifyReply,
  completed: Completed,
  { record, protocol }: Pick<ResponderDeps, 'record' | 'protocol'>,
): void {
  const { caller, response } = completed
  const headers = protocol.headers(request, caller, response)
  const { status, body } = response
  record(request, completed, { status, headers, body })
  send(reply, response, headers)
}

const mapResponse = (completed: Completed, change: (response: ScimResponse) => ScimResponse): Completed => ({
  ...completed,
  response: change(completed.response),
})

const unhandled = ({ request, protocol }: Injection, response: ScimResponse): Completed => ({
  ...protocol.unhandledSubject(request),
  caller: callerOf(request),
  response,
})

function withStatus(effect: Extract<FaultEffect, { kind: 'status' }>, injection: Injection): Completed {
  const { retryAfter } = effect
  const response = injection.protocol.errorOfFault(effect, injection.request)
  return unhandled(injection, {
    ...response,
    headers: { ...response.headers, ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }) },
  })
}

/** The request is handled even if its client has disconnected: servers don't notice that. */
function sendUnlessDisconnected(injection: Injection, completed: Completed): void {
  const { request, reply, delays, record, protocol } = injection
  // A connection that is kept alive would keep the server from closing.
  if (delays.isClosed()) reply.raw.setHeader('connection', 'close')
  if (!reply.raw.destroyed && !request.raw.socket.destroyed) {
    sendRecorded(request, reply, completed, injection)
    return
  }
  reply.hijack()
  const { caller, response } = completed
  record(request, completed, {
    status: clientClosedRequest,
    headers: protocol.headers(request, caller, response),
    body: response.body,
  })
}

function resetConnection({ request, reply, record, protocol }: Injection, completed: Completed): void {
  reply.hijack()
  const { caller, response } = completed
  const { status, body } = response
  const headers = status === noResponse ? {} : protocol.headers(request, caller, response)
  record(request, completed, { status, headers, body })
  // The response has no socket while it waits for the responses to earlier requests.
  const { socket } = request.raw
  // A TLS connection can't be reset; it ends without a close_notify.
  if ('resetAndDestroy' in socket && !('encrypted' in socket)) socket.resetAndDestroy()
  else reply.raw.destroy()
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

/** Writes the response itself: Fastify would copy the headers twice, which takes 1 µs. Throws for an invalid header. */
function send(
  reply: FastifyReply,
  { status, body }: ScimResponse,
  headers: Readonly<Record<string, string>>,
): void {
  const { raw } = reply
  const isHead = reply.request.method === 'HEAD'
  const isSliced = body !== undefined && body.length > maxSentAtOnce && !isHead
  const content = isSliced || body === undefined ? body : encodeOnce(body)
  // Fastify asks for it where it leaves the rest of a body unread, which must not pass for the next request.
  if (reply.getHeader('connection') === 'close') raw.setHeader('connection', 'close')
  raw.writeHead(status, wireHeaders(reply.request, status, headers, content))
  reply.hijack()
  if (isSliced) void pipeline(Readable.from(encodeInSlices(body), { objectMode: false }), raw).catch(ignore)
  else raw.end(content)
}

/** Names and values in turn. A response without a content has no length (RFC 9110 §8.6). */
function wireHeaders(
  { method }: FastifyRequest,
  status: number,
  headers: Readonly<Record<string, string>>,
  content: string | Buffer | undefined,
): string[] {
  const flat: string[] = []
  for (const name in headers) flat.push(name.toLowerCase(), headers[name] ?? '')
  if (status === 204) return flat
  if (content !== undefined) flat.push('content-length', String(Buffer.byteLength(content)))
  else if (status !== 304 && method !== 'HEAD') flat.push('content-length', '0')
  return flat
}

const ignore = () => undefined

/** Characters. Of a longer text, the bytes are not counted before it is encoded. */
const maxSentAsText = 16 * 1024

const encodeOnce = (body: string): string | Buffer =>
  body.length <= maxSentAsText ? body : Buffer.from(body)

/** Characters. A longer body is sent in slices: encoding one of 10 MB and passing it to the socket takes 50 ms. */
const maxSentAtOnce = 512 * 1024
const portionLength = 64 * 1024

async function* encodeInSlices(body: string): AsyncGenerator<Buffer> {
  for (const portion of portionsOf(body, portionLength)) {
    yield Buffer.from(portion)
    if (sharedSlices.isOver()) await sharedSlices.next()
  }
}

type MediaTypes = readonly [string, ...string[]]

/**
 * The media type of a response (RFC 7644 §3.8): the first offered one, unless the client accepts only another. A client
 * that accepts none of them gets the first too: RFC 9110 §12.5.1 lets a server ignore `Accept`, and a 406 would need
 * a media type as well.
 */
function mediaTypeFor(offered: MediaTypes, accept: string | undefined): string {
  const [first, ...others] = offered
  if (others.length === 0 || accept === undefined || accept === '*/*' || accept === first) return first
  const ranges = accept.toLowerCase().split(',').map(readRange)
  return offered.find(type => isAccepted(type, ranges)) ?? first
}

type Range = { readonly range: string; readonly isExcluded: boolean }

function readRange(text: string): Range {
  const [range = '', ...parameters] = text.split(';').map(part => part.trim())
  return { range, isExcluded: parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter)) }
}

/** RFC 9110 §12.5.1: the most specific range applies. */
function isAccepted(type: string, ranges: readonly Range[]): boolean {
  const [main] = type.split('/')
  const mostSpecific = [type, `${main}/*`, '*/*']
    .map(candidate => ranges.find(({ range }) => range === candidate))
    .find(range => range !== undefined)
  return mostSpecific !== undefined && !mostSpecific.isExcluded
}

const fallbackMediaTypes = ['application/scim+json', 'application/json'] as const

export function responseHeaders(
  request: FastifyRequest,
  { tenant }: Caller,
  { headers, mediaType }: ScimResponse,
): Readonly<Record<string, string>> {
  const responses = tenant?.profile.responses
  return {
    ...responses?.headers(request.received.id),
    ...headers,
    'content-type':
      mediaType ?? mediaTypeFor(responses?.mediaTypes ?? fallbackMediaTypes, request.headers.accept),
  }
}

/** An error that the handler throws is returned with the subject. */
export function handle(subject: Subject, handler: () => MaybePromise<Outcome>): MaybePromise<Outcome> {
  const fail = (error: unknown): Outcome =>
    error instanceof UnreadableBody ? { ...unreadable, error: error.cause } : { ...subject, error }
  try {
    const outcome = handler()
    return outcome instanceof Promise ? outcome.catch(fail) : outcome
  } catch (error) {
    return fail(error)
  }
}

export const targetOf = ({ type, id, label }: StoredResource): ExchangeTarget => ({
  type,
  id,
  label: excerpt(label),
})
