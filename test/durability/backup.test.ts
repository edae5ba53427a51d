import t from 'tap'
import { proveBackups } from '../../scripts/prove/backup.ts'

/** `npm run prove -- backup` does this 20 times. */
const share = { runs: 2, kills: 2, seed: 20261201 }

t.test('a backup under load has every acknowledged write, and a kill leaves all or nothing', async t => {
  await proveBackups({ ...share, print: line => void t.comment(line) })
})
