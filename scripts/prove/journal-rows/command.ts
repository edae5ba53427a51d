import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgresServer } from '../../../test/support/postgres-server.ts'
import { since } from './differences.ts'
import { proveJournalRows, writeExpectedRows } from './prove.ts'
import type { Data } from './server.ts'

type Settings = {
  readonly requests: number
  readonly seed: number
  readonly base?: string | undefined
  readonly checkout?: string | undefined
  readonly postgres: boolean
  readonly write: boolean
  readonly print: (line: string) => void
}

/** Resolves with undefined if the expected rows were written. */
export async function runJournalRows(settings: Settings): Promise<boolean | undefined> {
  const { requests, seed, base = since, checkout, print } = settings
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-prove-'))
  const postgres = settings.postgres ? await startPostgresServer() : undefined
  try {
    const newSchema = postgres && (() => createSchema(postgres.url))
    const options = { folder, seed, requests, base, checkout, newSchema, print }
    if (!settings.write) return await proveJournalRows(options)
    await writeExpectedRows(options)
    return undefined
  } finally {
    await postgres?.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function createSchema(url: string): Promise<Data> {
  const schema = `prove_${randomBytes(6).toString('hex')}`
  const db = new pg.Client({ connectionString: url })
  await db.connect()
  await db.query(`create schema ${schema}`)
  await db.end()
  return { url, schema }
}
