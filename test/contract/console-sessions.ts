import type { Test } from 'tap'
import type { ConsoleSession, ConsoleSessionStore } from '../../src/domain/ports/console-access.ts'

const many = { person: 10, total: 10 }
const hashOf = (byte: number) => Buffer.alloc(32, byte)

const aSession = (id: string, more: Partial<ConsoleSession> = {}): ConsoleSession => ({
  id,
  issuer: 'https://login.example',
  subject: `subject of ${id}`,
  role: 'read',
  created: 1000,
  lastUsed: 1000,
  expires: 9000,
  ...more,
})

/** The behavior of every store of the console's sessions. */
export function describeConsoleSessions(t: Test, open: (t: Test) => Promise<ConsoleSessionStore>): void {
  t.test('a session is found by its hash only, with all that was saved', async t => {
    const store = await open(t)
    const whole = aSession('a', { name: 'Anna "O’Hara"', role: 'write', authenticated: 900, acr: 'c1' })
    await store.save(hashOf(1), whole, many)
    await store.save(hashOf(2), aSession('b'), many)
    t.same(await store.find(hashOf(1)), whole)
    t.same(await store.find(hashOf(2)), aSession('b'))
    t.equal(await store.find(hashOf(3)), undefined)
    t.same(await store.get('a'), whole)
    t.equal(await store.get('c'), undefined)
  })

  t.test('sessions are listed newest first, and a use is recorded', async t => {
    const store = await open(t)
    await store.save(hashOf(1), aSession('a', { created: 1000 }), many)
    await store.save(hashOf(2), aSession('b', { created: 3000 }), many)
    await store.save(hashOf(3), aSession('c', { created: 2000 }), many)
    await store.touch(hashOf(1), 5000)
    await store.touch(hashOf(9), 5000)
    t.same(
      (await store.list()).map(({ id, lastUsed }) => [id, lastUsed]),
      [
        ['b', 1000],
        ['c', 1000],
        ['a', 5000],
      ],
    )
  })

  t.test('with more sessions than the maximum, the least recently used ones end', async t => {
    const store = await open(t)
    await store.save(hashOf(1), aSession('a', { lastUsed: 1000 }), { ...many, total: 2 })
    await store.save(hashOf(2), aSession('b', { lastUsed: 2000 }), { ...many, total: 2 })
    await store.touch(hashOf(1), 3000)
    await store.save(hashOf(3), aSession('c', { lastUsed: 4000 }), { ...many, total: 2 })
    t.equal(await store.find(hashOf(2)), undefined)
    t.same((await store.list()).map(({ id }) => id).sort(), ['a', 'c'])
  })

  t.test('sign-ins of one person end the least recently used sessions of that person only', async t => {
    const store = await open(t)
    const limits = { person: 3, total: 5 }
    const signIn = (byte: number, person: string) =>
      store.save(
        hashOf(byte),
        aSession(`${person}-${byte}`, { subject: person, lastUsed: 1000 + byte }),
        limits,
      )
    const ids = async () => (await store.list()).map(({ id }) => id).sort()
    await signIn(1, 'anna')
    await signIn(2, 'bert')
    for (const byte of [3, 4, 5, 6, 7, 8]) await signIn(byte, 'eve')
    t.same(await ids(), ['anna-1', 'bert-2', 'eve-6', 'eve-7', 'eve-8'])
    await store.save(hashOf(9), aSession('other', { issuer: 'https://other.example', subject: 'bert' }), {
      ...limits,
      total: 6,
    })
    t.same(
      await ids(),
      ['anna-1', 'bert-2', 'eve-6', 'eve-7', 'eve-8', 'other'],
      'an issuer has its own people',
    )
    await signIn(10, 'eve')
    t.same(await ids(), ['anna-1', 'bert-2', 'eve-10', 'eve-8', 'other'], 'also beyond the limit of all')
    await signIn(11, 'carl')
    t.equal((await ids()).length, 5)
    t.ok((await ids()).includes('carl-11'))
  })

  t.test('sessions end one by one, all at once, and when they have expired or were idle', async t => {
    const store = await open(t)
    for (const [at, id] of ['a', 'b', 'c', 'd'].entries()) {
      await store.save(hashOf(at), aSession(id, { expires: 9000 + at, lastUsed: 1000 + at }), many)
    }
    t.equal(await store.end('b'), true)
    t.equal(await store.end('b'), false)
    t.equal(await store.find(hashOf(1)), undefined)
    await store.prune({ expired: 9000, idle: 1000 })
    t.same((await store.list()).map(({ id }) => id).sort(), ['c', 'd'])
    await store.prune({ expired: 0, idle: 1003 })
    t.same(
      (await store.list()).map(({ id }) => id),
      ['d'],
    )
    t.equal(await store.endAll(), 1)
    t.equal(await store.endAll(), 0)
    t.same(await store.list(), [])
  })
}
