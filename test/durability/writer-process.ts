import { connect } from '../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../src/storage/sqlite/database.ts'
import { migrate } from '../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../src/storage/sqlite/resources.ts'
import { createWriter } from '../../src/storage/sqlite/writer.ts'
import { add, groupDraft, place, userDraft } from '../contract/store-fixture.ts'

/**
 * Writes users and adds each to a group, many in parallel, and prints each acknowledged write on a line,
 * until it is killed. Arguments: the database file, and a prefix of all ids.
 */
const [file, run] = process.argv.slice(2)
const db = openSqlite(file)
migrate(db)
const connections = connect(db)
const store = createResourceStore(connections, createWriter(db))
const group = place('Group', 'g')
if (!(await store.find(group))) await store.insert(group, { now: 1 }, groupDraft('g'), 1)

const say = (line: string) => process.stdout.write(`${line}\n`)

async function writeWithoutEnd(lane: number): Promise<never> {
  for (let number = 0; ; number++) {
    const id = `${run}-${lane}-${number}`
    await store.insert(place('User', id), { now: 1 }, userDraft(id), Number.MAX_SAFE_INTEGER)
    say(`user ${id}`)
    await store.update(group, { now: 1 }, () => groupDraft('g', [add(id)]))
    say(`member ${id}`)
  }
}

await Promise.all(Array.from({ length: 8 }, (_, lane) => writeWithoutEnd(lane)))
