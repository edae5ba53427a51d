import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { aUser, type Client, createClient } from './client.ts'
import { type Served, serve } from './server.ts'
import { inspect, requireSound } from './soundness.ts'
import { number } from './spread.ts'
import { type Figure, require, type Trial } from './trial.ts'

const hands = 8

type Load = { readonly acknowledged: readonly string[]; stop(): Promise<void> }

/** Creates users without a pause until it is stopped. */
function load(client: Client): Load {
  const acknowledged: string[] = []
  let isOver = false
  const lane = async (hand: number) => {
    for (let at = 0; !isOver; at++) {
      const name = `u-${hand}-${at}`
      const { status } = await client.ask('POST', '/Users', aUser(name, 'x'.repeat(2_000)))
      require(status === 201, `a user wasn't made while the file was copied: ${status}`)
      acknowledged.push(name)
    }
  }
  const lanes = Promise.all(Array.from({ length: hands }, (_, hand) => lane(hand)))
  return {
    acknowledged,
    stop: async () => {
      isOver = true
      await lanes
    },
  }
}

/** Copies the file and what has not been merged into it yet. */
function copyBoth(file: string, to: string): void {
  for (const ending of ['', '-wal']) if (existsSync(file + ending)) copyFileSync(file + ending, to + ending)
}

/** Whether a copy is intact and contains everything acknowledged before it began. */
function isWhole(copy: string, before: readonly string[]): boolean {
  try {
    return inspect(copy, db => {
      requireSound(db, 'the copy')
      const names = db.prepare<[], string>(`select document ->> 'userName' from resources`).pluck().all()
      const held = new Set(names)
      return before.every(name => held.has(name))
    })
  } catch {
    return false
  }
}

async function backUp(file: string, to: string): Promise<string> {
  let db: Sqlite.Database | undefined
  try {
    db = new Sqlite(file, { readonly: true, timeout: 200 })
    // A backup of a file that is locked ends without an error and without a table, so the reading has to show it.
    db.prepare('select count(*) from sqlite_master').get()
    await db.backup(to)
    return 'works'
  } catch (error) {
    return `is refused (${error instanceof Error ? error.message : error}): the server holds the file for itself`
  } finally {
    db?.close()
  }
}

async function tally(
  { folder, times }: { readonly folder: string; readonly times: number },
  acknowledged: readonly string[],
  copy: (to: string) => void,
): Promise<string> {
  let whole = 0
  for (let at = 0; at < times; at++) {
    const to = `${folder}/copy.db`
    const before = [...acknowledged]
    copy(to)
    if (isWhole(to, before)) whole++
    for (const ending of ['', '-wal', '-shm']) rmSync(to + ending, { force: true })
    await pause(50)
  }
  return `${number(whole)} of ${number(times)}`
}

/** Stops the process, so that nothing is written between two files. */
function copyWhileStill(server: Served, file: string, to: string): void {
  server.signal('SIGSTOP')
  try {
    copyBoth(file, to)
  } finally {
    server.signal('SIGCONT')
  }
}

export const copies: Trial = {
  id: 'copy',
  title: 'A database copied while it is in use',
  shows:
    'A copy that is sure to be whole is made of the file and its `-wal` together while the server is stopped, or held still with `kill -STOP` and let go with `kill -CONT`; `cp` beside a server that writes may catch it merging the two. SQLite’s own backup is not let in. Copying never disturbs the server.',
  run: async ({ folder, size }) => {
    mkdirSync(`${folder}/copies`)
    const file = `${folder}/scimulator.db`
    const server = await serve(file)
    const client = createClient(server.base, hands)
    const { acknowledged, stop } = load(client)
    const many = { folder: `${folder}/copies`, times: size(4, 60) }
    await pause(500)
    const still = await tally(many, acknowledged, to => copyWhileStill(server, file, to))
    const running = await tally(many, acknowledged, to => copyBoth(file, to))
    const alone = await tally(many, acknowledged, to => copyFileSync(file, to))
    const backup = await backUp(file, `${folder}/backup.db`)
    await stop()
    client.close()
    await server.end()
    const stopped = await tally({ ...many, times: 1 }, acknowledged, to => copyBoth(file, to))
    require(stopped === '1 of 1', 'a copy after the end is not whole')
    require(still ===
      `${number(many.times)} of ${number(many.times)}`, `copies while held still: ${still} whole`)
    inspect(file, db => requireSound(db, 'afterwards'))
    const figures: readonly Figure[] = [
      ['users created meanwhile', number(acknowledged.length)],
      ['whole copies: file and `-wal`, server stopped', stopped],
      ['whole copies: file and `-wal`, server held still', still],
      ['whole copies: file and `-wal`, server writing', running],
      ['whole copies: the file alone, server writing', alone],
      ['SQLite’s backup from another process', backup],
    ]
    return figures
  },
}
