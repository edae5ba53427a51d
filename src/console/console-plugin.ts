import bearerAuth from '@fastify/bearer-auth'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { groupType, userType } from '../scim/core-types.ts'
import { clockRoutes } from './api/clock.ts'
import { compactRoutes } from './api/compact.ts'
import { cycleRoutes } from './api/cycles.ts'
import { describeRoutes, docsRoutes } from './api/docs.ts'
import { eventRoutes } from './api/events.ts'
import { exchangeExportRoutes } from './api/exchange-exports.ts'
import { exchangeRoutes } from './api/exchanges.ts'
import { explanationRoutes } from './api/explanation.ts'
import { faultRoutes } from './api/faults.ts'
import { findingRoutes } from './api/findings.ts'
import { healthRoutes } from './api/health.ts'
import { identityRoutes } from './api/identities.ts'
import { reconcileRoutes } from './api/reconcile.ts'
import { replayRoutes } from './api/replay.ts'
import { resetRoutes } from './api/reset.ts'
import { resourceRoutes } from './api/resources.ts'
import { sampleRoutes } from './api/sample.ts'
import { settingsRoutes } from './api/settings.ts'
import { setupRoutes } from './api/setup.ts'
import { snapshotRoutes } from './api/snapshots.ts'
import { staleRoutes } from './api/stale.ts'
import { tenantRoutes } from './api/tenants.ts'
import { timelineRoutes } from './api/timeline.ts'
import { tokenRoutes } from './api/tokens.ts'
import { typeRoutes } from './api/types.ts'
import { webhookRoutes } from './api/webhooks.ts'
import { refuseForeignHost, refuseForeignPage, refuseForeignUse } from './guard.ts'
import { createGuessLimit, type GuessLimit } from './guess-limit.ts'
import { handleError } from './handle-error.ts'
import { sendSecurityHeaders } from './headers.ts'
import { readOnlyJson } from './json-body.ts'
import { announceChanges } from './live/changes.ts'
import { createLive, type Live } from './live/live.ts'
import { liveSources } from './live/sources.ts'
import { createMetrics } from './metrics/metrics.ts'
import { metricsRoutes } from './metrics/metrics-routes.ts'
import { pageRoutes, showUnknownAddress } from './page.ts'
import type { ConsoleParts } from './parts.ts'
import { Problem } from './problem.ts'
import { readWithZod } from './read-with-zod.ts'
import { watchMethods } from './unknown-address.ts'

export type { ConsoleParts } from './parts.ts'

/** The console listener: REST API, its description, and probes. */
export const consolePlugin = async (app: FastifyInstance, parts: ConsoleParts): Promise<void> => {
  if (parts.hosts === 'any' && parts.token === undefined) {
    throw new Error('A console that is reached from other machines needs a token.')
  }
  app.setErrorHandler(handleError)
  app.addHook('onRequest', sendSecurityHeaders)
  readOnlyJson(app)
  const refuseUnknown = watchMethods(app)
  await describeRoutes(app, parts.version)
  const live = createLive({ sources: liveSources(parts) })
  app.addHook('preClose', async () => live.close())
  const metrics = createMetrics(parts, live.readers)
  app.addHook('onClose', async () => metrics.stop())

  await app.register(async probes => {
    readWithZod(probes)
    await probes.register(healthRoutes, parts)
  })

  // These hold no data, so a browser may open them before anybody has given the token.
  await app.register(async pages => {
    refuseForeignNames(pages, parts)
    pages.addHook('onRequest', refuseForeignUse)
    await pages.register(pageRoutes)
    await pages.register(docsRoutes)
  })

  await app.register(async guarded => {
    refuseForeignNames(guarded, parts)
    guarded.addHook('onRequest', showUnknownAddress)
    await guard(guarded, parts)
    guarded.setNotFoundHandler(refuseUnknown)
    await guarded.register(metricsRoutes, { metrics })
    await guarded.register(api, { ...parts, live, prefix: '/api/v1' })
  })
}

function refuseForeignNames(app: FastifyInstance, { hosts = 'loopback' }: ConsoleParts): void {
  if (hosts === 'loopback') app.addHook('onRequest', refuseForeignHost)
}

async function guard(app: FastifyInstance, parts: ConsoleParts): Promise<void> {
  app.addHook('onRequest', refuseForeignPage)
  if (parts.token !== undefined) await requireToken(app, parts.token, createGuessLimit(parts.guesses))
}

async function requireToken(app: FastifyInstance, token: string, guesses: GuessLimit): Promise<void> {
  await app.register(bearerAuth, {
    keys: [token],
    addHook: false,
    specCompliance: 'rfc6749',
    verifyErrorLogLevel: 'debug',
  })
  app.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    guesses.turn(request.ip).then(() => {
      app.verifyBearerAuth?.(request, reply, error => {
        if (error && request.headers.authorization !== undefined) guesses.guessed(request.ip)
        done(error && tokenNeeded())
      })
    }, done)
  })
}

const tokenNeeded = () =>
  new Problem(
    'token-needed',
    'Send the console token as "Authorization: Bearer …"; the server was started with it, or printed it at its start.',
    { headers: { 'www-authenticate': 'Bearer realm="scimulator console"' } },
  )

const api = async (app: FastifyInstance, parts: ConsoleParts & { live: Live }): Promise<void> => {
  readWithZod(app)
  announceChanges(app, change => parts.live.tell({ kind: 'changed', ...change }))
  const { resourceTypes = [userType, groupType], ...rest } = parts
  const routes = { ...rest, prefix: '' }
  await app.register(tenantRoutes, routes)
  await app.register(tokenRoutes, routes)
  await app.register(typeRoutes, routes)
  for (const type of resourceTypes) await app.register(identityRoutes, { ...routes, type })
  await app.register(resourceRoutes, routes)
  await app.register(timelineRoutes, routes)
  await app.register(staleRoutes, routes)
  await app.register(exchangeRoutes, routes)
  await app.register(explanationRoutes, routes)
  await app.register(exchangeExportRoutes, routes)
  await app.register(replayRoutes, routes)
  await app.register(sampleRoutes, routes)
  await app.register(reconcileRoutes, routes)
  await app.register(setupRoutes, routes)
  await app.register(cycleRoutes, routes)
  await app.register(findingRoutes, routes)
  await app.register(eventRoutes, routes)
  await app.register(faultRoutes, routes)
  await app.register(clockRoutes, routes)
  await app.register(resetRoutes, routes)
  await app.register(compactRoutes, routes)
  await app.register(snapshotRoutes, routes)
  await app.register(settingsRoutes, routes)
  await app.register(webhookRoutes, routes)
}
