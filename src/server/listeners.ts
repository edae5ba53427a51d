import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import { type ConsoleDeps, consolePlugin } from '../console/console-plugin.ts'
import { handleUnreadableAddress } from '../console/error-handler.ts'
import { rejectMalformedRequest } from '../http/protocol-errors.ts'
import { type ScimDeps, scimPlugin } from '../http/scim-plugin.ts'
import { bodyBytes } from '../profiles/base.ts'

/** Certificate and key as PEM texts. */
export type Tls = { readonly cert: string; readonly key: string }

// The journal has every exchange, so Fastify's own two lines for each are left out.
const logController = new LogController({ disableRequestLogging: true })

/** For a request to arrive whole, so that no client keeps a connection by sending half of one. Responses may take longer. */
const requestTimeout = 60_000

/** For requests under way to be answered once the server stops; who has sent half of one is not waited for. */
const closeTimeout = 5_000

/** At `info` Fastify says where it listens, which the four facts of the start say already. */
const createQuietLogger = (logger: Logger): FastifyBaseLogger =>
  logger.child({}, { level: logger.level === 'info' ? 'warn' : logger.level })

/** The SCIM listener, not listening yet. */
export function buildScimApp(parts: ScimDeps, logger: Logger, tls?: Tls): FastifyInstance {
  const options = {
    bodyLimit: bodyBytes,
    requestTimeout,
    logController,
    loggerInstance: createQuietLogger(logger),
    forceCloseConnections: 'idle' as const,
    clientErrorHandler: rejectMalformedRequest(parts),
    // `http/route.ts` works out what an address means, so that types may come and go while the server runs, and
    // Fastify's router has nothing to decode or to refuse.
    rewriteUrl: ({ url = '/' }: { url?: string }) =>
      url.includes('?') ? `/${url.slice(url.indexOf('?'))}` : '/',
  }
  // Without a `Host` Node.js would answer by itself, and the journal would know nothing of it.
  const http = { requireHostHeader: false }
  const app = tls
    ? (Fastify({ ...options, https: { ...tls, ...http } }) as unknown as FastifyInstance)
    : Fastify({ ...options, http })
  routeUnhandledRequests(app)
  app.addHook('preClose', done => {
    setTimeout(() => app.server.closeAllConnections(), closeTimeout).unref()
    done()
  })
  app.register(async scope => scimPlugin(scope, parts))
  return app
}

/** Has the application answer what Node.js would answer by itself: unknown expectations and CONNECT. */
function routeUnhandledRequests(app: FastifyInstance): void {
  app.server.on('checkExpectation', (request, response) => app.routing(request, response))
  app.server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.once('finish', () => socket.end())
    // Node.js has given the connection away: nobody else closes one that its client keeps.
    socket.on('error', () => socket.destroy()).on('timeout', () => socket.destroy())
    try {
      response.assignSocket(socket as Socket)
    } catch {
      // Earlier requests are unanswered: one response more would look like one of theirs.
      socket.end()
    }
    app.routing(request, response)
  })
}

/** The console listener, not listening yet. */
export function buildConsoleApp(parts: ConsoleDeps, logger: Logger): FastifyInstance {
  const app = Fastify({
    requestTimeout,
    logController,
    loggerInstance: createQuietLogger(logger),
    // An open page would keep `close` waiting.
    forceCloseConnections: true,
    // Addresses that the router can't read never reach the plugin's own handler.
    frameworkErrors: handleUnreadableAddress,
  })
  app.register(consolePlugin, parts)
  return app
}

/** Why the server can't start, in one sentence that says what to do. */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
  }
}

export type Binding = {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** The flags that name host and port, for the sentence that says what to change. */
  readonly flags: { readonly host: string; readonly port: string }
}

/** Listens, and answers the URL at which people on this machine reach it. Throws StartError. */
export async function listen(
  app: FastifyInstance,
  { host, port, flags }: Binding,
  scheme: string,
): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw new StartError(describeListenFailure(error, host, port, flags), { cause: error })
  }
  const [address] = app.addresses()
  return `${scheme}://${urlHost(host)}:${address && typeof address === 'object' ? address.port : port}`
}

function describeListenFailure(error: unknown, host: string, port: number, flags: Binding['flags']): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken by another program: stop that one, or choose another with ${flags.port}.`
  }
  if (code === 'EACCES')
    return `Port ${port} needs rights that this process lacks: choose one above 1023 with ${flags.port}.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `This machine has no address ${host}: choose another with ${flags.host}.`
  }
  return `Can't listen on ${host}:${port} (${error instanceof Error ? error.message : error}).`
}

const urlHost = (host: string) => {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

export const isLoopback = (host: string): boolean => /^(127(\.\d+){3}|::1|localhost)$/i.test(host)
