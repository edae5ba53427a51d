import pino from 'pino'
import type { Test } from 'tap'
import { readConfig } from '../../src/config.ts'
import { type RunningServer, startServer } from '../../src/server.ts'

/** A server with the flags of a command line, on free ports, until the test ends. */
export async function startWith(
  t: Pick<Test, 'teardown'>,
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const config = readConfig({
    flags: ['--port=0', '--console-port=0', ...flags],
    environment,
    terminal: false,
  })
  const server = await startServer(config, pino({ level: 'silent' }))
  t.teardown(server.close)
  return server
}
