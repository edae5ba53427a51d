import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { minute } from '../domain/duration.ts'
import { groupType, userType } from '../scim/core-schemas.ts'
import { compact } from '../scim/json.ts'
import { guardRoutes, prepareConsole, rejectUnknownHosts } from './admission.ts'
import type { AuthenticatedCaller } from './audit.ts'
import type { ConsoleDeps } from './deps.ts'
import { docsSiteRoutes } from './docs-site.ts'
import { rejectCrossOriginEmbedding } from './guard.ts'
import { announceChanges, type LiveHub } from './live/hub.ts'
import { describeRoutes } from './openapi.ts'
import { pageRoutes, sendNotFoundPage } from './page.ts'
import type { Shared } from './probes.ts'
import { Problem } from './problem.ts'
import { refuseChangesOfSessions } from './read-only.ts'
import { accessRoutes } from './routes/access.ts'
import { accessKeyRoutes } from './routes/access-keys.ts'
import { cycleRoutes, findingRoutes } from './routes/analysis.ts'
import { auditRoutes } from './routes/audit.ts'
import { awsImportRoutes } from './routes/aws-import.ts'
import { consoleTokenRoutes, meRoutes, sessionRoutes } from './routes/console-access.ts'
import { eventRoutes } from './routes/events.ts'
import { exchangeExportRoutes, exchangeRoutes, replayRoutes } from './routes/exchanges.ts'
import { explanationRoutes } from './routes/explanation.ts'
import { faultRoutes } from './routes/faults.ts'
import { identityRoutes, resourceRoutes, timelineRoutes } from './routes/identities.ts'
import { issuerRoutes } from './routes/issuers.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { oauthClientRoutes } from './routes/oauth-clients.ts'
import { overviewRoutes } from './routes/overview.ts'
import { preflightRoutes } from './routes/preflight.ts'
import { reconcileRoutes } from './routes/reconcile.ts'
import { type LastDrifts, rehearsalRoutes } from './routes/rehearsal.ts'
import { reportRoutes } from './routes/reports.ts'
import { healthRoutes, serverRoutes, webhookRoutes } from './routes/server.ts'
import { sessionFileRoutes } from './routes/session-file.ts'
import { sampleRoutes, setupRoutes } from './routes/setup.ts'
import { signInCheckRoutes } from './routes/sign-in-check.ts'
import { snapshotRoutes } from './routes/snapshots.ts'
import { staleRoutes } from './routes/stale.ts'
import { clockRoutes, tenantRoutes } from './routes/tenants.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { typeRoutes } from './routes/types.ts'
import { whyRoutes } from './routes/why.ts'
import { type OnSignIn, signInRoutes } from './sign-in/routes.ts'
import { acceptOnlyJson, validateWithZod } from './validation.ts'

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const matcherOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('/')
      .map(segment => (segment === '*' ? '.*' : segment.startsWith(':') ? '[^/]+' : literally(segment)))
      .join('/')}$`,
  )

function watchMethods(app: FastifyInstance) {
  const methods = new Map<string, { readonly matcher: RegExp; readonly offered: Set<string> }>()

  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? { matcher: matcherOf(url), offered: new Set<string>() }
    for (const name of [method].flat()) known.offered.add(name)
    methods.set(url, known)
  })

  return async ({ method, url }: FastifyRequest, _reply: FastifyReply): Promise<never> => {
    const path = url.split('?', 1)[0] ?? ''
    const found = [...methods.values()].find(({ matcher }) => matcher.test(path))
    // A route itself reports a file that it does not have.
    if (!found || found.offered.has(method)) {
      throw new Problem('not-found', 'This URL does not exist. GET /api/docs lists all operations.')
    }
    const allowed = [...found.offered].sort().join(', ')
    throw new Problem('method-not-allowed', `${method} is not supported at ${path}. Use one of ${allowed}.`, {
      headers: { allow: allowed },
    })
  }
}

export const consolePlugin = async (
  app: FastifyInstance,
  { deps, shared }: { readonly deps: ConsoleDeps; readonly shared: Shared },
): Promise<void> => {
  const { signIn } = deps
  const { live, metrics, admission, drifts } = shared
  await pause(1)
  prepareConsole(app)
  acceptOnlyJson(app)
  const refuseUnknown = watchMethods(app)
  const docsRoutes = describeRoutes(app, deps.version)

  await app.register(async probes => {
    validateWithZod(probes)
    await probes.register(healthRoutes, deps)
  })

  // These contain no data, so a browser may open them without the token.
  await app.register(async pages => {
    rejectUnknownHosts(pages, deps)
    pages.addHook('onRequest', rejectCrossOriginEmbedding(signIn?.url))
    await pages.register(pageRoutes)
    await pages.register(docsRoutes)
    await pages.register(docsSiteRoutes, deps)
  })

  if (signIn) {
    await app.register(async pages => {
      rejectUnknownHosts(pages, deps)
      await signInRoutes(pages, { signIn, onSignIn: noteSignIn(deps, live) })
    })
  }

  await app.register(async guarded => {
    rejectUnknownHosts(guarded, deps)
    guarded.addHook('onRequest', sendNotFoundPage)
    guardRoutes(guarded, deps, admission)
    guarded.setNotFoundHandler(refuseUnknown)
    await guarded.register(metricsRoutes, { metrics })
    await guarded.register(api, { ...deps, live, drifts, prefix: '/api/v1' })
  })
}

/** Entries a minute about people whom the identity provider did not name: anyone can cause them, and they are kept for 400 days. */
const maxUnnamed = 60

function noteSignIn({ audit, clock }: ConsoleDeps, live: LiveHub): OnSignIn {
  let unnamed: readonly number[] = []
  const isTooMany = (now: number): boolean => {
    unnamed = unnamed.filter(at => now - at < minute)
    if (unnamed.length >= maxUnnamed) return true
    unnamed = [...unnamed, now]
    return false
  }
  return async ({ ip }, event, person) => {
    if (event.problem === undefined) live.publish({ kind: 'changed', what: 'sessions' })
    if (!person && isTooMany(clock())) return
    await audit.note({ ...event, caller: describeSignedIn(person), address: ip })
  }
}

function describeSignedIn(person: Parameters<OnSignIn>[2]): AuthenticatedCaller {
  if (!person) return { kind: 'unknown' }
  const { issuer, subject, name, authenticated, acr } = person
  return { kind: 'person', issuer, subject, ...compact({ name, authenticated, acr }) }
}

type ApiDeps = ConsoleDeps & { readonly live: LiveHub; readonly drifts: LastDrifts }

const api: FastifyPluginAsync<ApiDeps> = async (app, deps) => {
  validateWithZod(app)
  app.decorate('audit', deps.audit)
  refuseChangesOfSessions(app, deps.tenants)
  announceChanges(app, change => deps.live.publish({ kind: 'changed', ...change }))
  for (const part of partsOfApi) {
    await app.register(part, { ...deps, prefix: '' })
    await pause(1)
  }
}

/** Registering them in one turn would block the event loop for 100 ms. After a timer, a commit precedes the next part. */
const partsOfApi: readonly FastifyPluginAsync<ApiDeps>[] = [
  tenantRoutes,
  tokenRoutes,
  issuerRoutes,
  oauthClientRoutes,
  accessKeyRoutes,
  typeRoutes,
  async (app, { resourceTypes = [userType, groupType], ...deps }) => {
    for (const type of resourceTypes) await app.register(identityRoutes, { ...deps, prefix: '', type })
  },
  resourceRoutes,
  whyRoutes,
  timelineRoutes,
  staleRoutes,
  accessRoutes,
  signInCheckRoutes,
  exchangeRoutes,
  explanationRoutes,
  exchangeExportRoutes,
  replayRoutes,
  sampleRoutes,
  reconcileRoutes,
  preflightRoutes,
  awsImportRoutes,
  rehearsalRoutes,
  setupRoutes,
  cycleRoutes,
  reportRoutes,
  overviewRoutes,
  findingRoutes,
  sessionFileRoutes,
  eventRoutes,
  faultRoutes,
  clockRoutes,
  serverRoutes,
  meRoutes,
  sessionRoutes,
  snapshotRoutes,
  webhookRoutes,
  consoleTokenRoutes,
  auditRoutes,
]
