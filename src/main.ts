import type { Logger } from 'pino'
import { type Config, ConfigError, readConfig } from './config.ts'
import { DatabaseError } from './database/sqlite.ts'
import { StartError } from './listen.ts'
import { createLogger } from './logger.ts'
import { type RunningServer, startServer } from './server.ts'
import { TenantError } from './tenants/tenant-error.ts'

const wrongUse = 2

// On Windows Ctrl-Break, and closing the window, end a program. Elsewhere SIGHUP stays what `nohup` makes of it.
const endSignals: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGTERM', 'SIGINT', 'SIGBREAK', 'SIGHUP'] : ['SIGTERM', 'SIGINT']

/** The server as a process: from flags to listeners, and from a signal to its end. */
export async function main(flags: readonly string[]): Promise<void> {
  const config = configOrExit(flags)
  const logger = await createLogger(config)
  const server = await startOrExit(config, logger)
  // Before anybody is told that it runs, and may ask for its end.
  for (const signal of endSignals) {
    process.once(signal, () => void stop(server, logger, 0))
  }
  tell(server, config, logger)
}

function configOrExit(flags: readonly string[]): Config {
  try {
    return readConfig({ flags, environment: process.env, terminal: process.stdout.isTTY === true })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) process.stderr.write(`scimulator: ${problem}\n`)
    process.exit(wrongUse)
  }
}

async function startOrExit(config: Config, logger: Logger): Promise<RunningServer> {
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
    if (!known) throw error
    process.stderr.write(`scimulator: ${error.message}\n`)
    process.exit(1)
  }
}

/** The four facts of a start: lines for people, one line of JSON for machines. */
function tell(server: RunningServer, { logFormat }: Config, logger: Logger): void {
  const { endpoint, token, console, consoleToken, data = 'in memory; nothing is kept', backup } = server
  const expires = token && new Date(token.expires).toISOString().slice(0, 10)
  if (backup) logger.info(`the database was upgraded; as it was before, it lies in ${backup}`)
  if (logFormat === 'json') {
    logger.info({ endpoint, token: token?.text, tokenExpires: expires, console, consoleToken, data }, 'ready')
    return
  }
  process.stdout.write(
    [
      `SCIM endpoint  ${endpoint}`,
      ...(token ? [`Access token   ${token.text}  (shown this once; valid until ${expires})`] : []),
      `Console        ${console}${consoleToken ? `   (token, for this start: ${consoleToken})` : ''}`,
      `Data           ${data}`,
      '',
    ].join('\n'),
  )
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
