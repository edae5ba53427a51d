import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import { createOAuthClientStore } from '../../src/storage/common/stores/oauth-clients.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createSqliteTables } from '../../src/storage/sqlite/held-tables.ts'
import { createSqliteAccessTokens } from '../../src/storage/sqlite/stores.ts'
import { createTenantStore } from '../../src/storage/sqlite/tenants.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { profileWithEndpoint } from '../contract/oauth-clients.ts'
import { sampleOf } from '../support/property.ts'

const rounds = 8
const tokenProcess = fileURLToPath(new URL('token-process.ts', import.meta.url))

/** Kills a process after this number of issued access tokens, and returns all of them. */
async function killAfter(count: number, file: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, [tokenProcess, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const issued: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    issued.push(line)
    if (issued.length === count) child.kill('SIGKILL')
  }
  const [, signal] = await closed
  if (signal !== 'SIGKILL') throw new Error('The process ended before it was killed.')
  return issued
}

t.test('TS-063 an access token is on disk before it is returned, whenever the process is killed', async t => {
  const file = `${t.testdir()}/scimulator.db`
  const issued: string[] = []
  for (const count of sampleOf(fc.integer({ min: 1, max: 300 }), rounds)) {
    issued.push(...(await killAfter(count, file)))
    const db = openSqlite(file)
    const writer = createWriter(db)
    const tenants = createTenantStore(db, writer, profileWithEndpoint)
    const clients = createOAuthClientStore(
      createSqliteTables(db, writer),
      tenants,
      createSqliteAccessTokens(db, writer),
    )
    const known = await Promise.all(issued.map(text => clients.findAccessToken(text)))
    t.equal(known.filter(one => one?.isRevoked === false).length, issued.length)
    t.same(db.pragma('integrity_check'), [{ integrity_check: 'ok' }])
    await writer.close()
    db.close()
  }
})
