import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { LimitMode } from './seed-limit.ts'

export type Served = {
  readonly base: string
  /** The URL of the console; empty for the bare server. */
  readonly console: string
  /** Stops the process while other servers are measured, and lets it continue. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

const here = (file: string) => new URL(file, import.meta.url).pathname

/** The bare server, on a filled database. */
export const serveLimit = (file: string, mode: LimitMode): Promise<Served> =>
  serve([here('limit-server.ts'), file, mode], line => ({ base: line, console: '' }))

/** A SQLite file, or a schema of PostgreSQL. */
export type Data = string | { readonly url: string; readonly schema: string }

export const dataFlags = (data: Data): readonly string[] =>
  typeof data === 'string' ? ['--data', data] : ['--database-url', data.url, '--database-schema', data.schema]

/** The arguments that start Scimulator as `npm start` does. */
export const scimulatorArguments = (data: Data, ports: readonly [scim: number, console: number]) => [
  here('../bin/scimulator.js'),
  ...dataFlags(data),
  ...['--port', String(ports[0]), '--console-port', String(ports[1]), '--aws-port', '0'],
  ...['--log-format', 'json'],
]

/** Scimulator, on a filled database. `base` is the endpoint of its first tenant. */
export const serveScimulator = (data: Data): Promise<Served> =>
  serve(scimulatorArguments(data, [0, 0]), line => {
    const { endpoint, console } = JSON.parse(line)
    return endpoint && { base: endpoint, console }
  })

const running = new Set<ChildProcess>()

/** Starts a program of Node.js whose output is read. */
export function run(args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Ends the servers that are still running, also paused ones. */
export function killServers(): void {
  for (const child of running) child.kill('SIGKILL')
}

async function serve(
  script: readonly string[],
  addressesOf: (line: string) => Pick<Served, 'base' | 'console'> | undefined,
): Promise<Served> {
  const child = run(script)
  const signal = (name: NodeJS.Signals) => {
    // On Windows the signals that stop and continue a process do not exist; servers then run next to each other.
    if (process.platform !== 'win32') child.kill(name)
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const addresses = addressesOf(line)
    if (!addresses) continue
    return {
      ...addresses,
      pause: () => signal('SIGSTOP'),
      resume: () => signal('SIGCONT'),
      stop: async () => {
        signal('SIGCONT')
        child.kill('SIGTERM')
        await once(child, 'exit')
      },
    }
  }
  throw new Error(`${script[0]} ended before it listened`)
}

/** Waits until the server has analyzed its journal. */
export async function waitUntilAnalyzed(console: string): Promise<void> {
  for (;;) {
    const { waiting } = (await (await fetch(`${console}/api/v1/findings`)).json()) as { waiting: number }
    if (waiting === 0) return
    await wait(100)
  }
}
