import type { Database } from '../database/sqlite.ts'
import { documentOf } from './sqlite-documents.ts'

/** A resource as it was written. */
export type PastVersion = { readonly version: number; readonly at: number; readonly document: string }

export type VersionFinder = ReturnType<typeof createVersionFinder>

/** Finds the version of a resource that was the last at a moment; undefined when it didn't exist. */
export function createVersionFinder(db: Database) {
  const lastVersion = db.prepare<
    [number, number],
    Omit<PastVersion, 'document'> & { document: string | null }
  >(`
    select v.version, v.at, ${documentOf(db)('v')} as document
    from versions v where v.resource_key = ? and v.at <= ? order by v.moment desc limit 1`)

  return (key: number, at: number): PastVersion | undefined => {
    const found = lastVersion.get(key, at)
    // A deletion has no document.
    return found && found.document !== null ? { ...found, document: found.document } : undefined
  }
}
