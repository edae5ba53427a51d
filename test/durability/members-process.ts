import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { actionsOn, add } from '../contract/store-fixture.ts'

/**
 * Creates a group with many members, empties it, fills it again and deletes it, in slices and without end, until it is
 * killed. Prints `begin` when it is ready, then the number of members after each acknowledged step. Arguments: the
 * database file, and a prefix of the ids of the groups.
 */
const [file = '', run] = process.argv.slice(2)
const db = openSqlite(file)
migrate(db)
const connections = connect(db)
const writer = createWriter(db, { snapshot: connections.snapshot, longJob: 0 })
const { addUser, addGroup, edit, remove } = actionsOn(createResourceStore(connections, writer))
const say = (line: string) => process.stdout.write(`${line}\n`)

const ids = Array.from({ length: 900 }, (_, at) => `u${at}`)
if (db.prepare('select 1 from resources').get() === undefined) await Promise.all(ids.map(id => addUser(id)))
say('begin')
for (let number = 0; ; number++) {
  const group = `${run}-${number}`
  await addGroup(group, ids)
  say('900')
  await edit(group, { kind: 'remove-all' })
  say('0')
  await edit(group, add(...ids))
  say('900')
  await remove('Group', group)
  say('none')
}
