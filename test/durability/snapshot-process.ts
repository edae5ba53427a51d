import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { createLongWrites } from '../../src/storage/sqlite/long-writes.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { createSqliteSnapshots } from '../../src/storage/sqlite/snapshots.ts'
import { clearTenants } from '../../src/storage/sqlite/tenant-rows.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { actionsOn, tenant } from '../contract/store-fixture.ts'

/**
 * Saves and restores two directories in turn until it is killed. Prints `begin` when it is ready, then a line for each
 * completed step. Argument: the database file.
 */
const [file = ''] = process.argv.slice(2)
const db = openSqlite(file)
migrate(db)
const connections = connect(db)
const writer = createWriter(db)
const store = createResourceStore(connections, writer)
db.prepare(`
  insert or ignore into tenants (key, id, profile, on_delete, throttle, switches, clock_offset, created)
  values (?, 'acme', 'rfc', 'retain', 'off', '{}', 0, 0)`).run(tenant)
const longWrites = createLongWrites(db, writer)
const snapshots = createSqliteSnapshots({ db, writer, longWrites, reload: () => store.reload })
const { addUser, addGroup } = actionsOn(store)
const say = (line: string) => process.stdout.write(`${line}\n`)

/** A directory with this number of users, all of them in one group. */
async function fill(name: string, users: number): Promise<void> {
  await writer.write(() => clearTenants(db, `tenant = ${tenant}`))
  const ids = Array.from({ length: users }, (_, at) => `${name}-${at}`)
  await Promise.all(ids.map(id => addUser(id)))
  await addGroup(name, ids)
}

const stored = await snapshots.list()
const savedAs = async (name: string, users: number) => {
  const known = stored.find(one => one.name === name)
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
