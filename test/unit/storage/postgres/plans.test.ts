import pg from 'pg'
import t from 'tap'
import { createClient } from '../../../../scripts/endure/client.ts'
import { copyUsers, createPatterns } from '../../../../scripts/endure/postgres-users.ts'
import { tenant, token } from '../../../../scripts/endure/server.ts'
import { explainRequests } from '../../../../scripts/prove/postgres-scale/explained.ts'
import { skipWithoutPrograms } from '../../../support/postgres.ts'
import { startPostgresServer } from '../../../support/postgres-server.ts'
import { startWith } from '../../../support/started-server.ts'

t.test(
  'each statement of a request finds rows by an index that begins with the tenant',
  {
    skip: skipWithoutPrograms,
  },
  async t => {
    const { url, folder, remove } = await startPostgresServer()
    t.teardown(remove)
    const start = async (url: string) => {
      const server = await startWith(t, [
        ...['--database-url', url, '--log-level', 'silent'],
        ...['--tenant', tenant, '--token', token, '--profile', 'rfc'],
      ])
      return { base: server.endpoint, console: server.console, end: server.close }
    }
    const first = await start(url)
    const client = createClient(first.base)
    await createPatterns(client)
    client.close()
    await first.end()
    const admin = new pg.Client({ connectionString: url })
    await admin.connect()
    t.teardown(() => admin.end())
    const users = 1000
    await copyUsers(admin, users, () => {})
    await admin.query('vacuum analyze')
    const explained = await explainRequests({ url, users, admin }, `${folder}/server.log`, start)
    for (const { name, indexes, others } of explained) {
      t.same(others, [], name)
      t.ok(indexes.length > 0, `${name}: ${indexes}`)
    }
  },
)
