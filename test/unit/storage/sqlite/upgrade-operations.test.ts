import t, { type Test } from 'tap'
import type { Exchange } from '../../../../src/domain/journal/exchange.ts'
import { createMatcher } from '../../../../src/domain/journal/search/matches.ts'
import { type Database, openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { createJournal } from '../../../../src/storage/sqlite/journal.ts'
import { upgrade } from '../../../../src/storage/sqlite/journal-file.ts'
import { migrate } from '../../../../src/storage/sqlite/migrations.ts'
import { anExchange } from '../../../contract/journal.ts'
import { migrationsBelow } from '../../../support/earlier-database.ts'
import { openTestJournal } from '../../../support/journal-database.ts'
import { searchFor } from '../../../support/search.ts'

/** A database as the release before the column `operation` created it. */
function previousDatabase(t: Test): Database {
  const root = t.testdir({})
  const folder = migrationsBelow(root, '0015')
  const db = openSqlite(`${root}/before.db`)
  t.teardown(() => db.close())
  migrate(db, { folder })
  return db
}

/** Stores an exchange in the format of that release: with its sentence only. */
function insertAsBefore(db: Database, seq: number, exchange: Exchange): void {
  const { tenantTime, microseconds, target, token, refusal, fault, request, response } = exchange
  const details = {
    ...{ tenantTime, microseconds, target, token, refusal },
    ...(fault && { fault: { id: fault.id, words: fault.summary } }),
    request: { headers: request.headers },
    response: { headers: response.headers, cutFrom: response.cutFrom },
  }
  db.prepare(
    `insert into exchanges
      (seq, id, tenant, at, method, url, status, action, target_id, details, request_body, response_body)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    ...[seq, exchange.id, exchange.tenant ?? null, exchange.at, exchange.method, exchange.url],
    ...[exchange.status, exchange.action, target?.id ?? null, JSON.stringify(details)],
    ...[request.body ?? null, response.body ?? null],
  )
}

const user = { type: 'User', id: '42', label: 'Zoë "x"' }
const group = { type: 'Group', id: '43', label: 'Ops, of 2' }
const list = (action: string, resources: readonly object[], more: Partial<Exchange>): Partial<Exchange> => ({
  action,
  target: { type: 'User' },
  results: resources.length,
  response: {
    headers: {},
    body: JSON.stringify({ totalResults: 9, Resources: resources }),
  },
  ...more,
})
const patch = (action: string, more: Partial<Exchange>): Partial<Exchange> => ({
  method: 'PATCH',
  action,
  target: group,
  ...more,
})

/** Every form of sentence that earlier versions wrote, with the data that belongs to it. */
const sentences: readonly Partial<Exchange>[] = [
  {
    method: 'POST',
    action: 'create user',
    operation: 'create',
    target: user,
    request: { headers: { a: 'b' }, body: '{}' },
  },
  { action: 'read user', operation: 'read', target: user },
  { action: 'read schemas', operation: 'discovery' },
  { action: 'read schemas', operation: 'read', target: { type: 'Schemas', id: '1' } },
  { action: 'read resource types', operation: 'discovery' },
  { action: 'read service provider configuration', operation: 'discovery' },
  { method: 'PUT', action: 'replace user', operation: 'replace', target: user },
  { method: 'PUT', action: 'replace members', operation: 'replace', target: user },
  { method: 'PUT', action: 'replace user (enabled)', operation: 'replace', enabled: true, target: user },
  { method: 'PUT', action: 'replace user (disabled)', operation: 'replace', enabled: false, target: user },
  { method: 'DELETE', action: 'delete user', operation: 'delete', target: user },
  list('list users', [{}, {}], { operation: 'list' }),
  list('look up user by userName, externalId', [{}], { operation: 'look-up' }),
  list('search users by title, nickName, locale, timezone and 3 more', [], { operation: 'search' }),
  list('test connection', [], { operation: 'probe' }),
  {
    action: 'look up user by userName',
    operation: 'look-up',
    status: 400,
    response: { headers: {}, body: '{"status":"400"}' },
  },
  {
    action: 'list users',
    operation: 'list',
    response: { headers: {}, body: '{"totalResults":9,', cutFrom: 100_000 },
  },
  {
    action: 'list users',
    operation: 'list',
    results: 0,
    response: { headers: {}, body: '{"totalResults":9}' },
  },
  { action: 'search everything', operation: 'search', response: { headers: {}, body: '{"totalResults":9}' } },
  { method: 'POST', action: 'search users by title', operation: 'search' },
  { method: 'POST', action: 'bulk of 1 operation', operation: 'bulk', bulkOperations: 1 },
  { method: 'POST', action: 'bulk of 120 operations', operation: 'bulk', bulkOperations: 120 },
  { method: 'POST', action: 'refused: token may only read', operation: 'rejected', refusal: 'read-only' },
  { action: 'unknown address', operation: 'unknown-address', status: 404 },
  { method: 'DELETE', action: 'unsupported: DELETE on /Users', operation: 'unsupported' },
  { method: '?', action: 'broken request', operation: 'malformed' },
  patch('change group', { operation: 'update' }),
  patch('change disable, add of group', { operation: 'update' }),
  patch('rename group', { operation: 'rename' }),
  patch('rename group, change title of group', { operation: 'rename' }),
  patch('disable user', { operation: 'disable', enabled: false }),
  patch('disable user, change title, add of user', { operation: 'disable', enabled: false }),
  patch('enable user, rename user', { operation: 'enable', enabled: true }),
  patch('add 1 member', { operation: 'add-members', membersAdded: 1 }),
  patch('add 0 members', { operation: 'add-members' }),
  patch('rename group, add 1200 members', { operation: 'add-members', membersAdded: 1200 }),
  patch('change badd, add of group, add 2 members', { operation: 'add-members', membersAdded: 2 }),
  patch('remove 1 member', { operation: 'remove-members', membersRemoved: 1 }),
  patch('remove members', { operation: 'remove-members' }),
  patch('remove all members', { operation: 'remove-members' }),
  patch('change externalId of group, remove 30 members', { operation: 'remove-members', membersRemoved: 30 }),
  patch('add 2 and remove 3 members', { operation: 'change-members', membersAdded: 2, membersRemoved: 3 }),
  patch('add 2 and remove all members', { operation: 'change-members', membersAdded: 2 }),
  patch('replace members', { operation: 'replace-members' }),
  patch('rename group, replace members', { operation: 'replace-members' }),
]

t.test(
  'the data of stored exchanges is filled from their sentences, and nothing else is changed',
  async t => {
    const exchanges = sentences.map((sentence, at) =>
      anExchange(at + 1, {
        tenant: 'acme',
        token: { id: 't1', ending: 'k3f9' },
        ...(at === 1 && { fault: { id: 'f1', summary: '429, Retry-After 30' } }),
        ...sentence,
      }),
    )
    const db = previousDatabase(t)
    for (const [at, exchange] of exchanges.entries()) insertAsBefore(db, at + 1, exchange)
    db.exec(
      `insert into exchange_notes (seq, cycle, findings, client) values (1, 'c1', '["client/odd"]', 'entra')`,
    )
    const columns = 'select seq, id, at, method, url, status, action, target_id from exchanges'
    const before = db.prepare(columns).raw().all()
    const searches = [
      'action:disable',
      'user:zo',
      'group:ops',
      'target:42',
      'resource:43',
      'finding:any',
      'fault:retry-after',
      'of 2',
    ]

    upgrade(db)

    const { db: journalDb, connections } = openTestJournal({ path: `${db.name}.journal` })
    const journal = createJournal(connections)
    const { items } = await journal.page({ limit: 1000 })
    const expected = exchanges.map(
      (exchange, at): Exchange =>
        at === 0
          ? { ...exchange, notes: { client: 'entra', cycle: 'c1', findings: ['client/odd'] } }
          : exchange,
    )
    t.same(items.toReversed(), expected)
    t.same(journalDb.prepare(columns).raw().all(), before)
    for (const text of searches) {
      const search = searchFor(text)
      const page = await journal.page({ limit: 1000, search })
      t.same(page.items.toReversed(), expected.filter(createMatcher(search)), text)
    }
    journalDb.exec('delete from exchanges')
    t.same(
      journalDb.prepare('select count(*) from exchange_notes').pluck().get(),
      0,
      'notes are still deleted with their exchange',
    )
    await connections.close()
  },
)
