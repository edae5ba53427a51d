import { Socket } from 'node:net'
import { clearInterval, setImmediate, setInterval } from 'node:timers'
import { TLSSocket } from 'node:tls'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Pipelined requests of a connection (RFC 9112 §9.3.2). */
type Pipeline = {
  /** Replies to admitted requests, in order. Those at the beginning may have been written to the socket. */
  readonly unfinished: FastifyReply[]
  /** Requests that are not admitted yet, in order. */
  readonly waiting: { readonly reply: FastifyReply; readonly admit: () => void }[]
  /** Whether reading from the connection is paused. */
  isPaused: boolean
  /** Whether the connection remains paused until `resume` is called. */
  isGuarded: boolean
  /** Whether timeouts of the connection are handled here. Node.js would close it also while a request is handled. */
  isWatched: boolean
}

type Options = {
  /** Of a connection. */
  readonly maxAdmitted: number
  /** How many milliseconds a client may leave a response unread. */
  readonly patience: number
  /** Called for each request whose client disconnects before the response is written. */
  readonly onAbort: (request: FastifyRequest) => void
}

/**
 * Limits the memory for responses that a client doesn't read: admits a limited number of requests per connection, pauses
 * reading meanwhile, and closes the connection when a response makes no progress. Listeners and timers belong to the
 * connection: for each request, they take 4 % of a GET.
 */
export function limitPipelining(
  app: FastifyInstance,
  { maxAdmitted = 16, patience = 60_000, onAbort = () => undefined }: Partial<Options> = {},
): void {
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
  app.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw
    // An injected request has no connection.
    if (!(socket instanceof Socket)) return done()
    const pipeline = pipelines.get(socket) ?? open(socket)
    removeFinished(pipeline)
    if (pipeline.waiting.length === 0 && pipeline.unfinished.length < maxAdmitted) {
      admit(pipeline, reply)
      return done()
    }
    pipeline.waiting.push({ reply, admit: done })
    if (pipeline.waiting.length === 1) proceedAfterFirst(pipeline, socket, maxAdmitted)
    pause(pipeline, socket)
  })
}

function admit(pipeline: Pipeline, reply: FastifyReply): void {
  pipeline.unfinished.push(reply)
  if (pipeline.isWatched) reply.raw.on('timeout', closeUnread)
}

/** Responses finish in order. */
function removeFinished({ unfinished }: Pipeline): void {
  while (unfinished[0] && (unfinished[0].raw.writableFinished || unfinished[0].raw.destroyed)) {
    unfinished.shift()
  }
}

function proceedAfterFirst(pipeline: Pipeline, socket: Socket, maxAdmitted: number): void {
  pipeline.unfinished[0]?.raw.once('close', () => proceed(pipeline, socket, maxAdmitted))
}

/** After a response, its place goes to the next waiting request. */
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

/** Requests of a connection that was closed. Node.js has marked those that it aborted. */
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

/**
 * Enforces a pause. Node.js reads directly into its parser until the socket has a data listener, and resumes the
 * connection after each request.
 */
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
