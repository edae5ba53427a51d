import { readFileSync } from 'node:fs'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { type ConsoleParts, consolePlugin } from './console/console-plugin.ts'
import { type ScimParts, scimPlugin } from './http/scim-plugin.ts'

export type Tls = { readonly cert: string; readonly key: string }

/** 1 MiB: twenty times a PATCH with a thousand members. */
const bodyLimit = 1_048_576

// Without it an open connection of a browser keeps `close` waiting (Fastify, `forceCloseConnections`). The
// journal has every exchange, so Fastify's own line for each is left out.
const common = { forceCloseConnections: 'idle', disableRequestLogging: true } as const

/** The SCIM listener, not listening yet. */
export function buildScimApp(parts: ScimParts, logger: Logger, tls?: Tls): FastifyInstance {
  const options = {
    ...common,
    bodyLimit,
    loggerInstance: logger as never,
    routerOptions: { maxParamLength: 20_000, ignoreTrailingSlash: true },
  }
  const app = tls
    ? (Fastify({
        ...options,
        https: { cert: readFileSync(tls.cert), key: readFileSync(tls.key) },
      }) as unknown as FastifyInstance)
    : (Fastify(options) as unknown as FastifyInstance)
  app.register(async scope => scimPlugin(scope, parts))
  return app
}

/** The console listener, not listening yet. */
export function buildConsoleApp(parts: ConsoleParts, logger: Logger): FastifyInstance {
  const app = Fastify({
    ...common,
    forceCloseConnections: true,
    loggerInstance: logger as never,
  }) as unknown as FastifyInstance
  app.register(consolePlugin, parts)
  return app
}
