import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { platform } from 'node:process'
import { createPrivate, privateFolder, tighten } from '../database/private-file.ts'
import type { Database } from '../database/sqlite.ts'
import type { Place, Shelf } from './shelf.ts'

const place: Place = { schema: 'snapshot', prefix: '' }
const ending = '.db'
// What a server was writing when it was killed.
const unfinished = '.part'
const isId = (text: string) => /^[0-9a-f-]{36}$/.test(text)

/** Keeps each snapshot in a file of the folder, which is made when there is one. */
export function createFileShelf(db: Database, folder: string): Shelf {
  const fileOf = (id: string) => `${folder}/${id}${ending}`
  const names = () => namesIn(folder)
  tighten(folder, privateFolder)
  for (const name of names()) {
    if (name.endsWith(unfinished) && isId(name.slice(0, -unfinished.length))) rmSync(`${folder}/${name}`)
  }

  const attach = db.prepare<[string]>(`attach ? as ${place.schema}`)
  const detach = () => {
    if (db.open) db.exec(`detach ${place.schema}`)
  }

  const write = (file: string, fill: (place: Place) => void): void => {
    attach.run(file)
    try {
      // A file that isn't whole is never given its name, so that nothing needs to be on disk before the end.
      db.pragma(`${place.schema}.journal_mode = memory`)
      db.pragma(`${place.schema}.synchronous = off`)
      db.transaction(() => fill(place))()
    } finally {
      detach()
    }
  }

  return {
    ids: () =>
      names()
        .filter(name => name.endsWith(ending))
        .map(name => name.slice(0, -ending.length))
        .filter(isId),

    bytes: id => statSync(fileOf(id)).size,

    put(id, fill) {
      const part = `${folder}/${id}${unfinished}`
      try {
        mkdirSync(folder, { recursive: true, mode: privateFolder })
        createPrivate(part)
        write(part, fill)
        sync(part)
        renameSync(part, fileOf(id))
        syncFolder(folder)
      } catch (error) {
        rmSync(part, { force: true })
        throw error
      }
    },

    async use(id, use) {
      // Attaching would make a file that isn't there.
      statSync(fileOf(id))
      attach.run(fileOf(id))
      try {
        return await use(place)
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

/** A folder that isn't there has none; what else is wrong with it is told by who writes there. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** So that a name is on disk, too; Windows opens no folders. */
function syncFolder(folder: string): void {
  if (platform === 'win32') return
  const opened = openSync(folder, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
