import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { RunningServer } from './server.ts'

const inMemory = 'in memory; nothing is kept'

/**
 * Reports a start: lines for people, one line of JSON for machines. A token that was generated is printed for people,
 * once, and never logged: logs are collected, kept and read by others. One that the operator gave is printed to nobody.
 */
export function reportStart(server: RunningServer, config: Config, logger: Logger): void {
  const { backup } = server
  if (backup) logger.info(`the database was upgraded; as it was before, it lies in ${backup}`)
  if (config.logFormat === 'json') logStart(server, config, logger)
  else process.stdout.write(linesOf(server, config))
}

function logStart(
  { endpoint, token, console, consoleToken, data = inMemory }: RunningServer,
  { token: given, tokenFile }: Config,
  logger: Logger,
): void {
  logger.info({ endpoint, tokenExpires: token && dateOf(token.expires), console, data }, 'ready')
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

function linesOf(server: RunningServer, config: Config): string {
  const { endpoint, token, console, consoleToken, data = inMemory } = server
  const isShown = token !== undefined && config.token === undefined && config.tokenFile === undefined
  return [
    `SCIM endpoint  ${endpoint}`,
    `Access token   ${tokenInWords(server, config)}`,
    ...(isShown ? ['', token.text, ''] : []),
    `Console        ${console}`,
    ...(consoleToken === undefined
      ? []
      : ['Console token  valid until the server stops:', '', consoleToken, '']),
    `Data           ${data}`,
    '',
  ].join('\n')
}

function tokenInWords({ token, tenants }: RunningServer, { token: given, tokenFile }: Config): string {
  if (token === undefined) return heldInWords(tenants)
  const expires = `valid until ${dateOf(token.expires)}`
  if (given !== undefined) return `as given, ${expires}`
  return tokenFile === undefined ? `shown only now, ${expires}:` : `written to ${tokenFile}, ${expires}`
}

const another = 'create another by `scimulator tokens create`'

/** Of a later start: by which ending people know the token that they have. */
function heldInWords(tenants: RunningServer['tenants']): string {
  const [first] = tenants.list()
  const [newest, ...others] = first ? tenants.tokens(first) : []
  if (newest === undefined) return 'none; create one by `scimulator tokens create`'
  const words = `ends in ${newest.ending || '(too short to tell)'}, valid until ${dateOf(newest.expires)}`
  return others.length === 0
    ? `${words}; ${another}`
    : `${others.length + 1} tokens, the newest ${words}; ${another}`
}

const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10)
