import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { DatabaseError } from '../../domain/ports/database.ts'
import { DamagedJournalError } from '../../domain/ports/journal.ts'
import { compact } from '../../scim/json.ts'
import { storedColumns } from '../common/exchange-rows.ts'
import { defaultKeepBytes } from '../common/journal-limits.ts'
import {
  createPrivateFile,
  partialExtension,
  privateFileMode,
  restrictAccess,
  writeFileAtomically,
} from '../common/private-files.ts'
import { openConnection } from './connection.ts'
import { checkpoint } from './connections.ts'
import { type Database, journalPath, requireWritable, setAutoVacuum, toDatabaseError } from './database.ts'
import { migrate } from './migrations.ts'
import { isDamage } from './transaction.ts'

export { journalPath }

export const databaseFiles = (path: string): readonly string[] =>
  [path, journalPath(path)].flatMap(file => [file, `${file}-wal`])

// The path is the same from src/storage/sqlite and from dist/sqlite.
export const journalMigrations = fileURLToPath(
  new URL('../../../migrations/sqlite-journal/', import.meta.url),
)

/** Most exchanges take between 2 and 4 KB: on pages of 4 KiB, each would have one for itself. */
const pageSize = 16_384

/** Milliseconds to wait for a checkpoint of another connection. */
const lockTimeout = 2000

/**
 * Opens the connection that writes the journal, in memory without a path. Throws `DatabaseError`. A power failure may
 * lose the last commits: no response waits for the journal.
 */
export function openJournal(path?: string): Database {
  if (path === undefined) return prepare(openConnection(':memory:'))
  createPrivateFile(path)
  requireWritable(path)
  let db: Database | undefined
  try {
    db = prepare(openConnection(path, { timeout: lockTimeout }))
    db.pragma('journal_mode = wal')
    db.pragma('synchronous = normal')
    db.pragma('cache_size = -65536')
    for (const file of ['', '-wal', '-shm']) restrictAccess(path + file, privateFileMode)
    return db
  } catch (error) {
    db?.close()
    throw error instanceof DatabaseError ? error : toDatabaseError(error, path)
  }
}

export function openJournalReader(path: string): Database {
  const db = openConnection(path, { readonly: true, timeout: lockTimeout })
  db.pragma('cache_size = -16384')
  return db
}

/** Both settings apply to empty files only. */
function prepare(db: Database): Database {
  const isNew = isEmpty(db)
  db.pragma(`page_size = ${pageSize}`)
  setAutoVacuum(db)
  migrate(db, { folder: journalMigrations })
  if (isNew) db.prepare<[number]>('insert into default_retention (bytes) values (?)').run(defaultKeepBytes)
  return db
}

const journalMigration = '0020-journal-file.sql'

type UpgradeOptions = {
  readonly now?: Date
  readonly onProgress?: Progress
}

type Upgrade = {
  readonly backup?: string
  /** Where the journal of another database, or of a later state of this one, is now: it was in the place of this one's. */
  readonly foreignJournal?: string
  /** One sentence with the remedy. */
  readonly journalState?: string
}

export function upgrade(
  db: Database,
  { now = new Date(), onProgress = () => {} }: UpgradeOptions = {},
): Upgrade {
  let replaced: string | undefined
  const moveJournal = () => {
    replaced = copyJournal(db, now, onProgress)
  }
  if (isEmpty(db)) removeUnowned(db)
  const { backup } = migrate(db, { now, before: { [journalMigration]: moveJournal } })
  const { foreign = replaced, state } = claimJournal(db, now)
  return compact({ backup, foreignJournal: foreign, journalState: state })
}

const isEmpty = (db: Database): boolean => db.prepare('select 1 from sqlite_schema').get() === undefined

type Progress = (moved: number, total: number) => void

const exchangesPerPortion = 10_000

/**
 * Copies the journal of a database of an earlier version into its own file. It is complete as soon as it has its name;
 * after a kill, the copy is made again. The caller then deletes the original. Returns where a journal is now that was in
 * its place.
 */
function copyJournal(db: Database, now: Date, onProgress: Progress): string | undefined {
  if (db.memory) return undefined
  const path = journalPath(db.name)
  const replaced = existsSync(path) && readOwner(path) !== undefined ? putAside(path, now) : undefined
  // What is left is an unused copy of this database, or a write-ahead log, which would be applied to the new file.
  removeJournal(path)
  writeFileAtomically(path, part => {
    prepare(openConnection(part)).close()
    db.prepare('attach ? as journal').run(part)
    try {
      // A copy that is interrupted is made again, and the complete file is synced.
      db.pragma('journal.journal_mode = off')
      db.pragma('journal.synchronous = off')
      copyTables(db, onProgress)
      // Earlier journals had no limit in bytes.
      db.exec('delete from journal.default_retention')
    } finally {
      db.exec('detach journal')
    }
  })
  return replaced
}

const copiedTables: Readonly<Record<string, string>> = {
  exchange_notes: 'seq, cycle, dialect, client, findings',
  findings: 'key, seq, finding, tenant, at, subject, detail, origin',
  cycles: 'key, id, tenant, started, last, summary',
  setup_steps: 'tenant, step, at, tenant_time, exchange, user_agent',
  pruning_clock: 'trusted, ahead_since',
}

function copyTables(db: Database, onProgress: Progress): void {
  const existing = db
    .prepare<[], string>("select name from pragma_table_info('exchanges', 'main')")
    .pluck()
    .all()
  const exchangeColumns = ['seq', ...storedColumns].filter(column => existing.includes(column)).join(', ')
  const total = db.prepare<[], number>('select count(*) from main.exchanges').pluck().get() ?? 0
  const newest = db.prepare<[], number>('select coalesce(max(seq), 0) from journal.exchanges').pluck()
  const copyPortion = db.prepare<[number]>(`
    insert into journal.exchanges (${exchangeColumns})
    select ${exchangeColumns} from main.exchanges where seq > ? order by seq limit ${exchangesPerPortion}`)
  let copied = 0
  while (copied < total) {
    copied += copyPortion.run(newest.get() ?? 0).changes
    onProgress(copied, total)
  }
  for (const [table, columns] of Object.entries(copiedTables)) {
    db.exec(`insert into journal.${table} (${columns}) select ${columns} from main.${table}`)
  }
}

type ClaimedJournal = {
  readonly foreign?: string | undefined
  readonly state?: string | undefined
}

function claimJournal(db: Database, now: Date): ClaimedJournal {
  if (db.memory) return {}
  const path = journalPath(db.name)
  const id = db.prepare<[], string>('select id from identity').pluck().get() ?? ''
  const owner = existsSync(path) ? readOwner(path) : undefined
  const foreign = owner === undefined || owner.database === id ? undefined : putAside(path, now)
  if (owner?.database !== id) {
    const journal = openJournal(path)
    journal.prepare('insert into owner (database) values (?)').run(id)
    journal.close()
  }
  return foreign === undefined ? { state: findForeignState(db, path, owner) } : { foreign }
}

type Owner = { readonly database: string; readonly journal: string | null; readonly position: number }

/** The database of a journal, and its own position; undefined while no server has opened both. */
function readOwner(path: string): Owner | undefined {
  const journal = openJournal(path)
  try {
    return journal.prepare<[], Owner>('select database, journal, position from owner').get()
  } finally {
    journal.close()
  }
}

function putAside(path: string, now: Date): string {
  // Without this, the newest requests would be in the write-ahead log, which keeps its name.
  const journal = openJournal(path)
  journal.pragma('journal_mode = delete')
  journal.close()
  const file = `${path}.${now.toISOString().replaceAll(':', '-')}.backup`
  renameSync(path, file)
  return file
}

function removeUnowned(db: Database): void {
  if (db.memory) return
  const path = journalPath(db.name)
  rmSync(path + partialExtension, { force: true })
  if (!existsSync(path) || readOwner(path) === undefined) removeJournal(path)
}

function removeJournal(path: string): void {
  for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, { force: true })
}

export type JournalPosition = { readonly journal: string; readonly position: number }

type JournalMark = JournalPosition & { readonly at: number }

/** Advances the position of a journal, and returns it once it is on disk. Not within a transaction. */
export function createPositions(db: Database): () => JournalPosition | undefined {
  const advance = db.prepare<[], JournalPosition>(`
    update owner set journal = coalesce(journal, lower(hex(randomblob(16)))), position = position + 1
    returning journal, position`)
  return () => {
    const position = advance.get()
    // Syncs the write-ahead log first: a database that remembers more than its journal has would report an older copy.
    if (!db.memory) checkpoint(db, 'passive')
    return position
  }
}

/** Makes a database remember the position of its journal. Runs inside a write. */
export function createMarks(db: Database) {
  const forget = db.prepare<[]>('delete from journal_mark')
  const insert = db.prepare<[string, number, number]>(
    'insert into journal_mark (journal, position, at) values (?, ?, ?)',
  )
  return ({ journal, position }: JournalPosition, now: number): void => {
    forget.run()
    insert.run(journal, position, now)
  }
}

const readMark = (db: Database): JournalMark | undefined =>
  db.prepare<[], JournalMark>('select journal, position, at from journal_mark').get()

/** One sentence with the remedy; undefined if it is the expected journal. */
function findForeignState(
  db: Database,
  path: string,
  found: { readonly journal: string | null; readonly position: number } | undefined,
): string | undefined {
  const mark = readMark(db)
  if (!mark) return undefined
  const since = new Date(mark.at).toISOString()
  const rest =
    'Users, groups and their history are not affected. If you have a copy of the file, stop the server and put it in its place.'
  if (!found)
    return `the journal ${path} is missing: it was there on ${since}. A new one begins, without the requests, cycles and findings of the earlier one. ${rest}`
  if (found.journal === mark.journal && found.position >= mark.position) return undefined
  return `the journal ${path} is an older copy than the one that was there on ${since}, or another one: it lacks later requests, cycles and findings. ${rest}`
}

/** Milliseconds. */
const watchInterval = 1000

/**
 * Watches whether the path of a journal that is open still leads to it. Its result looks at most once a second, and calls `onReplaced`
 * once.
 */
export function watchFile(path: string, onReplaced: (error: Error) => void): () => void {
  const identify = ({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }) => `${dev} ${ino}`
  const opened = identify(statSync(path, { bigint: true }))
  let looked = 0
  let isReported = false
  const look = async () => {
    const found = await stat(path, { bigint: true }).then(identify, () => undefined)
    if (found === opened || isReported) return
    isReported = true
    onReplaced(
      new DatabaseError(
        `The journal ${path} was ${found === undefined ? 'deleted' : 'replaced'} while the server runs. The server still has all of its requests, and loses them when it stops: export what you need (Activity, Export; or scimulator journal export), then restart the server.`,
      ),
    )
  }
  return () => {
    const now = performance.now()
    if (isReported || now - looked < watchInterval) return
    looked = now
    void look()
  }
}

const damaged = (path: string, cause: unknown) =>
  new DamagedJournalError(
    `The journal ${path} is damaged (${cause instanceof Error ? cause.message : cause}). Users and groups are not affected. Stop the server, and move this file and ${path}-wal away, so that a new journal begins; or replace them by a copy.`,
    { cause },
  )

type Functions = Readonly<Record<string, unknown>>

/** Returns the functions of a port, which now throw a `DamagedJournalError` for a damaged page. Calls `onDamaged` with the first error. */
export function reportDamage<Port extends object>(
  port: Port,
  path: string,
  onDamaged: (error: Error) => void,
): Port {
  let isReported = false
  const toDamaged = (error: unknown): unknown => {
    if (!isDamage(error)) return error
    const described = damaged(path, error)
    if (!isReported) onDamaged(described)
    isReported = true
    return described
  }
  async function* guard(items: AsyncIterable<unknown>) {
    try {
      yield* items
    } catch (error) {
      throw toDamaged(error)
    }
  }
  const guarded =
    (run: (...args: readonly unknown[]) => unknown) =>
    (...args: readonly unknown[]): unknown => {
      try {
        const result = run(...args)
        if (result instanceof Promise) {
          return result.catch(error => {
            throw toDamaged(error)
          })
        }
        return isAsyncIterable(result) ? guard(result) : result
      } catch (error) {
        throw toDamaged(error)
      }
    }
  return Object.fromEntries(
    Object.entries(port as Functions).map(([name, member]) => [
      name,
      typeof member === 'function' ? guarded(member as (...args: readonly unknown[]) => unknown) : member,
    ]),
  ) as Port
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value
