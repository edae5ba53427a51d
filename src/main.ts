import type { Logger } from 'pino'
import { type Config, ConfigError, readConfig } from './config.ts'
import { DatabaseError } from './database/sqlite.ts'
import { StartError } from './listen.ts'
import { createLogger } from './logger.ts'
import { reportStart } from './report-start.ts'
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
  reportStart(server, config, logger)
}

function configOrExit(flags: readonly string[]): Config {
  try {
    return readConfig({ flags, environment: process.env, terminal: process.stdout.isTTY === true })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return exitOn(error)
  }
}

function exitOn({ problems }: ConfigError): never {
  for (const problem of problems) process.stderr.write(`scimulator: ${problem}\n`)
  process.exit(wrongUse)
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
    if (error instanceof ConfigError) return exitOn(error)
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
