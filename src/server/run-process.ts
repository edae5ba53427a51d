import type { Logger } from 'pino'
import { DatabaseError } from '../domain/ports/database.ts'
import { TenantError } from '../domain/tenants/tenant.ts'
import { asksForJson, formatError } from './cli/cli-error.ts'
import { type Config, ConfigError, type ProcessInputs, readConfig } from './config.ts'
import { shortenPauses } from './garbage-collection.ts'
import { StartError } from './listeners.ts'
import { type RunningServer, startServer } from './server.ts'

export type Reporting = {
  createLogger(config: Config): Promise<Logger>
  /** `stop` ends the process with exit code 0 once the server is closed. */
  reportStart(server: RunningServer, config: Config, logger: Logger, stop: () => void): void
}

const usageExitCode = 2

// On Windows, Ctrl-Break and closing the window stop the server. Elsewhere SIGHUP keeps the meaning that `nohup` gives it.
const stopSignals: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGTERM', 'SIGINT', 'SIGBREAK', 'SIGHUP'] : ['SIGTERM', 'SIGINT']

/** Runs a server as this process until a signal or `stop` ends it. Exits with 2 if settings are invalid. */
export async function runProcess(
  inputs: ProcessInputs,
  { createLogger, reportStart }: Reporting,
): Promise<void> {
  shortenPauses()
  const config = readConfigOrExit(inputs)
  const logger = await createLogger(config)
  const server = await startServerOrExit(config, logger, inputs.args)
  const stopServer = () => void stop(server, logger, 0)
  // Before the report: a reader of the report may stop the server at once.
  for (const signal of stopSignals) process.once(signal, stopServer)
  reportStart(server, config, logger, stopServer)
}

function readConfigOrExit(inputs: ProcessInputs): Config {
  try {
    return readConfig(inputs)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return exitWithProblems(error, inputs.args)
  }
}

function exitWithProblems({ problems }: ConfigError, args: readonly string[]): never {
  const isJson = asksForJson(args)
  const messages = isJson ? [problems.join(' ')] : problems
  for (const message of messages)
    process.stderr.write(formatError(message, { isJson, title: 'Invalid settings' }))
  process.exit(usageExitCode)
}

async function startServerOrExit(
  config: Config,
  logger: Logger,
  args: readonly string[],
): Promise<RunningServer> {
  let server: RunningServer | undefined
  const onFatal = (error: Error) => {
    logger.fatal(error.message)
    if (server) void stop(server, logger, 1)
  }
  try {
    server = await startServer({ ...config, onFatal }, logger)
    return server
  } catch (error) {
    if (error instanceof ConfigError) return exitWithProblems(error, args)
    const isExpected =
      error instanceof StartError || error instanceof DatabaseError || error instanceof TenantError
    if (!isExpected) throw error
    process.stderr.write(formatError(error.message, { isJson: asksForJson(args) }))
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
