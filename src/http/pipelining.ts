import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { FastifyInstance } from 'fastify'

/** Requests on one connection, sent without waiting for the responses (RFC 9112 §9.3.2). */
type Pipeline = {
  /** Admitted requests whose responses have not been handed to the operating system as a whole. */
  open: number
  /** Starts the requests that are read but not admitted yet, in order. */
  readonly waiting: (() => void)[]
  /** Whether reading from the connection is paused. */
  isPaused: boolean
  /** Whether the connection stays paused until `resume` is called. */
  isGuarded: boolean
}

type Limits = {
  /** The most admitted requests of a connection. */
  readonly atOnce: number
  /** For how many milliseconds a client may leave a response unread. */
  readonly patience: number
}

/**
 * Keeps a connection from filling the memory with responses that its client doesn't read. Admits a number of its
 * requests at a time, reads no further ones meanwhile, and closes the connection when a response makes no progress.
 */
export function limitPipelining(
  app: FastifyInstance,
  { atOnce, patience }: Limits = { atOnce: 16, patience: 60_000 },
): void {
  const pipelines = new WeakMap<Socket, Pipeline>()
  // Under TLS the parser loses a record when it lets go later on, so it never reads by itself.
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
    const own = pipeline
    // Node.js sets its own timeout again as soon as the connection is idle.
    socket.setTimeout(patience)
    reply.raw.on('timeout', closeUnread).once('close', () => proceed(own, socket))
    if (own.open < atOnce) {
      own.open++
      return done()
    }
    own.waiting.push(done)
    pause(own, socket)
  })
}

/** A response has left: its place goes to the next request in line. */
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
  // Node.js can't be kept from reading while it parses.
  setImmediate(() => guard(pipeline, socket))
}

/**
 * Makes a pause hold. Node.js reads straight into its parser until somebody listens for data, and resumes the connection
 * whenever it is done with a request.
 */
function guard(pipeline: Pipeline, socket: Socket): void {
  // The parser lets go of a connection in a sound state only while that is being read.
  const letGo = () => {
    if (isPausedByNode(socket)) return
    socket.off('resume', letGo)
    socket.on('data', ignore)
    keepPaused(pipeline, socket)
  }
  socket.on('resume', letGo)
  if (socket.readableFlowing) letGo()
  else resume(socket)
}

/** Pauses a connection again whenever Node.js resumes it too early. The parser must have let go of it. */
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

/** Node.js pauses a connection for the same reason, once it has buffered too much, and asserts that nobody resumes it. */
const isPausedByNode = (socket: Socket & { readonly _paused?: boolean }) => socket._paused === true

/** Node.js has seen neither side move. A request that takes long has nothing to be read yet. */
function closeUnread(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy()
}
