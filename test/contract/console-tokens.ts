import type { Test } from 'tap'
import type { ConsoleTokenStore } from '../../src/domain/ports/console-access.ts'

export type OpenConsoleTokens = (t: Test) => Promise<{
  readonly tokens: ConsoleTokenStore
  /** Opens the stored tokens as after a restart. */
  readonly reopen: () => Promise<ConsoleTokenStore>
  /** The rows of the table `console_tokens`. */
  readonly rows: () => Promise<readonly unknown[]>
}>

const textOf = (rows: readonly unknown[]) =>
  rows
    .flatMap(row => Object.values(row as object))
    .map(value => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)))
    .join('\n')

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** The behavior of every store of console tokens. */
export function describeConsoleTokens(t: Test, open: OpenConsoleTokens): void {
  t.test('a token is found by its text, which is not stored, and survives a restart', async t => {
    const { tokens, reopen, rows } = await open(t)
    const { token, text } = await tokens.create({ name: 'ci', level: 'write', validity: hour })
    t.match(text, /^scimulator-console-[A-Za-z0-9_-]{43}$/)
    t.same(token, {
      id: token.id,
      name: 'ci',
      level: 'write',
      ending: text.slice(-4),
      created: token.created,
      expires: token.created + hour,
      uses: 0,
    })
    for (const store of [tokens, await reopen()]) {
      t.same(store.find(text), token)
      t.same(store.list(), [token])
      t.equal(store.find(`${text}x`), undefined)
      t.equal(store.find(''), undefined)
    }
    const stored = textOf(await rows())
    t.match(stored, token.id)
    t.notMatch(stored, text)
    t.notMatch(stored, text.slice(19, 50))
  })

  t.test('tokens are listed newest first, and a deleted one is not found', async t => {
    const { tokens, reopen } = await open(t)
    const validity = hour
    const first = await tokens.create({ name: 'one', level: 'metrics', validity })
    const second = await tokens.create({ name: 'two', level: 'destroy', validity })
    t.same(tokens.list(), [second.token, first.token])
    t.equal(await tokens.remove(first.token.id), true)
    t.equal(await tokens.remove(first.token.id), false)
    t.equal(await tokens.remove('nobody'), false)
    for (const store of [tokens, await reopen()]) {
      t.same(store.list(), [second.token])
      t.equal(store.find(first.text), undefined)
      t.same(store.find(second.text), second.token)
    }
    const again = await tokens.create({ name: 'one', level: 'read', validity })
    t.same(tokens.list(), [again.token, second.token], 'its name is free again')
  })

  t.test('names are unique, and name and validity are checked', async t => {
    const { tokens } = await open(t)
    const create = (name: string, validity = hour) => tokens.create({ name, level: 'read', validity })
    const invalid = { name: 'TenantError', reason: 'invalid' }
    for (const name of ['', ' ', ' a', 'a ', 'a\nb', 'a\u202eb', 'a\0b', '\u009b', 'x'.repeat(65)]) {
      await t.rejects(create(name), invalid, JSON.stringify(name))
    }
    for (const validity of [-hour, 0, minute - 1, 4 * 366 * day, Number.NaN]) {
      await t.rejects(create('ci', validity), invalid, String(validity))
    }
    t.same(tokens.list(), [])
    await create('Prometheus: größe 1')
    const attempts = await Promise.allSettled([create('ci'), create('ci')])
    t.same(attempts.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    await t.rejects(create('ci'), {
      name: 'TenantError',
      reason: 'taken',
      message: 'There is already a console token "ci". Choose another name, or delete it first.',
    })
  })

  t.test('there are at most 50 tokens', async t => {
    const { tokens } = await open(t)
    const create = (name: string) => tokens.create({ name, level: 'read', validity: hour })
    for (let number = 0; number < 49; number++) await create(`token ${number}`)
    const attempts = await Promise.allSettled([create('last'), create('too many')])
    t.same(attempts.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    await t.rejects(create('another'), { name: 'TenantError', reason: 'limit', message: /50 console tokens/ })
    await tokens.remove(tokens.list()[0]?.id ?? '')
    await create('another')
    t.equal(tokens.list().length, 50)
  })

  t.test('uses are counted, and survive a restart', async t => {
    const { tokens, reopen } = await open(t)
    const { token } = await tokens.create({ name: 'ci', level: 'read', validity: hour })
    for (let use = 0; use < 100; use++) tokens.noteUse(token.id)
    tokens.noteUse('nobody')
    const [used] = tokens.list()
    t.same(used, { ...token, uses: 100, lastUsed: used?.lastUsed })
    t.ok((used?.lastUsed ?? 0) >= token.created)
    t.same((await reopen()).list(), [used])
  })
}
