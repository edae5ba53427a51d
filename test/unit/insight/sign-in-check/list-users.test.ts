import t from 'tap'
import type { Directory, Identity } from '../../../../src/domain/ports/directory.ts'
import { listUserSignIns } from '../../../../src/insight/sign-in-check/users.ts'

const identity = (key: number, changes: Partial<Identity> = {}): Identity => ({
  key,
  type: 'User',
  id: `user-${key}`,
  status: 'active',
  label: `user-${key}@example.com`,
  display: `User ${key}`,
  versions: 1,
  firstSeen: 0,
  lastWritten: 0,
  lastSeen: 0,
  groups: [],
  ...changes,
})

/** A directory of so many users, every `nth` of which has no address as its name. It notes the size of each read. */
function directoryOf(count: number, nth: number) {
  const reads: number[] = []
  const identities: Directory['identities'] = async (_tenant, _type, { limit, cursor }) => {
    const first = cursor === undefined ? count : Number(cursor)
    const last = Math.max(0, first - limit)
    reads.push(limit)
    const items = Array.from({ length: first - last }, (_, at) => {
      const key = first - at
      return identity(key, key % nth === 0 ? { label: `user-${key}` } : {})
    })
    return { items, ...(last > 0 && { next: String(last) }) }
  }
  const directory = { identities, identity: async () => undefined }
  return { deps: { directory, assignments: { assignments: async () => [] } }, reads }
}

t.test('a page reads a bounded part of the directory, in small reads', async t => {
  const { deps, reads } = directoryOf(100_000, 100_001)
  const page = await listUserSignIns(deps, 1, { verdict: 'no', limit: 50 })
  t.same(page, { items: [], next: '97500' })
  t.same({ reads: reads.length, largest: Math.max(...reads) }, { reads: 50, largest: 50 })
})

t.test('the pages together list each user with the verdict once', async t => {
  for (const [nth, limit] of [
    [7, 3],
    [1, 20],
    [60, 200],
    [3000, 1],
  ] as const) {
    const { deps } = directoryOf(6010, nth)
    const found: number[] = []
    let cursor: string | undefined
    do {
      const page = await listUserSignIns(deps, 1, { verdict: 'no', limit, ...(cursor && { cursor }) })
      t.ok(page.items.length <= limit)
      found.push(...page.items.map(({ identity }) => identity.key))
      cursor = page.next
    } while (cursor !== undefined)
    const expected = Array.from({ length: 6010 }, (_, at) => 6010 - at).filter(key => key % nth === 0)
    t.same(found, expected, `every ${nth}th by ${limit}`)
  }
})

t.test('an aborted list ends', async t => {
  const { deps } = directoryOf(100_000, 100_001)
  const signal = AbortSignal.abort(new Error('gone'))
  const identities: Directory['identities'] = async (tenant, type, query) => {
    query.signal?.throwIfAborted()
    return deps.directory.identities(tenant, type, query)
  }
  const list = listUserSignIns({ ...deps, directory: { ...deps.directory, identities } }, 1, {
    verdict: 'no',
    limit: 50,
    signal,
  })
  await t.rejects(list, { message: 'gone' })
})
