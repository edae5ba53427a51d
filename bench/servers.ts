import { type ChildProcess, type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { LimitMode } from './seed-limit.ts'
import { ownRoot } from './version.ts'

export type Served = {
  readonly base: string
  /** The URLs of the console and of the AWS APIs; empty for the bare server. */
  readonly console: string
  readonly aws: string
  /** The CPU time that the threads of the process have used, in seconds; undefined on systems without /proc. */
  cpu(): number | undefined
  /** That of its main thread alone, which other load on the machine changes least. */
  mainThreadCpu(): number | undefined
  /** The bytes that the process has written to disk; undefined on systems without /proc. */
  written(): number | undefined
  /** Binds all of its threads to one core, or to none; only if `canPin`. */
  pin(core: number | undefined): void
  /** Stops the process while other servers are measured, and lets it continue. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

const own = (file: string) => join(import.meta.dirname, file)

/** The bare server, on a filled database. */
export const serveLimit = (file: string, mode: LimitMode): Promise<Served> =>
  serve([own('limit-server.ts'), file, mode], line => ({ base: line, console: '', aws: '' }))

/** SCIMMY, on a filled database. */
export const serveScimmy = (file: string): Promise<Served> =>
  serve([own('scimmy-server.ts'), file], line => ({ base: line, console: '', aws: '' }))

/** A SQLite file, or a schema of PostgreSQL. */
export type Data = string | { readonly url: string; readonly schema: string }

export const dataFlags = (data: Data): readonly string[] =>
  typeof data === 'string' ? ['--data', data] : ['--database-url', data.url, '--database-schema', data.schema]

/** The arguments that start Scimulator as `npm start` does in this checkout. */
export const scimulatorArguments = (
  root: string,
  data: Data,
  ports: readonly [scim: number, console: number],
) => [
  join(root, 'bin/scimulator.js'),
  ...dataFlags(data),
  ...['--port', String(ports[0]), '--console-port', String(ports[1]), '--aws-port', '0'],
  ...['--log-format', 'json'],
]

/** Scimulator, on a filled database. `base` is the endpoint of its first tenant. */
export const serveScimulator = (data: Data, root = ownRoot): Promise<Served> =>
  serve(scimulatorArguments(root, data, [0, 0]), line => {
    const { endpoint, console, aws } = JSON.parse(line)
    return endpoint && { base: endpoint, console, aws }
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

/** The CPU time of all threads that exist, in seconds. */
export function cpuOf(pid: number | undefined): number | undefined {
  const folder = `/proc/${pid}/task`
  if (!existsSync(folder)) return undefined
  return readdirSync(folder).reduce((all, thread) => all + (threadCpuOf(pid, thread) ?? 0), 0)
}

/** The thread of the event loop has the ID of the process. The kernel counts nanoseconds. */
function threadCpuOf(pid: number | undefined, thread: number | string | undefined): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e9
  } catch {
    // The thread has ended, or the system has no /proc.
    return undefined
  }
}

/** The bytes for which the process has caused writes to disk, checkpoints included. A file system in memory counts none. */
function writtenBy(pid: number | undefined): number | undefined {
  const file = `/proc/${pid}/io`
  if (!existsSync(file)) return undefined
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1])
}

/** The memory of a process in bytes: all of it, and what no file backs. */
export function memoryOf(pid: number | undefined) {
  const file = `/proc/${pid}/status`
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) * 1024
  return { resident: bytes('VmRSS'), anonymous: bytes('RssAnon') }
}

const cores = availableParallelism()

/** Whether server and driver can each have a core of their own. */
export const canPin = cores > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0

/** Binds all threads of a process to one core, or to none. */
export function pin(pid: number | undefined, core: number | undefined): void {
  spawnSync('taskset', ['-a', '-c', '-p', core === undefined ? `0-${cores - 1}` : String(core), String(pid)])
}

async function serve(
  script: readonly string[],
  addressesOf: (line: string) => Pick<Served, 'base' | 'console' | 'aws'> | undefined,
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
      cpu: () => cpuOf(child.pid),
      mainThreadCpu: () => threadCpuOf(child.pid, child.pid),
      written: () => writtenBy(child.pid),
      pin: core => pin(child.pid, core),
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

/** The number of exchanges that are not analyzed yet. Unlike the API, metrics do not make the analysis hurry. */
export async function unanalyzedIn(console: string): Promise<number> {
  const metrics = await (await fetch(`${console}/metrics`)).text()
  return Number(/^scimulator_analysis_waiting (\d+)/m.exec(metrics)?.[1])
}
