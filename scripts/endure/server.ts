import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Data, dataFlags } from '../../bench/servers.ts'
import { liveMemory } from './live-memory.ts'

export const tenant = 'acme'
export const token = 'a-token-for-the-endurance-trials'

/** The server as a process of its own. */
export type Served = {
  /** The tenant's endpoint. */
  readonly base: string
  readonly console: string
  readonly pid: number
  /** The end of what it reported since its start. */
  output(): string
  /** Resident memory in MB, now and at its highest. */
  memory(): Memory
  /** The heap after a full collection, in MB; requires the inspector. */
  live(): Promise<number>
  signal(name: NodeJS.Signals): void
  /** Sends the signal and waits for the end. */
  end(name?: NodeJS.Signals): Promise<void>
  /** Its exit code or the name of the signal. */
  readonly ended: Promise<number | string>
}

type Memory = { readonly now: number; readonly highest: number }

export type ServeOptions = {
  readonly flags?: readonly string[]
  /** Flags of Node.js. */
  readonly nodeFlags?: readonly string[]
  /** A file that starts the program; by default, the sources. */
  readonly program?: string
  /** Turns on the inspector, for live memory. */
  readonly inspected?: boolean
  /** A command that starts the server: `ulimit` in a shell. */
  readonly within?: readonly string[]
  readonly user?: number
}

/** The server ended before it was ready. */
export class NotStarted extends Error {
  readonly code: number | string
  readonly output: string
  constructor(code: number | string, output: string) {
    super(`The server ended with ${code} before it was ready: ${output}`)
    this.name = 'NotStarted'
    this.code = code
    this.output = output
  }
}

const script = new URL('../../src/server/cli/scimulator.ts', import.meta.url).pathname

const running = new Map<ChildProcess, Promise<unknown>>()

/** Kills the servers that a failed trial has left running. */
export async function killServers(): Promise<void> {
  for (const child of running.keys()) child.kill('SIGKILL')
  await Promise.all(running.values())
}

/** Starts a server on a database, and waits until it is ready. */
export async function serve(data: Data, options: ServeOptions = {}): Promise<Served> {
  const child = start(data, options)
  const ended = once(child, 'exit').then(([code, signal]): number | string => {
    running.delete(child)
    return signal ?? code
  })
  running.set(child, ended)
  let output = ''
  let inspector = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    output = (output + chunk).slice(-2000)
    inspector ||= /Debugger listening on (\S+)/.exec(output)?.[1] ?? ''
  })
  if (!child.stdout) throw new Error('the server has no output')
  // Its output is read until it ends, so that writing never blocks.
  const lines = createInterface({ input: child.stdout })
  const ready = new Promise<{ endpoint: string; console: string }>((resolve, reject) => {
    let isReady = false
    lines.on('line', line => {
      // Later lines may be incomplete: a client's text may contain U+2028, and a server may be killed.
      const entry = !isReady && line.startsWith('{') ? JSON.parse(line) : {}
      if (entry.endpoint) {
        isReady = true
        resolve(entry)
      }
      output = `${output}${line}\n`.slice(-2000)
    })
    void ended.then(code => reject(new NotStarted(code, output.trim())))
  })
  const { endpoint, console } = await ready
  const pid = child.pid ?? 0
  return {
    base: endpoint,
    console,
    pid,
    output: () => output.trim(),
    memory: () => memoryOf(pid),
    live: () => liveMemory(inspector),
    signal: name => child.kill(name),
    end: async (name = 'SIGTERM') => {
      child.kill(name)
      await ended
    },
    ended,
  }
}

function start(
  data: Data,
  { flags = [], nodeFlags = [], program = script, inspected = false, within = [], user }: ServeOptions,
): ChildProcess {
  const fixed = ['--port', '0', '--console-port', '0', '--aws-port', '0', '--log-format', 'json']
  const first = ['--tenant', tenant, '--token', token, '--profile', 'rfc']
  const [command = process.execPath, ...rest] = [
    ...within,
    ...[process.execPath, ...nodeFlags, ...(inspected ? ['--inspect=127.0.0.1:0'] : [])],
    ...[program, ...dataFlags(data)],
    ...[...fixed, ...first, ...flags],
  ]
  return spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches the trials only; they stop their servers.
    detached: true,
    ...(user !== undefined && { uid: user, gid: user }),
  })
}

function memoryOf(pid: number): Memory {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const read = (name: string) =>
      Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1000
    return { now: Math.round(read('VmRSS')), highest: Math.round(read('VmHWM')) }
  } catch {
    return { now: Number.NaN, highest: Number.NaN }
  }
}
