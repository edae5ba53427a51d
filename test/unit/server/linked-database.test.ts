import { readdirSync, symlinkSync } from 'node:fs'
import t from 'tap'
import { DatabaseError } from '../../../src/storage/sqlite/database.ts'
import { startWith } from '../../support/started-server.ts'

const flagsFor = (data: string) => ['--profile=rfc', '--token=a-token-for-the-test-of-links', '--data', data]

for (const exists of [true, false]) {
  const title = exists ? 'a link to a database' : 'a link to a database that does not exist yet'
  t.test(`${title} is followed: all files are next to the database, which one server can use`, async t => {
    const folder = t.testdir({ data: {}, links: {} })
    const [file, link] = [`${folder}/data/real.db`, `${folder}/links/link.db`]
    if (exists) await (await startWith(t, flagsFor(file))).close()
    symlinkSync('../data/real.db', link)
    symlinkSync('link.db', `${folder}/links/other.db`)
    const server = await startWith(t, flagsFor(link))
    for (const path of [file, link, `${folder}/links/other.db`]) {
      await t.rejects(startWith(t, flagsFor(path)), DatabaseError, path)
    }
    await server.close()
    t.same(readdirSync(`${folder}/links`), ['link.db', 'other.db'])
    t.same(readdirSync(`${folder}/data`), ['real.db', 'real.db.journal', 'real.db.lock', 'real.db.seal-key'])
  })
}
