import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { type Client, createClient, userBody } from './client.ts'
import { inspect, requireConsistent } from './consistency.ts'
import { type Served, serve } from './server.ts'
import { number } from './spread.ts'
import { type Figure, require, type Trial } from './trial.ts'

const concurrency = 8

type Load = { readonly acknowledged: readonly string[]; stop(): Promise<void> }

/** Creates users without a pause until it is stopped. */
function load(client: Client): Load {
  const acknowledged: string[] = []
  let isOver = false
  const lane = async (hand: number) => {
    for (let at = 0; !isOver; at++) {
      const name = `u-${hand}-${at}`
      const { status } = await client.callApi('POST', '/Users', userBody(name, 'x'.repeat(2_000)))
      require(status === 201, `a create failed while the file was copied: ${status}`)
      acknowledged.push(name)
    }
  }
  const lanes = Promise.all(Array.from({ length: concurrency }, (_, hand) => lane(hand)))
  return {
    acknowledged,
    stop: async () => {
      isOver = true
      await lanes
    },
  }
}

const endings = ['', '-wal', '.journal', '.journal-wal']

/** Copies the database and the journal, both with their write-ahead logs. */
function copyAll(file: string, to: string): void {
  for (const ending of endings) if (existsSync(file + ending)) copyFileSync(file + ending, to + ending)
}

/** Whether a copy is intact and contains everything acknowledged before it began. */
function isComplete(copy: string, before: readonly string[]): boolean {
  try {
    return inspect(copy, db => {
      requireConsistent(db, 'the copy')
      const names = db.prepare<[], string>(`select document ->> 'userName' from resources`).pluck().all()
      const stored = new Set(names)
      return before.every(name => stored.has(name))
    })
  } catch {
    return false
  }
}

async function backUp(file: string, to: string): Promise<string> {
  let db: Sqlite.Database | undefined
  try {
    db = new Sqlite(file, { readonly: true, timeout: 200 })
    // The backup of a locked file would end without an error and without tables: reading detects a lock.
    db.prepare('select count(*) from sqlite_master').get()
    await db.backup(to)
    return 'works'
  } catch (error) {
    return `fails: ${error instanceof Error ? error.message : error}`
  } finally {
    db?.close()
  }
}

async function tally(
  { folder, times }: { readonly folder: string; readonly times: number },
  acknowledged: readonly string[],
  copy: (to: string) => void,
): Promise<string> {
  let complete = 0
  for (let at = 0; at < times; at++) {
    const to = `${folder}/copy.db`
    const before = [...acknowledged]
    copy(to)
    if (isComplete(to, before)) complete++
    for (const ending of [...endings, '-shm', '.journal-shm']) rmSync(to + ending, { force: true })
    await pause(50)
  }
  return `${number(complete)} of ${number(times)}`
}

/** Pauses the process, so that nothing is written between the two copies. */
function copyWhilePaused(server: Served, file: string, to: string): void {
  server.signal('SIGSTOP')
  try {
    copyAll(file, to)
  } finally {
    server.signal('SIGCONT')
  }
}

export const copies: Trial = {
  id: 'copy',
  title: 'Copies of a database in use',
  statement:
    'A copy of the database and the journal, each with its `-wal`, is complete if the server is stopped, or paused with `kill -STOP` and resumed with `kill -CONT`. While the server writes, `cp` can read a file in the middle of a checkpoint; SQLite’s own backup of each file works. Copying does not disturb the server.',
  run: async ({ folder, size }) => {
    mkdirSync(`${folder}/copies`)
    const file = `${folder}/scimulator.db`
    const server = await serve(file)
    const client = createClient(server.base, concurrency)
    const { acknowledged, stop } = load(client)
    const many = { folder: `${folder}/copies`, times: size(4, 60) }
    await pause(500)
    const still = await tally(many, acknowledged, to => copyWhilePaused(server, file, to))
    const running = await tally(many, acknowledged, to => copyAll(file, to))
    const alone = await tally(many, acknowledged, to => copyFileSync(file, to))
    const backup = await backUp(file, `${folder}/backup.db`)
    await stop()
    client.close()
    await server.end()
    const stopped = await tally({ ...many, times: 1 }, acknowledged, to => copyAll(file, to))
    require(stopped === '1 of 1', 'the copy after the end is incomplete')
    require(still ===
      `${number(many.times)} of ${number(many.times)}`, `complete copies while paused: ${still}`)
    inspect(file, db => requireConsistent(db, 'afterwards'))
    const figures: readonly Figure[] = [
      ['users created during the trial', number(acknowledged.length)],
      ['complete copies: all files, server stopped', stopped],
      ['complete copies: all files, server paused', still],
      ['complete copies: all files, server writing', running],
      ['complete copies: database without its `-wal`, server writing', alone],
      ['SQLite’s backup from another process', backup],
    ]
    return figures
  },
}
