import { Socket } from 'node:net'
import { clearInterval, setImmediate, setInterval } from 'node:timers'
import { TLSSocket } from 'node:tls'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { MaybePromise } from '../../domain/event-loop/maybe-promise.ts'
import type { TakePermit } from '../../domain/ports/engine.ts'
import { clientOfCredential } from '../../domain/tenants/credential.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { errors } from '../../scim/error.ts'

type ConcurrencyLimits = {
  readonly maxConcurrent: number
  readonly maxQueued: number
  /** Bytes of the bodies of queued requests. */
  readonly maxQueuedBytes: number
}

type Waiting = { readonly bytes: number; readonly start: () => void }
type ClientQueue = { running: number; bytes: number; readonly waiting: Set<Waiting> }
type Queues = { readonly limits: ConcurrencyLimits; readonly byClient: Map<string, ClientQueue> }

const isFull = (queue: ClientQueue, bytes: number, limits: ConcurrencyLimits): boolean =>
  queue.waiting.size >= limits.maxQueued || queue.bytes + bytes > limits.maxQueuedBytes

function dequeue(queue: ClientQueue, waiting: Waiting): boolean {
  if (!queue.waiting.delete(waiting)) return false
  queue.bytes -= waiting.bytes
  return true
}

function startNext(queue: ClientQueue): boolean {
  const [next] = queue.waiting
  if (!next) return false
  dequeue(queue, next)
  next.start()
  return true
}

/** Most requests are handled at once or wait for a shared commit, so only a flood of them is ever queued. */
const requestLimits: ConcurrencyLimits = {
  maxConcurrent: 32,
  maxQueued: 2048,
  maxQueuedBytes: 16 * 1024 * 1024,
}
/** Each takes its share of every turn of the event loop. */
const longRequestLimits: ConcurrencyLimits = { ...requestLimits, maxConcurrent: 4 }

type HandleRequest<Result> = (
  request: FastifyRequest,
  reply: FastifyReply,
  failure: Error | undefined,
) => MaybePromise<Result>

/**
 * Limits the concurrent requests of an access token, credential or access key, so that no client delays the others. The console's own
 * requests and those without credentials are exempt. A request that is handled at once delays no other, so it is counted
 * only if it waits for something. Requests above the limit wait in order of arrival; a full queue rejects them. One whose
 * client disconnects before it starts is dropped: its promise stays pending.
 */
export function limitConcurrency<Result>(
  handleRequest: HandleRequest<Result>,
  reject: (request: FastifyRequest, error: Error) => Result,
): HandleRequest<Result> {
  const short: Queues = { limits: requestLimits, byClient: new Map() }
  const long: Queues = { limits: longRequestLimits, byClient: new Map() }

  return (request, reply, failure) => {
    const { token, credential, aws } = request.caller ?? {}
    const client = token?.id ?? (credential && clientOfCredential(credential)) ?? aws?.accessKey
    if (client === undefined) return handleRequest(request, reply, failure)
    const queues = isLongRunning(request) ? long : short
    const queue = queues.byClient.get(client)
    if (queue && queue.running >= queues.limits.maxConcurrent) {
      return enqueue(queue, queues, client, request, reply, failure)
    }
    const result = handleRequest(request, reply, failure)
    return result instanceof Promise ? count(result, queues, client) : result
  }

  function count(result: Promise<Result>, { byClient }: Queues, client: string): Promise<Result> {
    const queue = byClient.get(client) ?? { running: 0, bytes: 0, waiting: new Set<Waiting>() }
    queue.running++
    byClient.set(client, queue)
    return result.finally(() => release(queue, byClient, client))
  }

  function enqueue(
    queue: ClientQueue,
    { limits, byClient }: Queues,
    client: string,
    ...[request, reply, failure]: Parameters<HandleRequest<Result>>
  ): MaybePromise<Result> {
    // Also of a compressed body, which the journal doesn't record.
    const bytes = Buffer.isBuffer(request.body) ? request.body.length : 0
    if (isFull(queue, bytes, limits)) return reject(request, tooManyRequests(limits))
    return new Promise<void>(start => {
      const waiting = { bytes, start }
      queue.waiting.add(waiting)
      queue.bytes += bytes
      // A delayed request is handled even if its client has disconnected.
      if (!request.fault) reply.raw.once('close', () => dequeue(queue, waiting))
    })
      .then(() => handleRequest(request, reply, failure))
      .finally(() => release(queue, byClient, client))
  }
}

/** The place goes directly to the next request in the queue, so that no later one takes it. */
function release(queue: ClientQueue, byClient: Map<string, ClientQueue>, client: string): void {
  if (!startNext(queue) && --queue.running === 0) byClient.delete(client)
}

function isLongRunning({ method, query, address }: FastifyRequest): boolean {
  if (method === 'POST') return /^(bulk|\.search)$/i.test(address?.segments.at(-1) ?? '')
  const { filter, sortBy } = query as Readonly<Record<string, unknown>>
  return sortBy !== undefined || (filter !== undefined && !isLookUp(String(filter)))
}

/** Whether a filter compares for equality only, possibly several attributes. An index usually finds those. */
const isLookUp = (filter: string): boolean =>
  filter.length <= 500 &&
  (equality.test(filter) || !/\b(ne|co|sw|ew|pr|g[te]|l[te]|or|not)\b/i.test(filter.replace(quoted, '')))

/** `userName eq "x"`, which almost all filters are. */
const equality = /^\w+ eq "[^"\\]*"$/

const quoted = /"(?:[^"\\]|\\.)*"/g

const tooManyRequests = ({ maxConcurrent, maxQueued }: ConcurrencyLimits) =>
  errors.tooBusy(
    `This client has ${maxConcurrent} concurrent requests of this kind, and its queue is full (${maxQueued} requests or 16 MiB). Send fewer at a time.`,
  )

type Throttle = (tenant: Tenant, method: string) => MaybePromise<Error | undefined>

/** Limits requests to the profile's rate per tenant (AWS: 25 writes/s, 40 reads/s), for tenants with rate limiting. */
export function createThrottle(takePermit: TakePermit): Throttle {
  return (tenant, method) => {
    if (tenant.settings.throttle === 'off') return undefined
    const kind = method === 'GET' || method === 'HEAD' ? 'read' : 'write'
    const { readsPerSecond, writesPerSecond } = tenant.profile.requests.limits
    const rate = kind === 'read' ? readsPerSecond : writesPerSecond
    const check = (isPermitted: boolean) =>
      isPermitted
        ? undefined
        : errors.throttled(`More than ${rate} ${kind} requests per second. Wait and retry.`)
    const taken = takePermit(tenant.key, kind, rate)
    return taken instanceof Promise ? taken.then(check, (error: Error) => error) : check(taken)
  }
}

/** Pipelined requests (RFC 9112 §9.3.2). */
type Pipeline = {
  readonly unfinished: FastifyReply[]
  readonly waiting: { readonly reply: FastifyReply; readonly admit: () => void }[]
  isPaused: boolean
  isGuarded: boolean
  /** Whether timeouts of the connection are handled here. Node.js would close it also while a request is handled. */
  isWatched: boolean
}

type Options = {
  readonly maxAdmitted: number
  /** How many milliseconds a client may leave a response unread. */
  readonly patience: number
  readonly onAbort: (request: FastifyRequest) => void
}

type ConnectionLimit = {
  admits(reply: FastifyReply): boolean
  enqueue(reply: FastifyReply, admit: () => void): void
}

/**
 * Limits the memory for responses that a client doesn't read: admits a limited number of requests per connection, pauses
 * reading meanwhile, and closes the connection when a response makes no progress. Listeners and timers belong to the
 * connection: for each request, they take 4 % of a GET.
 */
export function limitConnections(
  app: FastifyInstance,
  { maxAdmitted = 16, patience = 60_000, onAbort = () => undefined }: Partial<Options> = {},
): ConnectionLimit {
  const pipelines = new WeakMap<Socket, Pipeline>()
  const watch = createWatch(patience)
  const open = (socket: Socket): Pipeline => {
    const pipeline = { unfinished: [], waiting: [], isPaused: false, isGuarded: false, isWatched: false }
    pipelines.set(socket, pipeline)
    if (socket instanceof TLSSocket) keepPaused(pipeline, socket)
    watch.add(socket, pipeline)
    socket.once('close', () => {
      watch.remove(socket)
      reportAborted(pipeline, onAbort)
    })
    return pipeline
  }
  // Under TLS the parser loses a record if it is detached later, so it must never read directly.
  app.server.on('secureConnection', (socket: Socket) => socket.on('data', ignore))
  return {
    admits(reply) {
      const { socket } = reply.request.raw
      // An injected request has no connection.
      if (!(socket instanceof Socket)) return true
      const pipeline = pipelines.get(socket) ?? open(socket)
      removeFinished(pipeline)
      if (pipeline.waiting.length > 0 || pipeline.unfinished.length >= maxAdmitted) return false
      admit(pipeline, reply)
      return true
    },
    enqueue(reply, admit) {
      const { socket } = reply.request.raw
      const pipeline = pipelines.get(socket) ?? open(socket)
      pipeline.waiting.push({ reply, admit })
      if (pipeline.waiting.length === 1) proceedAfterFirst(pipeline, socket, maxAdmitted)
      pause(pipeline, socket)
    },
  }
}

function admit(pipeline: Pipeline, reply: FastifyReply): void {
  pipeline.unfinished.push(reply)
  if (pipeline.isWatched) reply.raw.on('timeout', closeUnread)
}

function removeFinished({ unfinished }: Pipeline): void {
  while (unfinished[0] && (unfinished[0].raw.writableFinished || unfinished[0].raw.destroyed)) {
    unfinished.shift()
  }
}

function proceedAfterFirst(pipeline: Pipeline, socket: Socket, maxAdmitted: number): void {
  pipeline.unfinished[0]?.raw.once('close', () => proceed(pipeline, socket, maxAdmitted))
}

function proceed(pipeline: Pipeline, socket: Socket, maxAdmitted: number): void {
  removeFinished(pipeline)
  while (pipeline.unfinished.length < maxAdmitted) {
    const next = pipeline.waiting.shift()
    if (!next) break
    admit(pipeline, next.reply)
    next.admit()
  }
  if (pipeline.waiting.length > 0) {
    proceedAfterFirst(pipeline, socket, maxAdmitted)
  } else if (pipeline.isPaused) {
    pipeline.isPaused = false
    resume(socket)
  }
}

function reportAborted({ unfinished, waiting }: Pipeline, onAbort: Options['onAbort']): void {
  for (const { request } of [...unfinished, ...waiting.map(({ reply }) => reply)]) {
    if (request.raw.aborted) onAbort(request)
  }
}

/** Closes connections whose responses make no progress for `patience` milliseconds, or up to a tenth longer. */
function createWatch(patience: number) {
  const pipelines = new Map<Socket, Pipeline>()
  let timer: NodeJS.Timeout | undefined
  const check = () => {
    for (const [socket, pipeline] of pipelines) {
      // An idle connection would keep its last request in memory.
      removeFinished(pipeline)
      if (socket.writableLength > 0 && socket.timeout !== patience) watchProgress(pipeline, socket, patience)
    }
  }
  return {
    add(socket: Socket, pipeline: Pipeline): void {
      pipelines.set(socket, pipeline)
      timer ??= setInterval(check, patience / 12).unref()
    },
    remove(socket: Socket): void {
      pipelines.delete(socket)
      if (pipelines.size > 0) return
      clearInterval(timer)
      timer = undefined
    },
  }
}

/** Node.js extends the timeout while a response makes progress, and restores its own once the connection is idle. */
function watchProgress(pipeline: Pipeline, socket: Socket, patience: number): void {
  socket.setTimeout(patience)
  if (pipeline.isWatched) return
  pipeline.isWatched = true
  for (const { raw } of pipeline.unfinished) raw.on('timeout', closeUnread)
}

function pause(pipeline: Pipeline, socket: Socket): void {
  if (pipeline.isPaused) return
  pipeline.isPaused = true
  socket.pause()
  if (pipeline.isGuarded) return
  pipeline.isGuarded = true
  // Reading can't be paused while Node.js parses.
  setImmediate(() => guard(pipeline, socket))
}

/** Node.js reads directly into its parser without a data listener, and resumes after each request. */
function guard(pipeline: Pipeline, socket: Socket): void {
  // The parser can be detached safely only while the connection is being read.
  const detach = () => {
    if (isPausedByNode(socket)) return
    socket.off('resume', detach)
    socket.on('data', ignore)
    keepPaused(pipeline, socket)
  }
  socket.on('resume', detach)
  if (socket.readableFlowing) detach()
  else resume(socket)
}

/** Pauses a connection again whenever Node.js resumes it too early. The parser must be detached. */
function keepPaused(pipeline: Pipeline, socket: Socket): void {
  const pauseAgain = () => {
    if (pipeline.isPaused) socket.pause()
  }
  pipeline.isGuarded = true
  socket.on('resume', pauseAgain)
  pauseAgain()
}

const ignore = () => undefined

const resume = (socket: Socket) => {
  if (!isPausedByNode(socket)) socket.resume()
}

/** Node.js itself pauses a connection with too much buffered data, and asserts that it isn't resumed. */
const isPausedByNode = (socket: Socket & { readonly _paused?: boolean }) => socket._paused === true

/** On a timeout of both directions. Without a response to read yet, the request is still being handled. */
function closeUnread(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy()
}
