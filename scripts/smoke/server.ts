import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A server that a script has started, with its addresses. */
export type StartedServer = {
  readonly endpoint: string
  readonly console: string
  /** The address of the AWS APIs. */
  readonly aws?: string
  /** Stops it as a service manager does; returns its exit code. */
  stop(): Promise<number | null>
}

/**
 * Starts a server command with `--log-format json`. Throws if it ends before it is ready. A command that starts the server in a process of
 * its own, such as npx, has to be `detached`: both are stopped.
 */
export async function startServer(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<StartedServer> {
  const server = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
  if (server.stdout === null) throw new Error('The server has no standard output.')
  for await (const line of createInterface(server.stdout)) {
    const entry = JSON.parse(line)
    if (entry.msg !== 'ready') continue
    server.stdout.resume()
    return {
      endpoint: entry.endpoint,
      console: entry.console,
      aws: entry.aws,
      async stop() {
        if (server.exitCode === null && server.signalCode === null) {
          if (options.detached && server.pid !== undefined) process.kill(-server.pid)
          else server.kill()
          await once(server, 'exit')
        }
        return server.exitCode
      },
    }
  }
  throw new Error('The server ended before it was ready.')
}

/** Flags for a server on free ports of the loopback address. */
export const onFreePorts = [
  '--host',
  '127.0.0.1',
  '--port',
  '0',
  '--console-host',
  '127.0.0.1',
  '--console-port',
  '0',
  '--aws-port',
  '0',
  '--log-format',
  'json',
]

/** Prints that a part works; otherwise throws with the beginning of the actual output. */
export function expect(label: string, found: string, expected: RegExp): RegExpExecArray {
  const match = expected.exec(found)
  if (!match) throw new Error(`${label}: expected ${expected}, found ${found.slice(0, 500)}`)
  console.log(`${label}: ok`)
  return match
}

/** Expects the console's page and the script that it loads. */
export async function expectPage(console: string): Promise<void> {
  const html = await (await fetch(console)).text()
  const [, script = ''] = expect('page', html, /<script[^>]* src="([^"]+)"/)
  expect('bundled script', await (await fetch(new URL(script, console))).text(), /Scimulator|scimulator/)
}
