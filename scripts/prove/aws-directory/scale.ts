import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { serve } from '../../endure/server.ts'
import { formatSpread } from '../../endure/spread.ts'
import type { Waits } from './bystander-process.ts'
import { largeDirectory, largeSource, writeExport } from './large.ts'
import { formatSlowest, readStolen } from './slowest.ts'

const root = new URL('../../../', import.meta.url).pathname
/** As packages and images start it. The sources would be compiled while the other client waits. */
const program = join(root, 'bin/scimulator.js')
const bystanderProcess = new URL('./bystander-process.ts', import.meta.url).pathname

/** Seconds, milliseconds and bytes. A rehearsal is one play: remedies and open questions are further ones. */
const limits = { import: 60, rehearsal: 180, longestWait: 50, memory: 2 ** 30 }

/** Imports a directory into a server, and rehearses a change there and in the process of the command. */
export async function proveScale(users: number, print: (line: string) => void): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-scale-'))
  const [directory, source] = [join(folder, 'export'), join(folder, 'source.json')]
  const size = { users, groups: Math.max(80, users / 100), membersOfGroup: 300, assignments: 400 }
  writeExport(directory, largeDirectory(size))
  await writeFile(source, JSON.stringify(largeSource(size)))
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: root })
  // An export that was just written would reach the disk half a minute later, amid the import.
  execFileSync('sync')
  process.env.NODE_COMPILE_CACHE = join(folder, 'compiled')
  const server = await serve(join(folder, 'data.db'), { program })
  let isProven = true
  const check = (what: string, found: number, limit: number, unit: string) => {
    if (found > limit) isProven = false
    print(`${what}: ${found.toFixed(1)} ${unit}${found > limit ? `, more than ${limit}` : ''}`)
  }

  /** The command runs on its own processor time: `time` prints that, and the highest memory in KB. */
  const run = async (what: string, limit: number, args: readonly string[]): Promise<void> => {
    const bystander = fork(bystanderProcess, [server.base, String(server.pid)])
    const ended = once(bystander, 'exit').then(() => [])
    const receive = async () => {
      const [message] = await Promise.race([once(bystander, 'message'), ended])
      if (message === undefined) throw new Error(`${what}: the other client got a wrong response`)
      return message
    }
    await receive()
    const began = performance.now()
    const stolen = readStolen()
    const command = [process.execPath, program, ...args, '--console', server.console]
    const child = spawn('/usr/bin/time', ['--format', '%U %M', ...command])
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ])
    const seconds = (performance.now() - began) / 1000
    bystander.send('stop')
    const waits: Waits = await receive()
    // A rehearsal that finds that people lose access ends with 1, as other errors do.
    if (code > 0 && !out.startsWith('{')) throw new Error(`${what}: ${err}${out}`)
    const [processor, memory] = (err.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
    check(what, seconds, limit, 's')
    const taken = ((readStolen() - stolen) / 1000).toFixed(1)
    print(
      `  processor time of the command: ${processor?.toFixed(0)} s; the host took ${taken} s of the cores`,
    )
    check('  memory of the command', ((memory ?? 0) * 1024) / 1e6, limits.memory / 1e6, 'MB')
    check('  memory of the server', server.memory().highest, limits.memory / 1e6, 'MB')
    check('  longest wait of another client', waits.longest, limits.longestWait, 'ms')
    print(`  another client: ${waits.count} responses, ${formatSpread(waits)}`)
    if (waits.slowest) print(`  its longest wait: ${formatSlowest(waits.slowest)}`)
  }

  try {
    const rehearse = (target: string) => [
      'rehearse',
      target,
      source,
      '--client',
      'entra',
      '--no-remedies',
      '--json',
    ]
    await run('import', limits.import, ['import', 'aws', directory, '--id', 'large'])
    await run('rehearsal on the server', limits.rehearsal, rehearse('tenant:large'))
    await run('rehearsal of the files', limits.rehearsal, rehearse(directory))
    return isProven
  } finally {
    await server.end()
    await rm(folder, { recursive: true, force: true })
  }
}
