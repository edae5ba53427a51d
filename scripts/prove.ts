import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startPostgresServer } from '../test/support/postgres-server.ts'
import { since } from './prove/journal-rows/differences.ts'
import { proveJournalRows, writeExpectedRows } from './prove/journal-rows/prove.ts'
import type { Data } from './prove/journal-rows/server.ts'

/**
 * Long proofs; the tests run a share of each.
 *
 *   npm run prove -- journal-rows [--requests 10000] [--seed 1] [--postgres] [--base d9a1c0a6] [--checkout FOLDER]
 *
 * sends the recorded traffic and random requests to the version of a commit and to the one in a folder, this one by default, and
 * compares all rows that they record. With `--postgres`, that one stores them in PostgreSQL. With `--write`, it writes the rows of the commit that the tests compare with.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    requests: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    base: { type: 'string', default: since },
    checkout: { type: 'string' },
    postgres: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
if (positionals.join() !== 'journal-rows') {
  process.stderr.write('Name a proof: journal-rows.\n')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'scimulator-prove-'))
const postgres = values.postgres ? await startPostgresServer() : undefined
try {
  const options = {
    folder,
    seed: Number(values.seed),
    requests: Number(values.requests),
    base: values.base,
    checkout: values.checkout,
    newSchema: postgres && (() => newSchema(postgres.url)),
    print: (line: string) => process.stdout.write(`${line}\n`),
  }
  if (values.write) {
    await writeExpectedRows(options)
  } else {
    const isProven = await proveJournalRows(options)
    process.stdout.write(isProven ? 'Proven.\n' : 'Not proven.\n')
    process.exitCode = isProven ? 0 : 1
  }
} finally {
  await postgres?.remove()
  rmSync(folder, { recursive: true, force: true })
}

async function newSchema(url: string): Promise<Data> {
  const schema = `prove_${randomBytes(6).toString('hex')}`
  const db = new pg.Client({ connectionString: url })
  await db.connect()
  await db.query(`create schema ${schema}`)
  await db.end()
  return { url, schema }
}
