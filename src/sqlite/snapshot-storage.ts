import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import {
  partialExtension,
  privateFolderMode,
  restrictAccess,
  syncFolder,
  writeFileAtomically,
} from '../persistence/private-files.ts'
import type { Database } from './database.ts'

/** The location of a snapshot's tables: the schema of an attached database, and a prefix of their names. */
export type SnapshotPlace = { readonly schema: string; readonly prefix: string }

/** The name of a snapshot's table in SQL. Neither part comes from a client. */
export const qualifiedTable = ({ schema, prefix }: SnapshotPlace, table: string): string =>
  `${schema}."${prefix}${table}"`

/** Stores snapshots. Callers must serialize their calls. */
export interface SnapshotStorage {
  ids(): readonly string[]
  bytes(id: string): number
  /** Stores the tables that `fill` writes, completely or not at all. Not within a transaction. */
  save(id: string, fill: (place: SnapshotPlace) => void): void
  /** Opens a snapshot for `use`, which may await a write. Throws if there is none. */
  open<Result>(id: string, use: (place: SnapshotPlace) => Result | Promise<Result>): Promise<Result>
  remove(id: string): void
}

const attachedPlace: SnapshotPlace = { schema: 'snapshot', prefix: '' }
const snapshotExtension = '.db'
const isSnapshotId = (text: string) => /^[0-9a-f-]{36}$/.test(text)

/** Stores each snapshot in a file of the folder, which is created with the first one. */
export function createFileStorage(db: Database, folder: string): SnapshotStorage {
  const fileOf = (id: string) => `${folder}/${id}${snapshotExtension}`
  const names = () => listFiles(folder)
  restrictAccess(folder, privateFolderMode)
  // Left behind by a killed server; earlier versions omitted the extension.
  for (const name of names()) {
    const whole = name.endsWith(partialExtension) ? name.slice(0, -partialExtension.length) : ''
    if (
      isSnapshotId(whole) ||
      (whole.endsWith(snapshotExtension) && isSnapshotId(whole.slice(0, -snapshotExtension.length)))
    )
      rmSync(`${folder}/${name}`)
  }

  const attach = db.prepare<[string]>(`attach ? as ${attachedPlace.schema}`)
  const detach = () => {
    if (db.open) db.exec(`detach ${attachedPlace.schema}`)
  }

  const write = (file: string, fill: (place: SnapshotPlace) => void): void => {
    attach.run(file)
    try {
      // An incomplete file never gets its name, so nothing has to be on disk before the end.
      db.pragma(`${attachedPlace.schema}.journal_mode = memory`)
      db.pragma(`${attachedPlace.schema}.synchronous = off`)
      db.transaction(() => fill(attachedPlace))()
    } finally {
      detach()
    }
  }

  return {
    ids: () =>
      names()
        .filter(name => name.endsWith(snapshotExtension))
        .map(name => name.slice(0, -snapshotExtension.length))
        .filter(isSnapshotId),

    bytes: id => statSync(fileOf(id)).size,

    save(id, fill) {
      mkdirSync(folder, { recursive: true, mode: privateFolderMode })
      writeFileAtomically(fileOf(id), part => write(part, fill))
    },

    async open(id, use) {
      // Attaching would create a missing file.
      statSync(fileOf(id))
      attach.run(fileOf(id))
      try {
        return await use(attachedPlace)
      } finally {
        detach()
      }
    },

    remove(id) {
      rmSync(fileOf(id))
      syncFolder(folder)
    },
  }
}

/** A missing folder has no files; other problems are reported when a file is written. */
function listFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const memorySchema = 'snapshots'

/** Stores snapshots in memory, as long as the database is open. */
export function createMemoryStorage(db: Database): SnapshotStorage {
  db.exec(`attach ':memory:' as ${memorySchema}`)
  const sizes = new Map<string, number>()
  const placeOf = (id: string): SnapshotPlace => ({ schema: memorySchema, prefix: `${id} ` })
  const tablesOf = db
    .prepare<[string], string>(`select name from ${memorySchema}.sqlite_schema where instr(name, ?) = 1`)
    .pluck()
  const pages = (what: 'page_count' | 'freelist_count' | 'page_size') =>
    Number(db.pragma(`${memorySchema}.${what}`, { simple: true }))
  const used = () => (pages('page_count') - pages('freelist_count')) * pages('page_size')

  return {
    ids: () => [...sizes.keys()],
    bytes: id => sizes.get(id) ?? 0,
    save(id, fill) {
      const before = used()
      db.transaction(() => fill(placeOf(id)))()
      sizes.set(id, used() - before)
    },
    async open(id, use) {
      if (!sizes.has(id)) throw new Error(`There is no snapshot ${id}.`)
      return await use(placeOf(id))
    },
    remove(id) {
      sizes.delete(id)
      for (const table of tablesOf.all(placeOf(id).prefix)) db.exec(`drop table ${memorySchema}."${table}"`)
    },
  }
}
