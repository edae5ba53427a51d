import { anExchange } from '../contract/journal.ts'
import { place, userDraft } from '../contract/store-fixture.ts'
import { openWhole } from '../support/whole-database.ts'

/**
 * Records requests, has them analyzed and creates users, until it is killed. Prints the id of each request and user once
 * it is committed. Arguments: the database file, and a prefix of all ids.
 */
const [file, run] = process.argv.slice(2)
const { journal, analysis, tenants, store } = openWhole(file)
analysis.start()
const { key } = tenants.find('acme') ?? (await tenants.create({ profile: 'rfc' }, 'acme'))

const print = (line: string) => process.stdout.write(`${line}\n`)

async function recordWithoutEnd(): Promise<never> {
  for (let number = 0; ; number += 10) {
    const ids = Array.from({ length: 10 }, (_, at) => `${run}-${number + at}`)
    for (const id of ids) journal.record({ ...anExchange(number), id, tenant: 'acme' })
    // Reading waits until everything before is committed.
    await journal.find('')
    for (const id of ids) print(`exchange ${id}`)
  }
}

async function createWithoutEnd(): Promise<never> {
  for (let number = 0; ; number++) {
    const id = `${run}-${number}`
    const user = { ...place('User', id), tenant: key }
    await store.insert(user, { now: 1, exchange: id }, userDraft(id), Number.MAX_SAFE_INTEGER)
    print(`user ${id}`)
  }
}

await Promise.all([recordWithoutEnd(), createWithoutEnd()])
