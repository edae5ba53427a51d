import { randomBytes } from 'node:crypto'
import { accessSync, constants, lstatSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { sendInProcess } from '../console/in-process.ts'
import { writeFileAtomically } from '../persistence/private-files.ts'
import type { TenantStore } from '../ports/tenants.ts'
import { newTokenText, tokenPrefix } from '../tenants/tokens.ts'
import { expiryEvent, startTriggers } from '../webhooks/triggers.ts'
import { createWebhooks } from '../webhooks/webhooks.ts'
import { openServices } from './compose.ts'
import { type Config, ConfigError, readTls } from './config.ts'
import { buildConsoleApp, buildScimApp, isLoopback, listen } from './listeners.ts'
import { remindOfExpiry, schedulePruning, scheduleShrinking } from './timers.ts'
import { version } from './version.ts'

/**
 * Makes sure that a token can be written to the file: before anything listens, for a token is shown once. A file that
 * holds anything but a token of an earlier start isn't overwritten. Throws ConfigError.
 */
export function checkTokenFile(path: string): void {
  const folder = dirname(path)
  try {
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw tokenFileError(`the folder ${folder} can't be written to (${errorReason(error)}): choose another.`)
  }
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there && !(there.isFile() && containsToken(path))) {
    throw tokenFileError(`${path} exists and isn't overwritten: remove it, or choose another.`)
  }
}

/** A token alone, as `writeToken` writes it. */
function containsToken(path: string): boolean {
  try {
    return new RegExp(`^${tokenPrefix}[\\w+/=-]+\\n$`).test(readFileSync(path, 'utf8'))
  } catch {
    return false
  }
}

/**
 * Writes a token for its owner alone, to a new file in the place of an earlier one: who else could read or change that
 * isn't known. Throws ConfigError.
 */
export function writeToken(path: string, text: string): void {
  try {
    writeFileAtomically(path, part => writeFileSync(part, `${text}\n`))
  } catch (error) {
    throw tokenFileError(`${path} can't be written (${errorReason(error)}): choose another.`)
  }
}

const tokenFileError = (what: string) => new ConfigError([`--token-file: ${what}`])

const errorReason = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

/** The four facts that a start tells, and how to end it. */
export type RunningServer = {
  /** The first tenant's SCIM endpoint. */
  readonly endpoint: string
  /** The text of the first token and its expiry in milliseconds since 1970, at the first start only. */
  readonly token?: { readonly text: string; readonly expires: number }
  readonly console: string
  /** Where the console's token was made for this start: its text. */
  readonly consoleToken?: string
  /** Where the data lives; absent when nothing is kept. */
  readonly data?: string
  /** The database as it was before an upgrade. */
  readonly backup?: string
  readonly tenants: TenantStore
  close(): Promise<void>
}

export type ServerOptions = Config & {
  /** The database can't be written any more. */
  readonly onFatal?: (error: Error) => void
}

/** Opens the database and both listeners. Throws StartError or DatabaseError, with nothing left open. */
export async function startServer(options: ServerOptions, logger: Logger): Promise<RunningServer> {
  const started = Date.now()
  const path = options.memory ? undefined : options.data
  const retention = { count: options.keepExchanges, days: options.keepDays }
  const tls = readTls(options)
  const closing: (() => unknown)[] = []
  const closeAll = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  // A signal and a full disk may both ask for the end; each waits for the same one.
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= closeAll()
    return closed
  }
  try {
    const parts = openServices(
      { path, profile: options.profile, retention, ...(options.onFatal && { onFatal: options.onFatal }) },
      logger,
    )
    closing.push(parts.close)
    const { tenants, journal, directory, analysis, jobHealth, faults, snapshots, backup } = parts
    if (options.tokenFile !== undefined && tenants.list().length === 0) checkTokenFile(options.tokenFile)
    let console: string | undefined
    const webhooks = createWebhooks({
      urls: options.webhook ?? [],
      ...(options.webhookSecret && { keys: options.webhookSecret }),
      console: () => console,
      warn: sentence => logger.warn(sentence),
    })
    closing.push(await startTriggers(parts, webhooks))
    analysis.start()
    const scim = buildScimApp(parts.scim, logger, tls)
    closing.push(() => scim.close())
    const flags = { host: '--host', port: '--port' }
    const scimBase = await listen(
      scim,
      { host: options.host, port: options.port, flags },
      tls ? 'https' : 'http',
    )

    const consoleToken =
      options.consoleToken ?? (isLoopback(options.consoleHost) ? undefined : generateConsoleToken())
    const consoleApp = buildConsoleApp(
      {
        tenants,
        journal,
        directory,
        analysis,
        jobHealth,
        faults,
        snapshots,
        reset: parts.reset,
        compact: parts.compaction.compact,
        webhooks,
        facts: {
          started,
          settings: options.effectiveSettings,
          retention,
          ...(path !== undefined && { database: path }),
        },
        version,
        ready: () => closing.length > 0,
        scimBase: () => scimBase,
        send: sendInProcess(scim, () => scimBase),
        hosts: isLoopback(options.consoleHost) ? 'loopback' : 'any',
        ...(consoleToken !== undefined && { token: consoleToken }),
      },
      logger,
    )
    closing.push(() => consoleApp.close())
    const consoleFlags = { host: '--console-host', port: '--console-port' }
    const consoleBinding = { host: options.consoleHost, port: options.consolePort, flags: consoleFlags }
    console = await listen(consoleApp, consoleBinding, 'http')

    const first = await openFirstTenant(tenants, options, logger)
    const reminders = remindOfExpiry(tenants, logger, warning => webhooks.notify(expiryEvent(warning)))
    closing.push(() => reminders.stop())
    const tidying = schedulePruning(journal, {
      onError: err => logger.error({ err }, 'the journal could not be pruned'),
      warn: sentence => logger.warn(sentence),
    })
    closing.push(() => tidying.stop())
    const shrinking = scheduleShrinking(parts.compaction, err =>
      logger.error({ err }, 'the database could not be made smaller'),
    )
    closing.push(() => shrinking.stop())
    return {
      endpoint: `${scimBase}/${first.id}/scim/v2`,
      console,
      tenants,
      close,
      ...(first.token && { token: first.token }),
      ...(consoleToken !== undefined && options.consoleToken === undefined && { consoleToken }),
      ...(path !== undefined && { data: path }),
      ...(backup !== undefined && { backup }),
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Made at the first start only; a token is shown once, so it is made after everything else has worked. */
async function openFirstTenant(
  tenants: TenantStore,
  { tenant, token, tokenFile, profile, onDelete, throttle }: ServerOptions,
  logger: Logger,
) {
  const [known] = tenants.list()
  if (known) {
    if (tenant !== undefined && !tenants.find(tenant)) {
      logger.warn(
        `--tenant ${tenant} is for the first start, and there are tenants already: \`scimulator tenants create\` makes another`,
      )
    }
    return { id: known.id }
  }
  const text = token ?? newTokenText()
  // Written first: once the token exists, nobody can tell it any more.
  if (tokenFile !== undefined) writeToken(tokenFile, text)
  // Both at once: had it ended in between, no later start would tell a token.
  const made = await tenants.createWithToken({ profile, onDelete, throttle }, tenant, { text })
  return { id: made.tenant.id, token: { text: made.text, expires: made.token.expires } }
}

const generateConsoleToken = () => randomBytes(24).toString('base64url')
