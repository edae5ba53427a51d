import type { Logger } from 'pino'
import { createJwtAuthenticator } from '../auth/issuers/authenticator.ts'
import { createKeySets } from '../auth/issuers/key-sets.ts'
import { createSafeFetch, type SafeFetch } from '../auth/issuers/safe-fetch.ts'
import { createJwtVerifier, type JwtVerifier } from '../auth/issuers/verify.ts'
import { createAccessTokenAuthenticator } from '../auth/oauth/access-token-authenticator.ts'
import { createAssertionVerifier } from '../auth/oauth/assertion.ts'
import { createTokenService } from '../auth/oauth/token-service.ts'
import { createPageTokens } from '../aws-api/page-token.ts'
import { secretAttributeNames } from '../domain/journal/masking.ts'
import type { Engine, EngineLog } from '../domain/ports/engine.ts'
import type { Retention } from '../domain/ports/journal.ts'
import type { ResourceStore } from '../domain/ports/resources.ts'
import { createJournalDiagnoser } from '../insight/analysis/diagnosis/diagnose.ts'
import { createEvaluator } from '../insight/analysis/evaluation/evaluate.ts'
import { createJobHealthMonitor, type JobHealthMonitor } from '../insight/analysis/job-health.ts'
import { withOpenedSessions } from '../insight/analysis/opened-sessions.ts'
import { type AnalysisWorker, createAnalysisWorker } from '../insight/analysis/worker.ts'
import type { ProfileName } from '../profiles/names.ts'
import { profileNames } from '../profiles/names.ts'
import { loadProfile } from '../profiles/registry.ts'
import type { ScimDeps } from '../scim-api/http/scim-plugin.ts'
import type { TokenEndpointDeps } from '../scim-api/http/token-endpoint.ts'
import { createProvider } from '../scim-api/provider/provider.ts'
import type { AwsListenerDeps } from './listeners.ts'
import { version } from './version.ts'

type PostgresLocation = {
  readonly url: string
  readonly schema: string
  readonly lanes: number
  readonly readers: number
  /** False if notifications do not arrive, and if the tables must not be changed; true by default. */
  readonly isListening?: boolean
  readonly migrates?: boolean
  /** Milliseconds after which an instance that could not renew its lease serves no requests. */
  readonly lease?: number
}

type ServicesOptions = {
  /** The SQLite file; undefined keeps data in memory. */
  readonly path?: string | undefined
  readonly postgres?: PostgresLocation | undefined
  readonly profile: ProfileName
  readonly retention?: Retention
  readonly maxRecordedList?: number
  /** Replaces the limit of the profile, for each resource type of a tenant. */
  readonly maxResources?: number | undefined
  readonly sealKey?: string | undefined
  readonly onFatal?: (error: Error) => void
}

/** The services that the listeners use. `reset` also turns faults off. */
export type Services = Omit<Engine, 'analysis'> & {
  readonly verifier: JwtVerifier
  readonly safeFetch: SafeFetch
  readonly analysis: AnalysisWorker
  readonly jobHealth: JobHealthMonitor
  readonly scim: ScimDeps & TokenEndpointDeps
  readonly aws: AwsListenerDeps
}

const defaultRetention: Retention = { count: 100_000, days: 90 }

/** Throws DatabaseError. */
export async function openServices(
  { profile, maxRecordedList, maxResources, ...options }: ServicesOptions,
  logger: Logger,
): Promise<Services> {
  const engine = await openEngine(options, logger)
  const store = maxResources === undefined ? engine.store : withLimit(engine.store, maxResources)
  return compose({ ...engine, store }, profile, logger, maxRecordedList)
}

const withLimit = (store: ResourceStore, limit: number): ResourceStore => ({
  ...store,
  insert: (place, cause, draft) => store.insert(place, cause, draft, limit),
})

/** The modules of the other engine are not loaded. */
async function openEngine(
  { path, postgres, retention = defaultRetention, sealKey, onFatal }: Omit<ServicesOptions, 'profile'>,
  logger: Logger,
): Promise<Engine> {
  const options = { retention, sealKey, log: toEngineLog(logger), ...(onFatal && { onFatal }) }
  if (postgres) {
    const { openPostgresEngine } = await import('../storage/postgres/engine.ts')
    return openPostgresEngine({ ...options, ...postgres })
  }
  const { openSqliteEngine } = await import('../storage/sqlite/engine.ts')
  return openSqliteEngine({ ...options, path })
}

const toEngineLog = (logger: Logger): EngineLog => ({
  info: message => logger.info(message),
  warn: message => logger.warn(message),
  error: (err, message) => logger.error({ err }, message),
})

function compose(
  engine: Engine,
  profile: ProfileName,
  logger: Logger,
  maxRecordedList = 16 * 1024,
): Services {
  const { tenants, accessKeys, oauthClients, journal, directory } = engine
  const analysis = createAnalysisWorker({
    journal,
    store: withOpenedSessions(engine.analysis, tenants),
    leader: engine.leader,
    readsAtOnce: engine.readsAtOnce,
    clock: engine.clock,
    others: engine.analysisEvents,
    tenants,
    diagnose: createJournalDiagnoser({
      tenants,
      effects: directory.effects,
      authors: directory.authors,
      history: directory.history,
      counts: directory.counts,
      findExchange: journal.find,
      evaluator: createEvaluator({ tenants, directory }),
      assignments: engine.assignments,
      clients: engine.oauthClients,
    }),
    onError: (err, exchange) => logger.error({ err, exchange }, 'analyzing a request failed'),
  })
  const jobHealth = createJobHealthMonitor(analysis, journal, tenants)
  engine.analysisEvents?.subscribe(events => {
    for (const event of events) if (event.kind === 'cleared') jobHealth.clear(event.tenant)
  })
  const safeFetch = createSafeFetch({ userAgent: `scimulator/${version}` })
  const keySets = createKeySets({ safeFetch })
  const verifier = createJwtVerifier(keySets)
  const scim: ScimDeps & TokenEndpointDeps = {
    provider: createProvider(engine),
    tenants,
    authenticators: [
      createAccessTokenAuthenticator({ tenants, clients: oauthClients }),
      createJwtAuthenticator({ ...engine, verifier }),
    ],
    requestToken: createTokenService({
      clients: oauthClients,
      verifyAssertion: createAssertionVerifier(verifier),
    }),
    journal,
    faults: engine.faults,
    takePermit: engine.takePermit,
    clock: engine.clock,
    unavailable: engine.unavailable,
    recordSeen: directory.recordSeen,
    findLabel: directory.findLabel,
    fallbackProfile: loadProfile(profile, {}),
    maxRecordedList,
    isCredential: text => tenants.isToken(text) || oauthClients.isSecret(text),
    secrets: secretAttributeNames(profileNames.flatMap(name => loadProfile(name, {}).schema.resourceTypes)),
  }
  const unreadable = accessKeys.unreadable()
  if (unreadable.length > 0) {
    logger.warn(
      `access keys that were encrypted with another key are rejected: ${unreadable.join(', ')}; restore the key (the file next to the database, or SCIMULATOR_SEAL_KEY), or replace the access keys`,
    )
  }
  const pageTokens = createPageTokens(engine.cursorKey)
  const aws: AwsListenerDeps = {
    ...scim,
    accessKeys,
    async loadOperations() {
      const [{ identityStoreOperations }, { ssoAdminOperations }] = await Promise.all([
        import('../aws-api/identity-store/operations.ts'),
        import('../aws-api/sso-admin/operations.ts'),
      ])
      return [
        ...identityStoreOperations({ ...engine, provider: scim.provider, pageTokens }),
        ...ssoAdminOperations({ ...engine, tokens: pageTokens }),
      ]
    },
  }
  return {
    ...engine,
    verifier,
    safeFetch,
    analysis,
    jobHealth,
    reset: createReset({ engine, jobHealth }),
    scim,
    aws,
    async close() {
      await safeFetch.close()
      await analysis.stop()
      await engine.close()
    },
  }
}

type ResetDeps = {
  readonly engine: Pick<Engine, 'reset' | 'faults' | 'analysisEvents' | 'tenants'>
  readonly jobHealth: Pick<JobHealthMonitor, 'clear'>
}

/** Deletes the data of the tenant with this id, or of all with the opened sessions, and turns its faults off. */
export function createReset({ engine, jobHealth }: ResetDeps): Engine['reset'] {
  return async id => {
    // Without sessions, the reset begins at once: it deletes no request that arrives later.
    const sessions = id === undefined ? engine.tenants.list().filter(({ session }) => session) : []
    for (const session of sessions) await engine.tenants.remove(session.id)
    const ids = await engine.reset(id)
    jobHealth.clear(id)
    engine.analysisEvents?.publish([{ kind: 'cleared', ...(id !== undefined && { tenant: id }) }])
    await (id === undefined ? engine.faults.deactivateAll() : engine.faults.deactivateForTenant(id))
    return ids
  }
}
