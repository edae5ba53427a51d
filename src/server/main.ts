import type { Logger } from 'pino'
import { DatabaseError } from '../sqlite/database.ts'
import { TenantError } from '../tenants/tenant.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { StartError } from './listeners.ts'
import { createLogger } from './logger.ts'
import { type RunningServer, startServer } from './server.ts'

const inMemory = 'in memory; nothing is kept'

/**
 * Reports a start: lines for people, one line of JSON for machines. A token that was generated is printed for people,
 * once, and never logged: logs are collected, kept and read by others. One that the operator gave is printed to nobody.
 */
export function reportStart(server: RunningServer, config: Config, logger: Logger): void {
  const { backup } = server
  if (backup) logger.info(`the database was upgraded; as it was before, it lies in ${backup}`)
  if (config.logFormat === 'json') logStart(server, config, logger)
  else process.stdout.write(formatStart(server, config))
}

function logStart(
  { endpoint, token, console, consoleToken, data = inMemory }: RunningServer,
  { token: given, tokenFile }: Config,
  logger: Logger,
): void {
  logger.info({ endpoint, tokenExpires: token && formatDate(token.expires), console, data }, 'ready')
  if (token && tokenFile !== undefined) logger.info(`token written to ${tokenFile}`)
  else if (token && given === undefined) {
    logger.warn(
      'an access token was generated, and is not logged: create another by `scimulator tokens create`, or give one by --token or --token-file at the first start',
    )
  }
  if (consoleToken !== undefined) {
    logger.warn(
      'a console token was generated, and is not logged: give one by --console-token, or start with --log-format pretty',
    )
  }
}

function formatStart(server: RunningServer, config: Config): string {
  const { endpoint, token, console, consoleToken, data = inMemory } = server
  const isShown = token !== undefined && config.token === undefined && config.tokenFile === undefined
  return [
    `SCIM endpoint  ${endpoint}`,
    `Access token   ${describeToken(server, config)}`,
    ...(isShown ? ['', token.text, ''] : []),
    `Console        ${console}`,
    ...(consoleToken === undefined
      ? []
      : ['Console token  valid until the server stops:', '', consoleToken, '']),
    `Data           ${data}`,
    '',
  ].join('\n')
}

function describeToken({ token, tenants }: RunningServer, { token: given, tokenFile }: Config): string {
  if (token === undefined) return describeStoredTokens(tenants)
  const expires = `valid until ${formatDate(token.expires)}`
  if (given !== undefined) return `as given, ${expires}`
  return tokenFile === undefined ? `shown only now, ${expires}:` : `written to ${tokenFile}, ${expires}`
}

const createAnotherHint = 'create another by `scimulator tokens create`'

/** Of a later start: by which ending people know the token that they have. */
function describeStoredTokens(tenants: RunningServer['tenants']): string {
  const [first] = tenants.list()
  const [newest, ...others] = first ? tenants.tokens(first) : []
  if (newest === undefined) return 'none; create one by `scimulator tokens create`'
  const words = `ends in ${newest.ending || '(too short to tell)'}, valid until ${formatDate(newest.expires)}`
  return others.length === 0
    ? `${words}; ${createAnotherHint}`
    : `${others.length + 1} tokens, the newest ${words}; ${createAnotherHint}`
}

const formatDate = (time: number): string => new Date(time).toISOString().slice(0, 10)

const usageExitCode = 2

// On Windows Ctrl-Break, and closing the window, end a program. Elsewhere SIGHUP stays what `nohup` makes of it.
const endSignals: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGTERM', 'SIGINT', 'SIGBREAK', 'SIGHUP'] : ['SIGTERM', 'SIGINT']

/** The server as a process: from flags to listeners, and from a signal to its end. */
export async function main(flags: readonly string[]): Promise<void> {
  const config = readConfigOrExit(flags)
  const logger = await createLogger(config)
  const server = await startServerOrExit(config, logger)
  // Before anybody is told that it runs, and may ask for its end.
  for (const signal of endSignals) {
    process.once(signal, () => void stop(server, logger, 0))
  }
  reportStart(server, config, logger)
}

function readConfigOrExit(args: readonly string[]): Config {
  try {
    return readConfig({ args, environment: process.env, isTerminal: process.stdout.isTTY === true })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return exitWithProblems(error)
  }
}

function exitWithProblems({ problems }: ConfigError): never {
  for (const problem of problems) process.stderr.write(`scimulator: ${problem}\n`)
  process.exit(usageExitCode)
}

async function startServerOrExit(config: Config, logger: Logger): Promise<RunningServer> {
  let server: RunningServer | undefined
  const onFatal = (error: Error) => {
    logger.fatal(error.message)
    if (server) void stop(server, logger, 1)
  }
  try {
    server = await startServer({ ...config, onFatal }, logger)
    return server
  } catch (error) {
    const known =
      error instanceof StartError || error instanceof DatabaseError || error instanceof TenantError
    if (error instanceof ConfigError) return exitWithProblems(error)
    if (!known) throw error
    process.stderr.write(`scimulator: ${error.message}\n`)
    process.exit(1)
  }
}

async function stop(server: RunningServer, logger: Logger, code: number): Promise<void> {
  try {
    await server.close()
    logger.info('stopped')
  } catch (err) {
    logger.error({ err }, 'stopping failed')
    process.exitCode = 1
  }
  process.exit(process.exitCode ?? code)
}
