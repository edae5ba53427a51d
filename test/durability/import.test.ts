import { copyFileSync, watch } from 'node:fs'
import t from 'tap'
import { inspect, requireConsistent } from '../../scripts/endure/consistency.ts'
import { killServers, type Served, serve } from '../../scripts/endure/server.ts'
import { awsExport, exported } from '../support/aws-export.ts'
import { tarOf } from '../support/imports.ts'

const users = Array.from({ length: 600 }, (_, nth) => `user.n${nth}@springfield.example`)
const archive = tarOf(
  awsExport({ users, groups: ['All'], members: { All: users }, assignments: [{ to: 'All' }] }),
)

const importTo = (server: Served) =>
  fetch(`${server.console}/api/v1/tenants/import?id=imported`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: archive,
  })

/** The rows of an import, read from the file. */
const heldIn = (file: string) =>
  inspect(file, db => {
    const count = (from: string) => db.prepare<[], number>(`select count(*) from ${from}`).pluck().get()
    return {
      listed: count('tenants where imported is not null'),
      unlisted: count('unlisted_tenants'),
      resources: count('resources'),
      versions: count('versions'),
      memberships: count('memberships'),
      events: count('membership_events'),
      permissionSets: count('permission_sets'),
      assignments: count('account_assignments'),
    }
  })

const complete = {
  ...{ listed: 1, unlisted: 0, resources: 601, versions: 601, memberships: 600, events: 600 },
  ...{ permissionSets: 1, assignments: 1 },
}
const nothing = Object.fromEntries(Object.keys(complete).map(name => [name, 0]))

t.teardown(killServers)

const folder = t.testdir()
const empty = `${folder}/empty.db`
const first = await serve(empty)
await first.end()
t.same(heldIn(empty), nothing)

for (const writes of [1, 4, 8, 16]) {
  t.test(`an import that is killed at write ${writes} is complete or gone`, async t => {
    const name = `${writes}.db`
    const file = `${folder}/${name}`
    for (const one of ['', '.journal']) copyFileSync(empty + one, file + one)
    const server = await serve(file)
    let left = writes
    const watcher = watch(folder, (_event, changed) => {
      if (changed === `${name}-wal` && --left === 0) server.signal('SIGKILL')
    })
    // The killed server does not respond.
    await importTo(server).catch(() => undefined)
    await server.end('SIGKILL')
    watcher.close()
    const after = heldIn(file)
    t.ok(after.listed === 0 || after.unlisted === 0)

    const next = await serve(file)
    const response = await importTo(next)
    t.match(
      [response.status, await response.json()],
      after.listed === 1 ? [409] : [201, { result: { store: exported.store } }],
    )
    await next.end()
    t.same(heldIn(file), complete)
    inspect(file, db => requireConsistent(db, 'after the import'))
  })
}
