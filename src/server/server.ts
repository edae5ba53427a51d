import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { identityStoreId, instanceArn } from '../aws-api/identifiers.ts'
import { createAuditTrail } from '../console/audit.ts'
import { findDocs } from '../console/docs-site.ts'
import { type SendInProcess, sendInProcess } from '../console/in-process.ts'
import { createSampleRuns } from '../console/sample-runs.ts'
import type { SignInSettings } from '../console/sign-in/settings.ts'
import type { SignIn } from '../console/sign-in/sign-in.ts'
import { expiryEvent, outageEvent, startTriggers } from '../console/webhooks/triggers.ts'
import { createWebhooks, type Webhooks } from '../console/webhooks/webhooks.ts'
import { day } from '../domain/duration.ts'
import { isLoopback } from '../domain/outbound/addresses.ts'
import type { Journal, Retention } from '../domain/ports/journal.ts'
import { whenAborted } from '../domain/ports/leader.ts'
import type { TenantStore } from '../domain/tenants/tenant.ts'
import type { AnalysisWorker } from '../insight/analysis/worker.ts'
import { compact } from '../scim/json.ts'
import { openServices, type Services } from './compose.ts'
import { type Config, readTls } from './config.ts'
import {
  checkTokenFile,
  type FirstAccessKey,
  type FirstTenant,
  type FirstToken,
  openFirstTenant,
} from './first-tenant.ts'
import { startJobLog } from './job-log.ts'
import { buildAwsApp, buildConsoleApp, buildScimApp, listen, type Tls } from './listeners.ts'
import {
  pruneHistory,
  remindOfExpiry,
  scheduleKeyFetches,
  schedulePruning,
  scheduleShrinking,
  watchIssuers,
} from './timers.ts'
import { repository, version } from './version.ts'

export type RunningServer = {
  readonly endpoint: string
  /** The token endpoint of the first tenant; absent for the profile `aws`. */
  readonly tokenEndpoint?: string
  readonly tenant: string
  /** The initial token, at the first start only; absent if none was created. */
  readonly token?: FirstToken
  readonly console: string
  /** The AWS APIs; absent if they are turned off. */
  readonly aws?: AwsEndpoint
  /** The value of the console token, if it was generated for this start. */
  readonly consoleToken?: string
  /** Where the data is; absent in memory. */
  readonly data?: string
  readonly backup?: string
  readonly tenants: TenantStore
  readonly journal: Pick<Journal, 'batches' | 'extent' | 'subscribe'>
  readonly analysis: Pick<AnalysisWorker, 'caughtUp' | 'subscribe'>
  readonly sendToConsole: SendInProcess
  close(): Promise<void>
}

export type AwsEndpoint = {
  readonly url: string
  readonly region: string
  readonly identityStoreId: string
  readonly instanceArn: string
  /** The access key, at the first start only; absent if none was created. */
  readonly accessKey?: FirstAccessKey
  readonly accessKeys: readonly string[]
}

export type ServerOptions = Config & {
  readonly onFatal?: (error: Error) => void
  /** Milliseconds after which an instance over PostgreSQL that could not renew its lease serves no requests. */
  readonly lease?: number
}

type Closing = (() => unknown)[]

/** Opens the database and the listeners. Throws StartError, ConfigError or DatabaseError, with nothing left open. */
export async function startServer(options: ServerOptions, logger: Logger): Promise<RunningServer> {
  const started = Date.now()
  const tls = readTls(options)
  const closing: Closing = []
  const closeAll = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  // A signal and a full disk may both stop the server: both wait for one close.
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= closeAll()
    return closed
  }
  try {
    const services = await open(options, logger, closing)
    const { tenants, journal, analysis, scim, storage, backup } = services
    let console: string | undefined
    // Clients must not meet a server that rejects their credentials because they are not stored yet.
    let hasFirstTenant = false
    const webhooks = createWebhooks({
      urls: options.webhook ?? [],
      ...(options.webhookSecret && { keys: options.webhookSecret }),
      console: () => options.consoleUrl ?? console,
      warn: message => logger.warn(message),
      deliveries: services.deliveries,
      leader: services.leader,
    })
    closing.push(webhooks.stop)
    closing.push(await startTriggers(services, webhooks))
    closing.push(startJobLog(services, logger))
    analysis.start()
    const { keySets } = services.verifier
    const keyFetches = scheduleKeyFetches(keySets, err =>
      logger.error({ err }, 'fetching the keys of issuers failed'),
    )
    closing.push(keyFetches.stop)

    const scimApp = buildScimApp(scim, logger, tls)
    closing.push(() => scimApp.close())
    const scimBase = await listen(
      scimApp,
      { host: options.host, port: options.port, flags: { host: '--host', port: '--port' } },
      tls ? 'https' : 'http',
    )

    const awsBase = await startAws(services, options, closing, logger, tls)
    const generated =
      options.consoleToken === undefined &&
      options.consoleIssuer === undefined &&
      !isLoopback(options.consoleHost)
        ? generateConsoleToken()
        : undefined
    const consoleApp = await buildConsole(
      services,
      {
        ...{ options, started, webhooks, scimApp, scimBase, awsBase },
        token: options.consoleToken ?? generated,
        console: () => console,
      },
      () => hasFirstTenant && closing.length > 0,
      logger,
    )
    closing.push(() => consoleApp.close())
    const consoleFlags = { host: '--console-host', port: '--console-port' }
    const consoleBase = await listen(
      consoleApp,
      { host: options.consoleHost, port: options.consolePort, flags: consoleFlags },
      'http',
    )
    console = consoleBase

    const first = await openFirstTenant(services, options, logger)
    hasFirstTenant = true
    closing.push(startTimers(services, webhooks, options, logger))
    return {
      endpoint: `${scimBase}/${first.id}/scim/v2`,
      tenant: first.id,
      ...(tenants.find(first.id)?.profile.tokenEndpoint && {
        tokenEndpoint: `${scimBase}/${first.id}/oauth2/token`,
      }),
      console,
      tenants,
      journal,
      analysis,
      sendToConsole: sendInProcess(consoleApp, () => consoleBase),
      close,
      ...(first.token && { token: first.token }),
      ...(awsBase !== undefined && { aws: awsEndpoint(services, awsBase, first, options) }),
      ...(generated !== undefined && { consoleToken: generated }),
      ...(storage && { data: storage.location }),
      ...(backup !== undefined && { backup }),
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function startAws(
  { aws }: Services,
  { noAws, awsHost, awsPort, awsAuth, awsRegion }: Config,
  closing: Closing,
  logger: Logger,
  tls: Tls | undefined,
): Promise<string | undefined> {
  if (noAws) return undefined
  const app = buildAwsApp(aws, { auth: awsAuth, region: awsRegion }, logger, tls)
  closing.push(() => app.close())
  const flags = { host: '--aws-host', port: '--aws-port' }
  return listen(app, { host: awsHost, port: awsPort, flags }, tls ? 'https' : 'http')
}

function awsEndpoint(
  { tenants, accessKeys }: Services,
  url: string,
  { id, accessKey }: FirstTenant,
  { awsRegion: region }: Config,
): AwsEndpoint {
  const tenant = tenants.find(id)
  const others = tenant ? accessKeys.list(tenant).filter(key => key.id !== accessKey?.id) : []
  return {
    url,
    region,
    identityStoreId: identityStoreId(tenant ?? id),
    instanceArn: instanceArn(tenant ?? id),
    ...(accessKey && { accessKey }),
    accessKeys: others.map(key => key.id),
  }
}

async function open(options: ServerOptions, logger: Logger, closing: Closing): Promise<Services> {
  const { onFatal, profile, tokenFile, memory, data, sealKey } = options
  const services = await openServices(
    {
      path: memory ? undefined : data,
      postgres: postgresOf(options),
      profile,
      retention: retentionOf(options),
      maxRecordedList: options.journalListLength,
      maxResources: options.maxResources,
      sealKey,
      ...(onFatal && { onFatal }),
    },
    logger,
  )
  closing.push(services.close)
  if (tokenFile !== undefined && services.tenants.list().length === 0) checkTokenFile(tokenFile)
  return services
}

const postgresOf = ({ databaseUrl, lease, ...options }: ServerOptions) =>
  databaseUrl === undefined
    ? undefined
    : {
        url: databaseUrl,
        schema: options.databaseSchema,
        lanes: options.databaseLanes,
        readers: options.databaseReaders,
        isListening: options.databaseListen,
        migrates: options.databaseMigrate,
        ...(lease !== undefined && { lease }),
      }
const retentionOf = ({ keepExchanges, keepDays, keepBytes }: Config): Retention => ({
  count: keepExchanges,
  days: keepDays,
  ...(keepBytes !== undefined && { bytes: keepBytes }),
})

type ConsoleContext = {
  readonly options: Config
  readonly started: number
  readonly webhooks: Webhooks
  readonly scimApp: FastifyInstance
  readonly scimBase: string
  readonly awsBase: string | undefined
  readonly token: string | undefined
  readonly console: () => string | undefined
}

async function buildConsole(
  services: Services,
  { options, started, webhooks, scimApp, scimBase, awsBase, token, console }: ConsoleContext,
  ready: () => boolean,
  logger: Logger,
): Promise<FastifyInstance> {
  const signIn = await openSignIn(services, options, console)
  const { clock, storage } = services
  const docs = findDocs(version, repository)
  return buildConsoleApp(
    {
      ...services,
      webhooks,
      facts: {
        started,
        settings: options.effectiveSettings,
        retention: retentionOf(options),
        ...(storage && { database: storage }),
      },
      version,
      ...(docs && { docs }),
      ready,
      scimBase: () => scimBase,
      audit: createAuditTrail(services.audit, {
        clock,
        onError: err => logger.error({ err }, 'writing to the audit log failed'),
        isCredential: text => text === token || services.scim.isCredential(text),
      }),
      auditLog: services.audit,
      ...(options.publicUrl !== undefined && { publicUrl: options.publicUrl }),
      aws: { region: options.awsRegion, ...(awsBase !== undefined && { url: awsBase }) },
      send: sendInProcess(scimApp, () => scimBase),
      sampleRuns: createSampleRuns(clock),
      hosts: isLoopback(options.consoleHost) ? 'loopback' : 'any',
      ...(token !== undefined && { token }),
      ...(signIn && { signIn }),
    },
    logger,
  )
}

async function openSignIn(
  { consoleSessions, cursorKey, safeFetch, verifier, clock }: Services,
  options: Config,
  console: () => string | undefined,
): Promise<SignIn | undefined> {
  const settings = signInSettingsOf(options)
  if (!settings) return undefined
  const { createSignIn } = await import('../console/sign-in/sign-in.ts')
  return createSignIn({
    settings,
    url: () => options.consoleUrl ?? `http://localhost:${new URL(console() ?? 'http://localhost').port}`,
    store: consoleSessions,
    key: cursorKey,
    safeFetch,
    verifier,
    clock,
  })
}

/** The leader reminds and prunes. Returns a function that stops this. */
function startTimers(
  {
    tenants,
    oauthClients,
    issuers,
    verifier,
    journal,
    audit,
    compaction,
    directory,
    leader,
    clock,
  }: Services,
  webhooks: Webhooks,
  { keepAuditDays, keepHistoryDays }: Config,
  logger: Logger,
): () => Promise<void> {
  const start = () => [
    remindOfExpiry(tenants, logger, {
      clock,
      clients: oauthClients,
      onReminder: warning => webhooks.notify(expiryEvent(warning)),
    }),
    watchIssuers({
      tenants,
      issuers,
      keySets: verifier.keySets,
      onUnreachable(outage) {
        const event = outageEvent(outage)
        logger.warn(event.text)
        webhooks.notify(event)
      },
    }),
    schedulePruning(journal, {
      clock,
      onError: err => logger.error({ err }, 'pruning the journal failed'),
      warn: message => logger.warn(message),
      audit,
      keepAuditDays,
      pruneHistory:
        keepHistoryDays === undefined
          ? undefined
          : now => pruneHistory({ tenants, directory }, now - keepHistoryDays * day),
    }),
    ...(compaction
      ? [scheduleShrinking(compaction, err => logger.error({ err }, 'shrinking the database failed'))]
      : []),
  ]
  return leader.lead(async (_term, signal) => {
    const timers = start()
    await whenAborted(signal)
    for (const { stop } of timers) stop()
  })
}

const generateConsoleToken = () => randomBytes(24).toString('base64url')

export function signInSettingsOf(config: Config): SignInSettings | undefined {
  const { consoleIssuer: issuer, consoleClientId: clientId } = config
  if (issuer === undefined || clientId === undefined) return undefined
  return {
    issuer,
    clientId,
    readers: config.consoleReaders,
    writers: config.consoleWriters,
    recent: config.consoleRecent,
    session: config.consoleSession,
    ...compact({
      clientSecret: config.consoleClientSecret,
      audience: config.consoleAudience,
      acr: config.consoleAcr,
    }),
  }
}
