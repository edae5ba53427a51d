import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

type Served = { readonly base: string; readonly console: string; readonly stop: () => Promise<void> }

const here = (file: string) => new URL(file, import.meta.url).pathname

/** The bare server, on a filled database. */
export const serveLimit = (file: string): Promise<Served> =>
  serve([here('limit-server.ts'), file], line => ({ base: line, console: '' }))

/** Scimulator, on a filled database. `base` is the endpoint of its first tenant. */
export const serveScimulator = (file: string): Promise<Served> =>
  serve(
    [
      here('../bin/scimulator.js'),
      ...['--data', file, '--port', '0', '--console-port', '0', '--log-format', 'json'],
    ],
    line => {
      const { endpoint, console } = JSON.parse(line)
      return endpoint && { base: endpoint, console }
    },
  )

async function serve(
  script: readonly string[],
  addressesOf: (line: string) => Omit<Served, 'stop'> | undefined,
): Promise<Served> {
  const child: ChildProcess = spawn(process.execPath, [...script], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (!child.stdout) throw new Error('the server has no output')
  for await (const line of createInterface({ input: child.stdout })) {
    const addresses = addressesOf(line)
    if (!addresses) continue
    const stop = async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    return { ...addresses, stop }
  }
  throw new Error(`${script[0]} ended before it listened`)
}
