import { migrate } from '../../src/database/migrate.ts'
import { openSqlite } from '../../src/database/sqlite.ts'
import { createWriter } from '../../src/database/sqlite-writer.ts'
import { createSqliteSnapshots } from '../../src/snapshots/sqlite-snapshots.ts'
import { createSqliteDirectory } from '../../src/store/sqlite-directory.ts'
import { createSqliteStore } from '../../src/store/sqlite-store.ts'
import { speakTo, tenant } from '../contract/store-fixture.ts'

/**
 * Goes back and forth between two directories, saving and restoring without an end, until it is killed. Says `begin`
 * when it is ready, then a line for each thing done. Argument: the database file.
 */
const [file = ''] = process.argv.slice(2)
const db = openSqlite(file)
migrate(db)
const writer = createWriter(db)
const store = createSqliteStore(db, writer)
const directory = createSqliteDirectory(db, writer)
db.prepare(`
  insert or ignore into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created)
  values (?, 'acme', 'rfc', 'retain', 'off', '{}', 0, 0)`).run(tenant)
const reread = () => {
  store.reread()
  return () => {}
}
const snapshots = createSqliteSnapshots({ db, writer, path: file, reread })
const { addUser, addGroup } = speakTo(store)
const say = (line: string) => process.stdout.write(`${line}\n`)

/** A directory of so many users, all of them in one group. */
async function fill(name: string, users: number): Promise<void> {
  await writer.write(() => directory.clear(tenant))
  const ids = Array.from({ length: users }, (_, at) => `${name}-${at}`)
  await Promise.all(ids.map(id => addUser(id)))
  await addGroup(name, ids)
}

const kept = await snapshots.list()
const savedAs = async (name: string, users: number) => {
  const known = kept.find(one => one.name === name)
  if (known) return known.id
  await fill(name, users)
  return (await snapshots.save(name)).id
}

const small = await savedAs('small', 100)
const large = await savedAs('large', 300)
await snapshots.restore(large)
say('begin')
for (;;) {
  await snapshots.restore(small)
  say('small')
  const { id } = await snapshots.save('again')
  say('saved')
  await snapshots.remove(id)
  await snapshots.restore(large)
  say('large')
}
