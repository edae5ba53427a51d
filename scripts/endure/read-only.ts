import { chmodSync, chownSync, cpSync, mkdirSync } from 'node:fs'
import { createClient, userBody } from './client.ts'
import { inspect, requireConsistent } from './consistency.ts'
import { NotStarted, type ServeOptions, serve } from './server.ts'
import { mountSmallDisk } from './small-disk.ts'
import { type Figure, require, Skipped, type Trial } from './trial.ts'

/** An unprivileged user, so that permissions apply. */
const unprivileged = 65_534

/** The message of a server that cannot start. */
async function resultOfStart(file: string, options: ServeOptions): Promise<string> {
  try {
    const server = await serve(file, options)
    await server.end()
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error
    require(error.code === 1, `exit code ${error.code} instead of 1: ${error.output}`)
    require(/can't be (opened|made|upgraded|written)/.test(
      error.output,
    ), `the output does not name the error: ${error.output}`)
    require(!/\n\s+at /.test(error.output), `the output contains a stack trace: ${error.output}`)
    return 'does not start: reports the cause and the fix, exit code 1'
  }
  return 'starts'
}

export const readOnly: Trial = {
  id: 'read-only',
  title: 'A read-only database',
  statement:
    'The server does not start on a read-only file, folder or disk, and reports in one sentence what to change. The file is not modified. With write access again, the server starts.',
  run: async ({ folder }) => {
    const file = `${folder}/scimulator.db`
    const first = await serve(file)
    const client = createClient(first.base)
    await client.callApi('POST', '/Users', userBody('kept'))
    client.close()
    await first.end()

    const figures: Figure[] = []
    const isRoot = process.getuid?.() === 0
    const options: ServeOptions = isRoot ? { user: unprivileged } : {}
    const own = (path: string) => isRoot && chownSync(path, unprivileged, unprivileged)
    const locked = `${folder}/locked`
    mkdirSync(locked)
    cpSync(file, `${locked}/scimulator.db`)
    for (const path of [folder, locked, `${locked}/scimulator.db`]) own(path)

    chmodSync(`${locked}/scimulator.db`, 0o444)
    figures.push(['read-only file', await resultOfStart(`${locked}/scimulator.db`, options)])
    chmodSync(`${locked}/scimulator.db`, 0o644)
    chmodSync(locked, 0o555)
    figures.push(['read-only folder', await resultOfStart(`${locked}/scimulator.db`, options)])
    figures.push(['new file in a read-only folder', await resultOfStart(`${locked}/other.db`, options)])
    chmodSync(locked, 0o755)
    require((await resultOfStart(`${locked}/scimulator.db`, options)) ===
      'starts', 'the server does not start with write access again')
    figures.push(['with write access again', 'starts'])

    const disk = mountSmallDisk(folder, 16)
    if (disk) {
      try {
        cpSync(file, `${disk.path}/scimulator.db`)
        disk.readOnly()
        figures.push(['read-only disk', await resultOfStart(`${disk.path}/scimulator.db`, {})])
      } finally {
        disk.unmount()
      }
    }
    const failed = figures.filter(([, value]) => value !== 'starts')
    if (failed.length === 0) throw new Skipped('this user can write to read-only files')
    require(failed.length === figures.length - 1, 'the server started without write access')
    inspect(file, db => requireConsistent(db, 'afterwards'))
    return figures
  },
}
