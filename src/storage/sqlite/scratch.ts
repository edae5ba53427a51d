import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { platform } from 'node:process'
import type { Writer } from '../../domain/ports/database.ts'
import type { ResourceStore } from '../../domain/ports/resources.ts'
import type { SessionRows } from '../../domain/ports/snapshots.ts'
import type { Plan } from '../common/plans/plan.ts'
import { planRemoval } from '../common/plans/remove.ts'
import { planInsert, planUpdate } from '../common/plans/write.ts'
import { openConnection } from './connection.ts'
import { connectAlone } from './connections.ts'
import { createCounts } from './counts.ts'
import type { Database } from './database.ts'
import { migrate } from './migrations.ts'
import { createResourceStore } from './resources.ts'
import { createResourceQueries, runQuery } from './run-plan.ts'
import { createSessionDirectory } from './session-directory.ts'

/** The key of the only tenant. */
const tenant = 1

/** Read from the database each time. */
export type ScratchState = {
  /** In the order of creation. `store` can't write before an iteration ends. */
  documents(type: string): Documents
  /** IDs in the order of joining; none if there is no such group. */
  members(group: string): readonly string[]
}

/** By ID. */
export type Documents = Iterable<readonly [id: string, document: string]> &
  Pick<ReadonlyMap<string, string>, 'get' | 'has'> & { keys(): Iterable<string> }

/**
 * A directory of its own behind the resource store of the engine, for what is thrown away afterwards. It keeps no history, which
 * would be a third of its memory.
 */
export type Scratch = ScratchState & {
  readonly tenant: number
  readonly store: ResourceStore
  /** Decides like `store`, and writes nothing. */
  readonly unchanging: ResourceStore
  /** Keeps what there is now. To be called once: 100,000 users take a second. */
  keep(): ScratchState
  /** Adds a text that memory has no room for. */
  note(key: string, text: string): void
  /** Reads the texts of a key, in order. To be called after the last `note`. */
  notes(key: string): readonly string[]
  close(): Promise<void>
}

/** In KiB. */
const cacheSize = 16_384

const historyTables: ReadonlySet<string> = new Set(['versions', 'membership_events', 'last_seen'])

/** `rows` are those of a session (`OpenedSessions`); none for an empty directory. */
export function openScratch(rows: Iterable<SessionRows> = []): Scratch {
  // With what the cache does not hold: 100,000 users take 300 MB.
  const file = openTemporary(migrate)
  const { db } = file
  db.pragma(`cache_size = ${-cacheSize}`)
  const directory = createSessionDirectory(db)
  const place = { tenant, bases: { resource: 0, moment: 0, membership: 0 } }
  db.transaction(() => {
    for (const batch of rows) {
      if (historyTables.has(batch.table)) continue
      directory.add(place, batch)
      file.wrote(batch.rows.length)
    }
  })()

  let lastMembership =
    db.prepare<[], number>('select coalesce(max(key), 0) from memberships').pluck().get() ?? 0
  const history = { version: () => {}, event: () => ++lastMembership, link: () => {} }
  // Never committed: a transaction for each statement takes a tenth of the time of a request.
  db.exec('begin')
  const connections = connectAlone(db)
  const store = createResourceStore(connections, immediate(file), undefined, {
    textIndex: { minimum: Number.POSITIVE_INFINITY },
    history,
  })

  const counts = createCounts(db)
  const queries = createResourceQueries(db, {
    tenant: () => true,
    room: (tenant, type, limit) => counts.number(tenant, type) < limit,
    newKey: () => Number.MAX_SAFE_INTEGER,
  })
  const decide = async <Value>(plan: Plan<Value>): Promise<Value> => {
    let step = plan.next([])
    while (!step.done) step = plan.next(step.value.map(query => runQuery(queries, query)))
    return step.value.value
  }

  db.exec('create table notes (hash integer not null, key text not null, text text not null)')
  const addNote = db.prepare<[number, string, string]>('insert into notes values (?, ?, ?)')
  const indexNotes = () => {
    // A sort may take as much memory as the cache.
    db.pragma(`cache_size = ${-cacheSize / 2}`)
    db.exec('create index notes_by_hash on notes (hash)')
    db.pragma(`cache_size = ${-cacheSize}`)
    return db
      .prepare<[number, string], string>('select text from notes where hash = ? and key = ? order by rowid')
      .pluck()
  }
  let ofKey: ReturnType<typeof indexNotes> | undefined

  return {
    tenant,
    store,
    unchanging: {
      ...store,
      insert: (place, cause, draft, limit) => decide(planInsert(place, cause, draft, limit)),
      update: (place, cause, change) => decide(planUpdate(place, cause, change)),
      remove: (place, cause, removal) => decide(planRemoval(place, cause, removal)),
    },
    ...stateIn(db, 'resources', 'memberships'),
    keep() {
      copyTable(file, 'resources', 'key, tenant, type, id, document', rowsBetweenFlushes)
      copyTable(file, 'memberships', 'group_key, member_id', 50 * rowsBetweenFlushes)
      db.exec(`
        create index kept_resources_by_id on kept_resources (tenant, id);
        create index kept_memberships_by_group on kept_memberships (group_key)`)
      return stateIn(db, 'kept_resources', 'kept_memberships')
    },
    note(key, text) {
      addNote.run(hashOf(key), key, text)
      file.wrote(1)
    },
    notes(key) {
      ofKey ??= indexNotes()
      return ofKey.all(hashOf(key), key)
    },
    async close() {
      await connections.close()
      file.close()
    },
  }
}

/** 32 bits (FNV-1a). An index is written at once: that of 600,000 notes has 8 MB, and would have 36 with their keys. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}

/** Copies a table to `kept_<table>`, and flushes after so many rows. */
function copyTable({ db, wrote }: TemporaryFile, table: string, columns: string, rows: number): void {
  db.exec(`create table kept_${table} as select ${columns} from ${table} where false`)
  const copy = db.prepare<[number, number]>(
    `insert into kept_${table} select ${columns} from ${table} where rowid > ? and rowid <= ? order by rowid`,
  )
  const last = db.prepare<[], number>(`select coalesce(max(rowid), 0) from ${table}`).pluck().get() ?? 0
  for (let after = 0; after < last; after += rows) {
    const { changes } = copy.run(after, after + rows)
    wrote((changes / rows) * rowsBetweenFlushes)
  }
}

/** Rows of some kilobytes. */
const rowsBetweenFlushes = 1000
const bytesBetweenFlushes = 16 * 2 ** 20

type TemporaryFile = {
  readonly db: Database
  /** To be called after rows were written. */
  wrote(rows: number): void
  /** To be called after the database is closed. */
  close(): void
}

/**
 * A database for one thread in a file without a name, which is gone when the thread ends. The file is written to disk, and freed, in
 * small portions: Linux would write hundreds of megabytes at once after 30 seconds, and for as long as that takes (100 ms for 400 MB
 * on a fast disk) each commit of other databases would wait.
 */
function openTemporary(createTables: (db: Database) => void): TemporaryFile {
  const folder = temporaryFolder()
  if (folder === undefined) return { db: openUnsafe('', createTables), wrote: () => {}, close: () => {} }
  const path = join(folder, 'scratch.db')
  const db = openUnsafe(path, createTables)
  const file = openSync(path, 'r+')
  rmSync(folder, { recursive: true })
  let written = 0
  return {
    db,
    wrote(rows) {
      written += rows
      if (written < rowsBetweenFlushes) return
      written = 0
      fdatasyncSync(file)
    },
    close() {
      for (let { size } = fstatSync(file); size > 0; size -= bytesBetweenFlushes) {
        ftruncateSync(file, Math.max(0, size - bytesBetweenFlushes))
        fdatasyncSync(file)
      }
      closeSync(file)
    },
  }
}

/** Undefined where SQLite has to find and delete a file: Windows deletes no open files, and a container may have no such folder. */
function temporaryFolder(): string | undefined {
  if (platform === 'win32') return undefined
  try {
    return mkdtempSync(join(tmpdir(), 'scimulator-'))
  } catch {
    return undefined
  }
}

/** Without rollback and sync. */
function openUnsafe(path: string, createTables: (db: Database) => void): Database {
  const db = openConnection(path)
  // Rows that grow leave a sixth less of the memory unused than with pages of 4 KB.
  db.pragma('page_size = 16384')
  // SQLite keeps a rollback journal in its defensive mode.
  db.unsafeMode()
  db.pragma('journal_mode = off')
  db.unsafeMode(false)
  db.pragma('synchronous = off')
  db.pragma('locking_mode = exclusive')
  createTables(db)
  return db
}

/** Keeps texts in a file without a name until the thread ends. */
export function keepTexts() {
  const { db, wrote } = openTemporary(db => void db.exec('create table texts (text text not null)'))
  db.exec('begin')
  const add = db.prepare<[string]>('insert into texts values (?)')
  const one = db.prepare<[number], string>('select text from texts where rowid = ?').pluck()
  return {
    /** Returns where the text is. */
    add(text: string): number {
      const { lastInsertRowid } = add.run(text)
      wrote(1)
      return Number(lastInsertRowid)
    },
    get: (place: number): string => one.get(place) ?? '',
  }
}

function stateIn(db: Database, resources: string, memberships: string): ScratchState {
  const all = db
    .prepare<[string], [string, string]>(
      `select id, document from ${resources} where type = ? order by rowid`,
    )
    .raw()
  const ids = db
    .prepare<[string], string>(`select id from ${resources} where type = ? order by rowid`)
    .pluck()
  const one = db
    .prepare<[number, string, string], string>(
      `select document from ${resources} where tenant = ? and id = ? and type = ?`,
    )
    .pluck()
  const members = db
    .prepare<[number, string], string>(`
      select m.member_id from ${resources} r join ${memberships} m on m.group_key = r.key
      where r.tenant = ? and r.id = ? order by m.rowid`)
    .pluck()
  return {
    documents: type => ({
      get: id => one.get(tenant, id, type),
      has: id => one.get(tenant, id, type) !== undefined,
      keys: () => ids.iterate(type),
      [Symbol.iterator]: () => all.iterate(type),
    }),
    members: group => members.all(tenant, group),
  }
}

/** Nothing is rolled back: plans decide before they write, and nothing else uses the database. */
const immediate = ({ wrote }: Pick<TemporaryFile, 'wrote'>): Writer => ({
  async write(job) {
    const value = job()
    wrote(1)
    return value
  },
  async writeInSlicesIfLong(job) {
    const run = job()
    for (;;) {
      const step = run.next()
      wrote(1)
      if (step.done) return step.value
    }
  },
  betweenCommits: job => job(),
  defer: job => job(),
  flush: async () => {},
})
