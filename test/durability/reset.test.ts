import { copyFileSync, watch } from 'node:fs'
import t from 'tap'
import { createClient, runConcurrently, userBody } from '../../scripts/endure/client.ts'
import { inspect, requireConsistent } from '../../scripts/endure/consistency.ts'
import { killServers, type Served, serve } from '../../scripts/endure/server.ts'

const tenants = Array.from({ length: 24 }, (_, at) => `t${at}`)

async function call(server: Served, method: string, path: string, body: object) {
  const response = await fetch(`${server.console}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`)
  return (await response.json()) as { readonly endpoint: string; readonly value: string }
}

/** Creates tenants with users and advanced clocks. */
async function fill(server: Served): Promise<void> {
  for (const id of tenants) {
    const { endpoint } = await call(server, 'POST', '/tenants', { id, profile: 'rfc' })
    const { value } = await call(server, 'POST', `/tenants/${id}/tokens`, {})
    await call(server, 'PUT', `/tenants/${id}/clock`, { advance: '1h' })
    const client = createClient(endpoint, 4, value)
    await runConcurrently(4, async hand => {
      for (let n = 0; n < 2; n++) await client.callApi('POST', '/Users', userBody(`user-${hand}-${n}`))
    })
    client.close()
  }
  // The response waits until the journal is written.
  await fetch(`${server.console}/api/v1/exchanges`)
}

/** The rows that a reset deletes, read from the file. */
const heldIn = (file: string) =>
  inspect(file, db => {
    requireConsistent(db, 'after the kill')
    const count = (from: string) => db.prepare<[], number>(`select count(*) from ${from}`).pluck().get()
    return {
      users: count('resources'),
      versions: count('versions'),
      counted: count('counts'),
      clocksAhead: count('tenants where clock_offset > 0'),
      exchanges: count('exchanges'),
    }
  })

t.teardown(killServers)

const folder = t.testdir()
const filled = `${folder}/filled.db`
const first = await serve(filled)
await fill(first)
await first.end()
const before = heldIn(filled)
t.match(before, { users: 192, clocksAhead: 24, exchanges: 192 })

const nothing = { users: 0, versions: 0, counted: 0, clocksAhead: 0, exchanges: 0 }

// Killed at the first write to the database or the journal, at the second, and so on.
for (const [ending, writes] of [
  ['-wal', 1],
  ['-wal', 2],
  ['.journal-wal', 1],
  ['.journal-wal', 2],
] as const) {
  t.test(`a reset that is killed at write ${writes} to ${ending} is completed by the next one`, async t => {
    const name = `${writes}${ending}.db`
    const file = `${folder}/${name}`
    for (const one of ['', '.journal']) copyFileSync(filled + one, file + one)
    const server = await serve(file)
    let left = writes
    const watcher = watch(folder, (_event, changed) => {
      if (changed === name + ending && --left === 0) server.signal('SIGKILL')
    })
    // The killed server does not respond.
    await call(server, 'POST', '/reset', {}).catch(() => undefined)
    await server.end('SIGKILL')
    watcher.close()
    const after = heldIn(file)
    // The database is reset in one transaction, the journal in portions after it.
    const { exchanges } = after
    t.same(after, after.users === 0 ? { ...nothing, exchanges } : before)

    const next = await serve(file)
    await call(next, 'POST', '/reset', {})
    // Acknowledged, and therefore complete whatever happens next.
    await next.end('SIGKILL')
    t.same(heldIn(file), nothing)
  })
}
