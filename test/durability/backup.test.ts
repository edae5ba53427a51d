import t from 'tap'
import { provePostgresBackups, proveSqliteBackups } from '../../scripts/prove/backup.ts'
import { skipWithoutPrograms } from '../support/postgres.ts'

/** `npm run prove -- backup` does this 20 times. */
const share = { runs: 2, kills: 2, seed: 20261201, print: (line: string) => void t.comment(line) }

t.test(
  'a backup of SQLite under load has every acknowledged write, and a kill leaves all or nothing',
  async t => {
    t.ok(await proveSqliteBackups(share))
  },
)

t.test(
  'a backup of PostgreSQL under load has every acknowledged write, and a kill leaves all or nothing',
  { skip: skipWithoutPrograms },
  async t => {
    t.ok(await provePostgresBackups({ ...share, kills: 1 }))
  },
)
