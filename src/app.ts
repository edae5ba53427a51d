import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import { type ConsoleParts, consolePlugin } from './console/console-plugin.ts'
import { refuseUnreadable } from './console/handle-error.ts'
import { refuseBrokenRequest } from './http/broken-request.ts'
import { type ScimParts, scimPlugin } from './http/scim-plugin.ts'
import { bodyBytes } from './profiles/rfc.ts'

/** Certificate and key as PEM texts. */
export type Tls = { readonly cert: string; readonly key: string }

// The journal has every exchange, so Fastify's own two lines for each are left out.
const logController = new LogController({ disableRequestLogging: true })

/** For a request to arrive whole, so that no client keeps a connection by sending half of one. Responses may take longer. */
const requestTimeout = 60_000

/** For requests under way to be answered once the server stops; who has sent half of one is not waited for. */
const closeTimeout = 5_000

/** At `info` Fastify says where it listens, which the four facts of the start say already. */
const quiet = (logger: Logger): FastifyBaseLogger =>
  logger.child({}, { level: logger.level === 'info' ? 'warn' : logger.level })

/** The SCIM listener, not listening yet. */
export function buildScimApp(parts: ScimParts, logger: Logger, tls?: Tls): FastifyInstance {
  const options = {
    bodyLimit: bodyBytes,
    requestTimeout,
    logController,
    loggerInstance: quiet(logger),
    forceCloseConnections: 'idle' as const,
    clientErrorHandler: refuseBrokenRequest(parts),
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
  answerAll(app)
  app.addHook('preClose', done => {
    setTimeout(() => app.server.closeAllConnections(), closeTimeout).unref()
    done()
  })
  app.register(async scope => scimPlugin(scope, parts))
  return app
}

/** Has the application answer what Node.js would answer by itself: unknown expectations and CONNECT. */
function answerAll(app: FastifyInstance): void {
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
export function buildConsoleApp(parts: ConsoleParts, logger: Logger): FastifyInstance {
  const app = Fastify({
    requestTimeout,
    logController,
    loggerInstance: quiet(logger),
    // An open page would keep `close` waiting.
    forceCloseConnections: true,
    // Addresses that the router can't read never reach the plugin's own handler.
    frameworkErrors: refuseUnreadable,
  })
  app.register(consolePlugin, parts)
  return app
}
