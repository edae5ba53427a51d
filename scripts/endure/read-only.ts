import { chmodSync, chownSync, cpSync, mkdirSync } from 'node:fs'
import { aUser, createClient } from './client.ts'
import { NotStarted, type ServeOptions, serve } from './server.ts'
import { mountSmallDisk } from './small-disk.ts'
import { inspect, requireSound } from './soundness.ts'
import { type Figure, require, Skipped, type Trial } from './trial.ts'

/** A user other than root, so that permissions apply. */
const nobody = 65_534

/** The message of a server that cannot start. */
async function refusalOf(file: string, options: ServeOptions): Promise<string> {
  try {
    const server = await serve(file, options)
    await server.end()
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error
    require(error.code === 1, `it ended with ${error.code} instead of 1: ${error.says}`)
    require(/can't be (opened|made|upgraded|written)/.test(
      error.says,
    ), `it doesn't say what is wrong: ${error.says}`)
    require(!/\n\s+at /.test(error.says), `it shows a stack instead of a sentence: ${error.says}`)
    return 'refuses to start, says why and what to do, exit code 1'
  }
  return 'starts'
}

export const readOnly: Trial = {
  id: 'read-only',
  title: 'A database that can only be read',
  shows:
    'A file, a folder or a disk that can only be read keeps the server from starting, with one sentence that says what to change; the file stays as it was, and with its rights back the server starts.',
  run: async ({ folder }) => {
    const file = `${folder}/scimulator.db`
    const first = await serve(file)
    const client = createClient(first.base)
    await client.ask('POST', '/Users', aUser('kept'))
    client.close()
    await first.end()

    const figures: Figure[] = []
    const isRoot = process.getuid?.() === 0
    const options: ServeOptions = isRoot ? { user: nobody } : {}
    const own = (path: string) => isRoot && chownSync(path, nobody, nobody)
    const locked = `${folder}/locked`
    mkdirSync(locked)
    cpSync(file, `${locked}/scimulator.db`)
    for (const path of [folder, locked, `${locked}/scimulator.db`]) own(path)

    chmodSync(`${locked}/scimulator.db`, 0o444)
    figures.push(['a file that can only be read', await refusalOf(`${locked}/scimulator.db`, options)])
    chmodSync(`${locked}/scimulator.db`, 0o644)
    chmodSync(locked, 0o555)
    figures.push(['a folder that can only be read', await refusalOf(`${locked}/scimulator.db`, options)])
    figures.push(['a new file in such a folder', await refusalOf(`${locked}/other.db`, options)])
    chmodSync(locked, 0o755)
    require((await refusalOf(`${locked}/scimulator.db`, options)) ===
      'starts', 'it starts with its rights back')
    figures.push(['with the rights back', 'starts'])

    const disk = mountSmallDisk(folder, 16)
    if (disk) {
      try {
        cpSync(file, `${disk.path}/scimulator.db`)
        disk.readOnly()
        figures.push(['a disk that can only be read', await refusalOf(`${disk.path}/scimulator.db`, {})])
      } finally {
        disk.unmount()
      }
    }
    const refused = figures.filter(([, value]) => value !== 'starts')
    if (refused.length === 0) throw new Skipped('nothing keeps this user from writing')
    require(refused.length === figures.length - 1, 'it starts though it can only read')
    inspect(file, db => requireSound(db, 'afterwards'))
    return figures
  },
}
