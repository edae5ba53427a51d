import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type AwsCaller, runCopied } from '../../../test/support/aws-clients.ts'
import { contentOf } from '../../../test/support/aws-export.ts'
import { installPackage, packPackage, withNode } from '../../../test/support/packed-package.ts'
import { onFreePorts, type StartedServer, startServer } from '../../smoke/server.ts'
import { largeDirectory, writeExport } from './large.ts'

const run = promisify(execFile)

/**
 * Exports a directory by the AWS CLI with the printed script, imports it into an empty server of the package, and exports it again.
 * Then does the same with the SDK. Only the manifest and the creation of the instance may differ.
 */
export async function proveRoundTrip(users: number, print: (line: string) => void): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-round-trip-'))
  const inFolder = (name: string) => join(folder, name)
  const servers: StartedServer[] = []
  try {
    await mkdir(inFolder('project'))
    await installPackage(await packPackage(folder), inFolder('project'))
    const command = inFolder('project/node_modules/.bin/scimulator')
    const scimulator = async (...args: readonly string[]) => {
      const { stdout } = await run(command, args, { env: withNode(), maxBuffer: 2 ** 26 })
      return stdout
    }
    const startEmpty = async (): Promise<StartedServer> => {
      const flags = [...onFreePorts, '--memory', '--seal-key=seals-the-keys-of-this-proof-only']
      const server = await startServer(command, flags, { env: withNode() })
      servers.push(server)
      return server
    }
    const callerOf = async ({ console, aws = '' }: StartedServer): Promise<AwsCaller> => {
      const flags = ['--console', console, '--tenant', 'copy', '--access', 'read', '--json']
      const { id, secret } = JSON.parse(await scimulator('keys', 'create', ...flags))
      return { url: aws, accessKey: { id, secret } }
    }
    const importInto = async ({ console }: StartedServer, name: string) =>
      print(await scimulator('import', 'aws', inFolder(name), '--console', console, '--id', 'copy'))
    const succeed = async (caller: AwsCaller, line: string) => {
      const { stderr } = await runCopied(caller, `{ ${line}; } && echo succeeded >&2`)
      if (!stderr.endsWith('succeeded\n')) throw new Error(stderr)
    }
    const exportByScript = (caller: AwsCaller, name: string) =>
      succeed(caller, `sh '${inFolder('aws-export.sh')}' '${inFolder(name)}'`)
    const compare = (one: string, other: string) => {
      const [before, after] = [contentOf(inFolder(one)), contentOf(inFolder(other))]
      assert.deepEqual(after, before)
      print(`${one} and ${other} have ${Object.keys(before).length} equal files.`)
    }

    const groups = Math.ceil(users * 0.06)
    const assignments = Math.ceil(users * 0.08)
    const size = { users, groups, membersOfGroup: Math.min(users, 67), assignments }
    writeExport(inFolder('original'), largeDirectory(size))
    await writeFile(inFolder('aws-export.sh'), await scimulator('import', 'aws', '--print-script'))
    const [first, second, third] = [await startEmpty(), await startEmpty(), await startEmpty()]
    await importInto(first, 'original')
    const caller = await callerOf(first)

    await exportByScript(caller, 'script-1')
    await importInto(second, 'script-1')
    await exportByScript(await callerOf(second), 'script-2')
    compare('script-1', 'script-2')

    const readLive = async (from: AwsCaller, name: string, { console }: StartedServer, id: string) => {
      const flags = `--live --save '${inFolder(name)}' --max-rps 20 --yes --console ${console} --id ${id}`
      await succeed(from, `'${process.execPath}' '${command}' import aws ${flags} > '${inFolder('out')}'`)
    }
    await readLive(caller, 'live-1', third, 'copy')
    await readLive(await callerOf(third), 'live-2', third, 'again')
    compare('live-1', 'live-2')
    return true
  } finally {
    for (const server of servers) await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
