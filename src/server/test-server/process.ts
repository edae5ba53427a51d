import { fstatSync } from 'node:fs'
import { createLogger } from '../logger.ts'
import { runProcess } from '../run-process.ts'
import type { RunningServer } from '../server.ts'
import { type TestAws, testAws } from './aws.ts'
import type { TestServer } from './test-server.ts'

export type TestServerReport = Pick<TestServer, 'url' | 'tenant' | 'console'> & {
  /** Absent if the data is from an earlier start: its token was reported then. */
  readonly token?: string
  /** Absent unless other machines can reach the console and no token was set. */
  readonly consoleToken?: string
  /** Absent for the profile `aws`. */
  readonly tokenEndpoint?: string
  /** Absent unless the profile is `aws`, and if the data is from an earlier start. */
  readonly aws?: TestAws
}

/**
 * Runs a server for the tests of another program, with these flags: in memory, on free ports of the loopback address.
 * Variables of the developer's shell have no effect, so the same flags always start the same server.
 */
export const main = (flags: readonly string[]): Promise<void> =>
  runProcess(
    {
      args: [...defaultFlags(flags), ...flags],
      environment: {},
      isTerminal: false,
      showsCredentials: true,
    },
    {
      createLogger: config => createLogger(config, process.stderr),
      reportStart(server, _config, _logger, stop) {
        stopWithStarter(stop)
        // A closed pipe is noticed at standard input.
        process.stdout.on('error', () => {})
        process.stdout.write(`${JSON.stringify(reportOf(server))}\n`)
      },
    },
  )

/** The flags whose defaults differ from those of `serve`; later flags override them. */
const defaultFlags = (flags: readonly string[]): readonly string[] => [
  ...(flags.some(flag => /^--(data|database-url)(=|$)/.test(flag)) ? [] : ['--memory=on']),
  ...['--port=0', '--console-port=0', '--aws-port=0'],
  ...['--log-level=warn', '--log-format=pretty'],
]

function reportOf(server: RunningServer): TestServerReport {
  const { endpoint, token, console, consoleToken, tokenEndpoint, tenants } = server
  const aws = testAws(server)
  return {
    url: endpoint,
    ...(token && { token: token.text }),
    tenant: tenants.list()[0]?.id ?? '',
    console,
    ...(consoleToken !== undefined && { consoleToken }),
    ...(tokenEndpoint !== undefined && { tokenEndpoint }),
    ...(aws && { aws }),
  }
}

/**
 * Stops the server when the program that started it ends, however it ends: the operating system then closes its end of the
 * pipe. A terminal and `/dev/null` are no pipes, so a server in the background of a shell continues.
 */
function stopWithStarter(stop: () => void): void {
  const input = fstatSync(0)
  if (!input.isFIFO() && !input.isSocket()) return
  process.stdin.once('end', stop).once('error', stop).resume()
}
