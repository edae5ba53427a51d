import { request } from 'node:http'
import Sqlite from 'better-sqlite3'
import t from 'tap'
import { startWith } from '../../support/started-server.ts'

const token = 'a-token-for-the-test-of-closing'

/** Adds users that a filter takes a while to read. */
function addUsers(path: string, count: number): void {
  const db = new Sqlite(path)
  db.exec(`
    with recursive n (key) as (select 1 union all select key + 1 from n limit ${count})
    insert into resources (key, tenant, type, id, document, search, keys, version, created, last_modified, label,
      display, names, enabled)
    select n.key, t.key, 'User', 'u' || n.key, '{}', jsonb('{}'), '[]', 1, 1, 1, 'u' || n.key, '', '', 1
    from n, tenants t;
    insert into counts select key, 'User', 0, ${count} from tenants`)
  db.close()
}

t.test('closing during a search in a thread lets it end or ends it, and releases the database', async t => {
  const flags = ['--profile=rfc', '--token', token, '--data', `${t.testdir()}/data.db`]
  const first = await startWith(t, flags)
  await first.close()
  addUsers(`${t.testdirName}/data.db`, 20_000)
  const server = await startWith(t, flags)
  /** The status; without a kept connection, which would delay the end of the server. */
  const get = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` }
      request(server.endpoint + path, { agent: false, headers }, response => {
        response.resume().on('end', () => resolve(response.statusCode))
      })
        .on('error', reject)
        .end()
    })
  const filter = Array.from({ length: 30 }, () => 'title co "x"').join(' or ')
  const search = get(`/Users?filter=${encodeURIComponent(filter)}`).catch(() => 'closed')
  t.equal(await get('/ServiceProviderConfig'), 200)
  await server.close()
  t.ok([200, 'closed'].includes((await search) ?? ''))
  const again = await startWith(t, flags)
  t.equal(again.data, flags.at(-1))
})
