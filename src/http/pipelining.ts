import { Socket } from 'node:net'
import { setImmediate } from 'node:timers'
import { TLSSocket } from 'node:tls'
import type { FastifyInstance } from 'fastify'

/** Pipelined requests of a connection (RFC 9112 §9.3.2). */
type Pipeline = {
  /** Admitted requests whose responses have not been completely written to the socket. */
  open: number
  /** Starts the requests that are not admitted yet, in order. */
  readonly waiting: (() => void)[]
  /** Whether reading from the connection is paused. */
  isPaused: boolean
  /** Whether the connection remains paused until `resume` is called. */
  isGuarded: boolean
}

type Limits = {
  /** Of a connection. */
  readonly maxAdmitted: number
  /** How many milliseconds a client may leave a response unread. */
  readonly patience: number
}

/**
 * Limits the memory for responses that a client doesn't read: admits a limited number of requests per connection, pauses
 * reading meanwhile, and closes the connection when a response makes no progress.
 */
export function limitPipelining(
  app: FastifyInstance,
  { maxAdmitted, patience }: Limits = { maxAdmitted: 16, patience: 60_000 },
): void {
  const pipelines = new WeakMap<Socket, Pipeline>()
  // Under TLS the parser loses a record if it is detached later, so it must never read directly.
  app.server.on('secureConnection', (socket: Socket) => socket.on('data', ignore))
  app.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw
    // An injected request has no connection.
    if (!(socket instanceof Socket)) return done()
    let pipeline = pipelines.get(socket)
    if (!pipeline) {
      pipeline = { open: 0, waiting: [], isPaused: false, isGuarded: false }
      pipelines.set(socket, pipeline)
      if (socket instanceof TLSSocket) keepPaused(pipeline, socket)
    }
    const connection = pipeline
    // Node.js restores its own timeout as soon as the connection is idle.
    socket.setTimeout(patience)
    reply.raw.on('timeout', closeUnread).once('close', () => proceed(connection, socket))
    if (connection.open < maxAdmitted) {
      connection.open++
      return done()
    }
    connection.waiting.push(done)
    pause(connection, socket)
  })
}

/** After a response, its place goes to the next waiting request. */
function proceed(pipeline: Pipeline, socket: Socket): void {
  const next = pipeline.waiting.shift()
  if (next) next()
  else pipeline.open--
  if (!pipeline.isPaused || pipeline.waiting.length > 0) return
  pipeline.isPaused = false
  resume(socket)
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
