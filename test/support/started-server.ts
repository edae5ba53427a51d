import pino from 'pino'
import type { Test } from 'tap'
import { readConfig } from '../../src/server/config.ts'
import { type RunningServer, startServer } from '../../src/server/server.ts'
import { testLease } from './database.ts'

/** A server with the flags of a command line, on free ports, until the test ends. It generates credentials as on a terminal. */
export async function startWith(
  t: Pick<Test, 'teardown'>,
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  { showsCredentials = true }: { readonly showsCredentials?: boolean } = {},
): Promise<RunningServer> {
  const config = readConfig({
    args: ['--port=0', '--console-port=0', '--aws-port=0', ...flags],
    environment,
    isTerminal: false,
    showsCredentials,
  })
  const server = await startServer({ ...config, lease: testLease }, pino({ level: 'silent' }))
  t.teardown(server.close)
  return server
}
