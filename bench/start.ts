import { once } from 'node:events'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { isBuildCurrent } from '../bin/sources.js'
import type { BenchOptions, Directory, Fixture } from './fixture.ts'
import { tenant, token } from './fixture.ts'
import type { PartResult } from './part.ts'
import { memoryOf, run, scimulatorArguments } from './servers.ts'
import { median } from './statistics.ts'
import { number, table } from './table.ts'

/** Milliseconds from the first response until memory is measured: what starts after it needs memory too. */
const untilMemory = 1000
const bytesPerMegabyte = 1e6

/** From the start of the process until the first 200 of a SCIM request, which is repeated from the beginning. */
export async function start(fixture: Fixture, { turns }: BenchOptions): Promise<PartResult> {
  const { root } = fixture
  const directory = await fixture.directory('rfc', 'large')
  // The first start writes the cache of compiled code.
  await startOnce(root, directory)
  const starts: Start[] = []
  for (let turn = 0; turn < turns * 3; turn++) starts.push(await startOnce(root, directory))
  const times = starts.map(({ milliseconds }) => milliseconds)
  const resident = median(starts.map(({ memory }) => memory?.resident ?? Number.NaN)) / bytesPerMegabyte
  const anonymous = median(starts.map(({ memory }) => memory?.anonymous ?? Number.NaN)) / bytesPerMegabyte
  return {
    text: table([
      ['starts', 'from', 'median, ms', 'longest, ms', 'memory, MB', 'anonymous, MB'],
      [
        String(times.length),
        isBuildCurrent(root) ? 'the build' : 'the sources (`npm run build` makes a build)',
        number(median(times)),
        number(Math.max(...times)),
        number(resident),
        number(anonymous),
      ],
    ]),
    figures: {
      'start to first 200': median(times) / 1000,
      ...(Number.isFinite(resident) && { 'memory after the start': resident }),
    },
  }
}

type Start = { readonly milliseconds: number; readonly memory: ReturnType<typeof memoryOf> }

async function startOnce(root: string, { file }: Directory): Promise<Start> {
  const port = await freePort()
  const began = performance.now()
  const child = run(scimulatorArguments(root, file, [port, 0]))
  const ready = once(child.stdout, 'data')
  while ((await statusAt(port)) !== 200) await wait(2)
  const milliseconds = performance.now() - began
  // Signals are handled once the server has reported its start.
  await ready
  await wait(untilMemory)
  const memory = memoryOf(child.pid)
  child.kill('SIGTERM')
  await once(child, 'exit')
  return { milliseconds, memory }
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
