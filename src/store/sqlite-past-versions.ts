import type { Database } from '../database/sqlite.ts'

/** A resource as it was written. */
export type PastVersion = { readonly version: number; readonly at: number; readonly document: string }

export type VersionFinder = ReturnType<typeof createVersionFinder>

/** Finds the version of a resource that was the last at a moment; undefined when it didn't exist. */
export function createVersionFinder(db: Database) {
  const lastVersion = db.prepare<
    [number, number],
    Omit<PastVersion, 'document'> & { document: string | null }
  >(`
    select version, at, document from versions where resource_key = ? and at <= ? order by moment desc limit 1`)

  return (key: number, at: number): PastVersion | undefined => {
    const found = lastVersion.get(key, at)
    // A deletion has no document.
    return found && found.document !== null ? { ...found, document: found.document } : undefined
  }
}
