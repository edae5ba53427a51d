import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import type { AwsDeps, AwsOptions } from '../aws-api/http/aws-plugin.ts'
import { awsConnectionErrorFormat } from '../aws-api/http/responses.ts'
import { prepareConsole } from '../console/admission.ts'
import type { ConsoleDeps } from '../console/deps.ts'
import { handleUnreadableAddress } from '../console/error-handler.ts'
import { addProbes, createShared } from '../console/probes.ts'
import { bodyBytes } from '../profiles/base.ts'
import { ServerResponse } from '../scim-api/http/node-http.ts'
import { createReceiver } from '../scim-api/http/receive.ts'
import { type OnClosing, onClosingOf } from '../scim-api/http/respond.ts'
import { readTokenAddress } from '../scim-api/http/route.ts'
import { connectionErrorFormat, rejectMalformedRequest } from '../scim-api/http/scim-errors.ts'
import { type ScimDeps, scimPlugin } from '../scim-api/http/scim-plugin.ts'
import { type TokenEndpointDeps, tokenEndpointPlugin, tokenRoute } from '../scim-api/http/token-endpoint.ts'

/** PEM texts. */
export type Tls = { readonly cert: string; readonly key: string }

// The journal records every request: Fastify's two log lines for each would repeat it.
const logController = new LogController({ disableRequestLogging: true })

/** Requests and responses are validated by zod: the compilers of JSON Schema need not be loaded, which takes 20 ms. */
const schemaController = {
  compilersFactory: { buildValidator: rejectJsonSchema, buildSerializer: rejectJsonSchema },
}

function rejectJsonSchema(): never {
  throw new Error('Routes have zod schemas, not JSON schemas.')
}

/** The time in which a request must arrive, so that half a request does not hold its connection. Responses may take longer. */
const requestTimeout = 60_000

/** The time for open requests to finish when the server stops. */
export const closeTimeout = 5_000

/** At `info` Fastify logs its addresses, which the report of the start contains. */
const createQuietLogger = (logger: Logger): FastifyBaseLogger =>
  logger.child({}, { level: logger.level === 'info' ? 'warn' : logger.level })

export function buildScimApp(deps: ScimDeps & TokenEndpointDeps, logger: Logger, tls?: Tls): FastifyInstance {
  const format = connectionErrorFormat(deps.fallbackProfile)
  const app = buildJournaledApp({
    clientErrorHandler: rejectMalformedRequest({ ...deps, format }),
    routeOf: url => (readTokenAddress(url) ? tokenRoute : '/'),
    logger,
    tls,
  })
  app.register(async scope => {
    const receive = createReceiver(scope, deps)
    scope.register(async inner => tokenEndpointPlugin(inner, deps, receive))
    scope.register(async inner => scimPlugin(inner, deps, receive))
  })
  return app
}

export type AwsListenerDeps = Omit<AwsDeps, 'operations' | 'onClosing'> & {
  readonly loadOperations: () => Promise<AwsDeps['operations']>
}

/** The listener of AWS's APIs, not listening yet. Its first request loads them. */
export function buildAwsApp(
  deps: AwsListenerDeps,
  options: AwsOptions,
  logger: Logger,
  tls?: Tls,
): FastifyInstance {
  const format = awsConnectionErrorFormat
  const app = buildJournaledApp({
    clientErrorHandler: rejectMalformedRequest({ ...deps, format }),
    logger,
    tls,
  })
  passUnrouted(app, onClosing => {
    const other = Fastify(journaledOptions(logger))
    other.register(async scope => {
      const [{ awsPlugin }, operations] = await Promise.all([
        import('../aws-api/http/aws-plugin.ts'),
        deps.loadOperations(),
      ])
      awsPlugin(scope, { ...deps, operations, onClosing }, options)
    })
    return other
  })
  return app
}

function journaledOptions(logger: Logger) {
  const quietLogger = createQuietLogger(logger)
  return {
    bodyLimit: bodyBytes,
    logController,
    schemaController,
    // With a logger of its own, Fastify listens to each response for the time that it takes. Requests have this one.
    childLoggerFactory: () => quietLogger,
  }
}

type JournaledAppOptions = {
  readonly clientErrorHandler: ReturnType<typeof rejectMalformedRequest>
  readonly routeOf?: (url: string) => string
  readonly logger: Logger
  readonly tls: Tls | undefined
}

/** An application whose requests are all recorded, also those that Node.js and Fastify would reject by themselves. */
function buildJournaledApp({
  clientErrorHandler,
  routeOf = () => '/',
  logger,
  tls,
}: JournaledAppOptions): FastifyInstance {
  const options = {
    ...journaledOptions(logger),
    requestTimeout,
    forceCloseConnections: 'idle' as const,
    clientErrorHandler,
    // The plugins route: Fastify's router must not decode or reject a URL, and resource types change while the server runs.
    rewriteUrl: ({ url = '/' }: IncomingMessage) =>
      routeOf(url) + (url.includes('?') ? url.slice(url.indexOf('?')) : ''),
  }
  // Node.js would reject a request without `Host` itself, and the journal would not record it.
  const http = { requireHostHeader: false }
  const app = tls
    ? (Fastify({ ...options, https: { ...tls, ...http } }) as unknown as FastifyInstance)
    : Fastify({ ...options, http })
  routeUnhandledRequests(app)
  app.addHook('preClose', done => {
    setTimeout(() => app.server.closeAllConnections(), closeTimeout).unref()
    done()
  })
  return app
}

/** Routes to the application what Node.js would respond to itself: unknown expectations and CONNECT. */
function routeUnhandledRequests(app: FastifyInstance): void {
  app.server.on('checkExpectation', (request, response) => app.routing(request, response))
  app.server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.once('finish', () => socket.end())
    // Node.js no longer manages this socket and would not close it.
    socket.on('error', () => socket.destroy()).on('timeout', () => socket.destroy())
    ;(socket as Socket).setTimeout(requestTimeout)
    try {
      response.assignSocket(socket as Socket)
    } catch {
      // Earlier requests are still open: a client would take this response for one of theirs.
      socket.end()
    }
    app.routing(request, response)
  })
}

/** Modules of the console: loading all of them at once would block the event loop for 200 ms, for the most part with schemas. */
const largeParts = [
  () => import('../console/routes/register.ts'),
  () => import('../console/routes/tokens.ts'),
  () => import('../console/routes/access.ts'),
  () => import('../console/routes/audit.ts'),
  () => import('../console/routes/aws-import.ts'),
  () => import('../console/routes/rehearsal.ts'),
  () => import('../console/routes/explanation.ts'),
  () => import('../console/routes/analysis.ts'),
  () => import('../console/routes/events.ts'),
  () => import('../console/routes/overview.ts'),
  () => import('../console/routes/session-file.ts'),
  () => import('../console/routes/setup.ts'),
  () => import('../console/routes/sign-in-check.ts'),
]

/** The console listener, not listening yet. The first request that is not for health or metrics registers the other routes. */
export function buildConsoleApp(deps: ConsoleDeps, logger: Logger): FastifyInstance {
  const options = {
    logController,
    schemaController,
    loggerInstance: createQuietLogger(logger),
    // Malformed URLs do not reach the plugin's own handler.
    frameworkErrors: handleUnreadableAddress,
  }
  const shared = createShared(deps)
  // The event stream of an open page would delay `close`.
  const app = Fastify({ ...options, requestTimeout, forceCloseConnections: true })
  prepareConsole(app)
  app.addHook('preClose', async () => shared.live.close())
  app.addHook('onClose', async () => shared.metrics.stop())
  app.register(async probes => addProbes(probes, deps, shared))
  passUnrouted(app, () => {
    // Loading in turns takes as long as other work lets it: after a timer, a commit precedes the next module.
    const other = Fastify({ ...options, pluginTimeout: 0 })
    other.register(async scope => {
      for (const load of largeParts) {
        await load()
        await pause(1)
      }
      const { consolePlugin } = await import('../console/console-plugin.ts')
      await consolePlugin(scope, { deps, shared })
    })
    return other
  })
  return app
}

export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
  }
}

type Binding = {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  readonly flags: { readonly host: string; readonly port: string }
}

/** Returns the URL for clients on this machine. Throws StartError. */
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
    return `Port ${port} on ${host} is in use. Stop the other program, or choose another port with ${flags.port}.`
  }
  if (code === 'EACCES')
    return `Permission denied for port ${port}. Choose a port above 1023 with ${flags.port}.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `This machine has no address ${host}. Choose another with ${flags.host}.`
  }
  return `Cannot listen on ${host}:${port} (${error instanceof Error ? error.message : error}).`
}

const urlHost = (host: string) => {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/**
 * Passes requests for which `app` has no route to another application, which the first of them builds: building it would make the
 * start longer. If that fails, the request gets an error, and the next one builds again. The other application does not listen, so
 * it closes after the open requests; `onClosing` is called before.
 */
export function passUnrouted(app: FastifyInstance, build: (onClosing: OnClosing) => FastifyInstance): void {
  let other: Promise<Ready> | undefined
  const ends: (() => void)[] = []
  onClosingOf(app)(() => {
    for (const end of ends) end()
  })
  const getOther = (): Promise<Ready> => {
    other ??= toReady(build(end => void ends.push(end))).catch(error => {
      other = undefined
      throw error
    })
    return other
  }
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    const { routing } = await getOther()
    reply.hijack()
    routing(request.raw, reply.raw)
  })
  app.addHook('onClose', async () => {
    const built = await other?.catch(() => undefined)
    await built?.close()
  })
}

/** Parts of an application, which itself is thenable. */
type Ready = Pick<FastifyInstance, 'routing'> & { readonly close: () => Promise<void> }

async function toReady(app: FastifyInstance): Promise<Ready> {
  await app.ready()
  return { routing: app.routing, close: async () => app.close() }
}
