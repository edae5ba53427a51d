import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Test } from 'tap'

export const landedSnapshot = 'c5e6d593-1d8f-4d45-bbd0-ccd3c2b47f4d'

export const landedFile = (name: string): Buffer =>
  gunzipSync(readFileSync(new URL(`../data/landed/${name}.gz`, import.meta.url)))

/** A database that an earlier version wrote, with a snapshot. Returns its path. */
export function writeLandedDatabase(t: Test): string {
  const path = `${t.testdir()}/landed.db`
  writeFileSync(path, landedFile('database'))
  mkdirSync(`${path}.snapshots`)
  writeFileSync(`${path}.snapshots/${landedSnapshot}.db`, landedFile('snapshot'))
  return path
}
