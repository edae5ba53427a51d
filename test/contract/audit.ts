import type { Test } from 'tap'
import {
  type Audit,
  type AuditBeginning,
  type AuditCaller,
  AuditCursorError,
  parseAuditSearch,
  toAuditObjects,
} from '../../src/domain/audit/audit.ts'

/** Opens an empty audit log. `reopen` opens it as after a restart. */
export type OpenAudit = (t: Test) => Promise<{ readonly audit: Audit; readonly reopen: () => Promise<Audit> }>

const start = Date.parse('2026-03-01T09:00:00Z')
const minute = 60_000

const anna: AuditCaller = {
  kind: 'person',
  issuer: 'https://idp.example',
  subject: 'u-1',
  name: 'Anna "Ä" Bauer',
}
const robot: AuditCaller = { kind: 'identity', issuer: 'https://idp.example', subject: 'robot' }
const ci: AuditCaller = { kind: 'token', id: 't-1', name: 'ci' }

/** An entry `at` minutes after the start. */
const beginning = (at: number, entry: Partial<AuditBeginning> = {}): AuditBeginning => ({
  at: start + at * minute,
  caller: { kind: 'open' },
  operation: 'reset',
  address: '127.0.0.1',
  ...entry,
})

const done = (status: number, ...ids: readonly string[]) => ({ status, objects: toAuditObjects(ids) })

/** The operations of the entries that a search finds, newest first. */
async function search(audit: Audit, text: string): Promise<readonly string[]> {
  const { terms, errors } = parseAuditSearch(text, start)
  if (errors.length > 0) throw new Error(JSON.stringify(errors))
  const { items } = await audit.page({ search: terms, limit: 100 })
  return items.map(({ operation }) => operation)
}

/** The behavior of every audit log. */
export function describeAudit(t: Test, open: OpenAudit): void {
  t.test('TS-170 an entry has its outcome once the operation is complete, also after a restart', async t => {
    const { audit, reopen } = await open(t)
    const entry = beginning(0, {
      caller: anna,
      authentication: { age: 42, acr: 'c1' },
      operation: 'purgeStale',
      tenant: 'acme',
    })
    const id = await audit.add(entry)
    t.same(await audit.page({ search: [], limit: 10 }), { items: [{ ...entry, id }] })
    const outcome = done(200, 'one', 'two')
    await audit.complete(id, outcome)
    for (const log of [audit, await reopen()]) {
      t.same(await log.page({ search: [], limit: 10 }), { items: [{ ...entry, id, outcome }] })
    }
    await audit.complete(id, done(500))
    t.same((await audit.page({ search: [], limit: 10 })).items[0]?.outcome, outcome, 'it has one outcome')
  })

  t.test('TS-170 every kind of caller is kept, and the problem of a refusal', async t => {
    const { audit } = await open(t)
    const outcome = { ...done(403), problem: 'not-allowed' }
    const callers: readonly AuditCaller[] = [{ kind: 'open' }, ci, anna, robot]
    for (const [at, caller] of callers.entries()) await audit.add({ ...beginning(at, { caller }), outcome })
    const { items } = await audit.page({ search: [], limit: 10 })
    t.same(
      items.map(({ caller, outcome }) => ({ caller, outcome })),
      callers.map(caller => ({ caller, outcome })).reverse(),
    )
  })

  t.test('TS-170 20 IDs are kept, and the number of all', async t => {
    const { audit } = await open(t)
    const ids = Array.from({ length: 30 }, (_, at) => `id-${at}`)
    await audit.add({ ...beginning(0), outcome: done(200, ...ids) })
    const [entry] = (await audit.page({ search: [], limit: 1 })).items
    t.same(entry?.outcome?.objects, { ids: ids.slice(0, 20), count: 30 })
  })

  t.test('texts of clients are stored whatever their characters, cut to a fixed length', async t => {
    const { audit } = await open(t)
    const hostile = `a\0b\ud800'"\\%_${'x'.repeat(1000)}`
    await audit.add({ ...beginning(0, { tenant: hostile }), outcome: done(404, hostile) })
    const [entry] = (await audit.page({ search: [], limit: 1 })).items
    const kept = `a\ufffdb\ufffd'"\\%_${'x'.repeat(247)}`
    t.same(entry, { ...beginning(0, { tenant: kept }), id: entry?.id, outcome: done(404, kept) })
  })

  t.test('TS-171 the log is read in pages and in batches, newest first', async t => {
    const { audit } = await open(t)
    t.same(await audit.page({ search: [], limit: 10 }), { items: [] })
    // More than a batch.
    const count = 1005
    await Promise.all(
      Array.from({ length: count }, (_, at) => audit.add(beginning(0, { operation: `o${at}` }))),
    )
    const expected = Array.from({ length: count }, (_, at) => `o${count - 1 - at}`)
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const page = await audit.page({ search: [], limit: 200, ...(cursor !== undefined && { cursor }) })
      paged.push(...page.items.map(({ operation }) => operation))
      cursor = page.next
    } while (cursor !== undefined)
    t.same(paged, expected)
    const batches: number[] = []
    const all: string[] = []
    for await (const entries of audit.batches([])) {
      batches.push(entries.length)
      all.push(...entries.map(({ operation }) => operation))
    }
    t.same(all, expected)
    t.same(batches, [1000, 5])
    t.equal((await audit.page({ search: [], limit: 200 })).total, count)
    const { terms } = parseAuditSearch('operation:o1', 0)
    const found = await audit.page({ search: terms, limit: 1 })
    t.match(found, { items: [{ operation: 'o1004' }], total: undefined }, 'a search is not counted')
    const exact = await audit.page({ search: [], limit: count })
    t.equal(exact.next, undefined, 'there is no page after the last one')
    for (const bad of ['', 'x', `${exact.items[0]?.id}0`, "' or 1=1"]) {
      await t.rejects(audit.page({ search: [], limit: 1, cursor: bad }), AuditCursorError, bad)
    }
  })

  t.test('TS-171 each field can be searched', async t => {
    const { audit } = await open(t)
    await audit.add({ ...beginning(0, { caller: anna, operation: 'signIn' }), outcome: done(200) })
    await audit.add({
      ...beginning(1, { caller: anna, operation: 'purgeStale', tenant: 'acme' }),
      outcome: done(200, 'user-1', 'user%2'),
    })
    await audit.add({
      ...beginning(2, { caller: ci, operation: 'deleteTenant', tenant: 'other' }),
      outcome: done(403),
    })
    await audit.add({
      ...beginning(3, { caller: robot, operation: 'createFault' }),
      outcome: done(201, 'fault-1'),
    })
    await audit.add(beginning(4))
    const rows: readonly (readonly [string, readonly string[]])[] = [
      ['', ['reset', 'createFault', 'deleteTenant', 'purgeStale', 'signIn']],
      ['who:anna', ['purgeStale', 'signIn']],
      ['who:U-1', ['purgeStale', 'signIn']],
      ['who:robot', ['createFault']],
      ['who:ci', ['deleteTenant']],
      ['-who:anna', ['reset', 'createFault', 'deleteTenant']],
      ['caller:person', ['purgeStale', 'signIn']],
      ['caller:OPEN', ['reset']],
      ['-caller:open -caller:person', ['createFault', 'deleteTenant']],
      ['operation:purge', ['purgeStale']],
      ['operation:DELETE', ['deleteTenant']],
      ['tenant:acme', ['purgeStale']],
      ['-tenant:acme', ['reset', 'createFault', 'deleteTenant', 'signIn']],
      ['object:user-1', ['purgeStale']],
      ['object:user%2', ['purgeStale']],
      ['object:user', []],
      ['-object:user-1', ['reset', 'createFault', 'deleteTenant', 'signIn']],
      ['status:200', ['purgeStale', 'signIn']],
      ['status:2xx', ['createFault', 'purgeStale', 'signIn']],
      ['status:none', ['reset']],
      ['-status:none status:4xx', ['deleteTenant']],
      ['-status:2xx', ['reset', 'deleteTenant']],
      ['after:2026-03-01T09:02:00Z', ['reset', 'createFault', 'deleteTenant']],
      ['before:2026-03-01T09:02:00Z', ['purgeStale', 'signIn']],
      ['after:1m before:2026-03-01T09:01Z', ['signIn']],
      ['bauer', ['purgeStale', 'signIn']],
      ['acme', ['purgeStale']],
      ['FAULT-1', ['createFault']],
      ['ser%', ['purgeStale']],
      ['-acme', ['reset', 'createFault', 'deleteTenant', 'signIn']],
      ['who:"\'; drop table audit --"', []],
      ['tenant:\u0000', []],
    ]
    for (const [text, expected] of rows) t.same(await search(audit, text), expected, text)
  })

  t.test('old entries are deleted', async t => {
    const { audit } = await open(t)
    await Promise.all(Array.from({ length: 1005 }, () => audit.add(beginning(0))))
    for (let at = 1; at < 4; at++) await audit.add(beginning(at, { operation: `o${at}` }))
    await audit.prune(start)
    t.equal((await search(audit, 'operation:reset')).length, 100)
    await audit.prune(start + 2 * minute)
    t.same(await search(audit, ''), ['o3', 'o2'])
    await audit.prune(start + 10 * minute)
    t.same(await search(audit, ''), [])
  })
}
