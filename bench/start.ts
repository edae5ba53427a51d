import { once } from 'node:events'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isBuildCurrent } from '../bin/sources.js'
import type { BenchOptions, Directory, Fixture } from './fixture.ts'
import { tenant, token } from './fixture.ts'
import type { PartResult } from './part.ts'
import { run, scimulatorArguments } from './servers.ts'
import { median } from './statistics.ts'
import { number, table } from './table.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** From the start of the process until the first 200 of a SCIM request, which is repeated from the beginning. */
export async function start(fixture: Fixture, { turns }: BenchOptions): Promise<PartResult> {
  const directory = await fixture.directory('rfc', 'large')
  // The first start writes the cache of compiled code.
  await startOnce(directory)
  const times: number[] = []
  for (let turn = 0; turn < turns * 3; turn++) times.push(await startOnce(directory))
  const seconds = median(times) / 1000
  return {
    text: table([
      ['starts', 'from', 'median, ms', 'longest, ms'],
      [
        String(times.length),
        isBuildCurrent(root) ? 'the build' : 'the sources (`npm run build` makes a build)',
        number(median(times)),
        number(Math.max(...times)),
      ],
    ]),
    figures: { 'start to first 200': seconds },
  }
}

async function startOnce({ file }: Directory): Promise<number> {
  const port = await freePort()
  const began = performance.now()
  const child = run(scimulatorArguments(file, [port, 0]))
  const ready = once(child.stdout, 'data')
  while ((await statusAt(port)) !== 200) await wait(2)
  const milliseconds = performance.now() - began
  // Signals are handled once the server has reported its start.
  await ready
  child.kill('SIGTERM')
  await once(child, 'exit')
  return milliseconds
}

const statusAt = (port: number): Promise<number | undefined> =>
  new Promise(resolve => {
    const url = `http://127.0.0.1:${port}/${tenant}/scim/v2/Users?count=1`
    const request = get(url, { agent: false, headers: { authorization: `Bearer ${token}` } }, response => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('error', () => resolve(undefined))
  })

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return address !== null && typeof address === 'object' ? address.port : 0
}
