import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { privateFolder, tighten } from '../database/private-file.ts'
import type { Database } from '../database/sqlite.ts'
import { syncFolder, unfinished, writeWholeFile } from '../database/whole-file.ts'
import type { Place, Shelf } from './shelf.ts'

const place: Place = { schema: 'snapshot', prefix: '' }
const ending = '.db'
const isId = (text: string) => /^[0-9a-f-]{36}$/.test(text)

/** Keeps each snapshot in a file of the folder, which is created with the first. */
export function createFileShelf(db: Database, folder: string): Shelf {
  const fileOf = (id: string) => `${folder}/${id}${ending}`
  const names = () => namesIn(folder)
  tighten(folder, privateFolder)
  // What a server was writing when it was killed; earlier versions left the ending out.
  for (const name of names()) {
    const whole = name.endsWith(unfinished) ? name.slice(0, -unfinished.length) : ''
    if (isId(whole) || (whole.endsWith(ending) && isId(whole.slice(0, -ending.length))))
      rmSync(`${folder}/${name}`)
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
      mkdirSync(folder, { recursive: true, mode: privateFolder })
      writeWholeFile(fileOf(id), part => write(part, fill))
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
