import t from 'tap'
import { provePostgresBackups, proveSqliteBackups } from '../../scripts/prove/backup.ts'
import { skipWithoutPrograms } from '../support/postgres.ts'

/** `npm run prove -- backup` does this 20 times with each engine. */
const share = { runs: 1, kills: 1, seed: 20261201, print: (line: string) => void t.comment(line) }

t.test(
  'a backup of SQLite under load has every acknowledged write, and a kill leaves all or nothing',
  async t => {
    t.ok(await proveSqliteBackups(share))
  },
)

t.test(
  'a backup of PostgreSQL under load has every acknowledged write',
  { skip: skipWithoutPrograms },
  async t => {
    t.ok(await provePostgresBackups({ ...share, kills: 0 }))
  },
)
