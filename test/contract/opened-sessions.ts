import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Engine } from '../../src/domain/ports/engine.ts'
import type { NewSession, SessionRows } from '../../src/domain/ports/snapshots.ts'
import { newSessionPrefix } from '../../src/domain/tenants/tenant.ts'
import { toResourceId } from '../../src/scim/resource.ts'
import { importSession } from '../../src/traffic/session-import/import.ts'
import { sessionFile } from '../support/session-file.ts'
import { userDraft } from './store-fixture.ts'

export type OpenedEngine = {
  readonly engine: Engine
  /** The number of rows in each table with rows of tenants; tables without rows are left out. */
  readonly rows: () => Promise<Readonly<Record<string, number>>>
}

export const size = { users: 450, revisions: 2, requests: 250 }

/** More rows would be more than a few milliseconds of work. */
const mostRowsAtOnce = 200

/** A session whose rows come one batch at a time. `between` is called after each. */
export function sessionOf(tenant: string, between: (batch: SessionRows) => unknown = () => {}): NewSession {
  const file = Buffer.from(sessionFile(size))
  const { checked, rows } = importSession(file, { tenant, taken: [], prefix: newSessionPrefix(randomUUID()) })
  return {
    ...checked,
    async *rows() {
      for (const batch of rows()) {
        yield batch
        await between(batch)
      }
    },
  }
}

/** Fails instead of waiting for ever. */
const withinSeconds = async <Result>(seconds: number, result: Promise<Result>, what: string) => {
  const timeout = AbortSignal.timeout(1000 * seconds)
  return Promise.race([
    result,
    new Promise<never>((_, reject) => {
      timeout.addEventListener('abort', () => reject(new Error(`${what} waits.`)), { once: true })
    }),
  ])
}

export const createUser = ({ store }: Pick<Engine, 'store'>, tenant: number, name: string) =>
  store.insert({ tenant, type: 'User', id: toResourceId(name) }, { now: Date.now() }, userDraft(name), 1000)

/** What the console shows of a session. */
async function shown({ tenants, directory, journal }: Engine, id: string) {
  const key = tenants.find(id)?.key ?? -1
  const requests: string[] = []
  for await (const batch of journal.batches({ search: [{ key: 'tenant', value: id }] }))
    requests.push(...batch.map(({ url }) => url))
  const [counts] = await directory.counts([key])
  return { counts, requests: requests.length }
}

const complete = {
  counts: { User: { active: size.users, disabled: 0, retained: 0, removed: 0 } },
  requests: size.requests,
}

/** The behavior of opened sessions in every engine. */
export function describeOpenedSessions(t: Test, open: (t: Test) => Promise<OpenedEngine>): void {
  t.test(
    'other writes are made while a session is stored, and nothing shows it before it is complete',
    async t => {
      const { engine } = await open(t)
      const other = await engine.tenants.create({ profile: 'rfc' }, 'other')
      const events: string[] = []
      let written = 0
      const session = sessionOf('opened', async ({ rows }) => {
        t.ok(rows.length <= mostRowsAtOnce)
        await withinSeconds(20, createUser(engine, other.key, `user-${written++}`), 'A write')
        events.push('write')
        t.same([engine.tenants.list(), engine.tenants.find('opened')], [[other], undefined])
        t.same((await engine.journal.page({ limit: 200 })).items, [])
        t.same(
          (await engine.journal.page({ limit: 200, search: [{ key: 'tenant', value: 'opened' }] })).items,
          [],
        )
        t.same((await engine.analysis.cycles({ limit: 10, tenant: 'opened' })).items, [])
        t.same([await engine.analysis.findings(), await engine.analysis.findingCounts()], [[], []])
      })
      const tenant = await engine.sessions.open(session)
      events.push('session')
      t.match((await engine.analysis.cycles({ limit: 10, tenant: 'opened' })).items, [{ tenant: 'opened' }])
      t.match(await engine.analysis.findingCounts(), [{ tenant: 'opened', count: 1 }])
      t.ok(written > 8)
      t.same(events, [...Array(written).fill('write'), 'session'])
      t.same(engine.tenants.list(), [other, tenant])
      t.match(await shown(engine, 'opened'), complete)
      t.match(await engine.directory.counts([other.key]), [{ User: { active: written } }])
    },
  )

  t.test(
    'a reset, a restore and a deletion of other tenants leave a session alone that is being stored',
    async t => {
      const { engine } = await open(t)
      const { key } = await engine.tenants.create({ profile: 'rfc' }, 'other')
      await createUser(engine, key, 'saved')
      const changes = [
        async () => {
          const saved = await engine.snapshots.save()
          t.match(saved.tenants, [{ id: 'other' }])
          await createUser(engine, key, 'not-saved')
          await engine.snapshots.restore(saved.id)
        },
        () => engine.reset('other'),
        () => createUser(engine, key, 'after-the-reset'),
        () => engine.tenants.create({}, 'short'),
        () => engine.tenants.remove('short'),
        () => createUser(engine, key, 'last'),
      ]
      await engine.sessions.open(
        sessionOf('opened', () => withinSeconds(30, Promise.resolve(changes.shift()?.()), 'A change')),
      )
      t.same(changes, [])
      t.match(await shown(engine, 'opened'), complete)
      t.match(await engine.directory.counts([key]), [{ User: { active: 2 } }])
      await engine.tenants.remove('other')
      t.match(await shown(engine, 'opened'), complete)
    },
  )

  t.test('a reset of all tenants is refused, or leaves a session alone that is being stored', async t => {
    const { engine } = await open(t)
    const resets: PromiseSettledResult<unknown>[] = []
    const reset = async () => {
      if (resets.length === 0) resets.push(...(await Promise.allSettled([engine.reset()])))
    }
    await engine.sessions.open(sessionOf('opened', () => withinSeconds(30, reset(), 'A reset')))
    const [first] = resets
    if (first?.status === 'rejected') t.match(first.reason, { name: 'BusyError', message: /Try again/ })
    t.match(await shown(engine, 'opened'), complete)
    await engine.reset()
  })

  t.test('an ID belongs to one of a session and a tenant that is created meanwhile', async t => {
    const { engine } = await open(t)
    let creation: Promise<unknown> = Promise.resolve()
    let batches = 0
    const session = sessionOf('acme', () => {
      if (batches++ === 3) creation = engine.tenants.create({ profile: 'rfc' }, 'acme')
      return withinSeconds(20, Promise.allSettled([creation]), 'A new tenant')
    })
    const [opened] = await Promise.allSettled([engine.sessions.open(session)])
    const [created] = await Promise.allSettled([creation])
    const refused = [opened, created].filter(({ status }) => status === 'rejected')
    t.equal(refused.length, 1)
    t.match(refused, [{ reason: { name: 'TenantError', reason: 'taken', message: /"acme"/ } }])
    t.equal(engine.tenants.list().length, 1)
    const isSession = engine.tenants.find('acme')?.session !== undefined
    t.match(await shown(engine, 'acme'), isSession ? complete : { counts: {}, requests: 0 })
  })

  t.test('of two sessions that are stored under one ID at the same time, one is', async t => {
    const { engine } = await open(t)
    const results = await Promise.allSettled([
      engine.sessions.open(sessionOf('acme')),
      engine.sessions.open(sessionOf('acme')),
    ])
    t.match(
      results.filter(({ status }) => status === 'rejected'),
      [{ reason: { name: 'TenantError', reason: 'taken' } }],
    )
    t.equal(engine.tenants.list().length, 1)
    t.match(await shown(engine, 'acme'), complete)
  })

  t.test('versions that were stored before their resources are deleted, too', async t => {
    const { engine, rows } = await open(t)
    await engine.tenants.create({}, 'other')
    const before = await rows()
    const session = sessionOf('acme')
    const broken = {
      ...session,
      async *rows() {
        for await (const batch of session.rows()) {
          if (batch.table !== 'versions') continue
          yield batch
          throw new Error('The file cannot be read.')
        }
      },
    }
    await t.rejects(engine.sessions.open(broken), { message: 'The file cannot be read.' })
    t.same(await rows(), before)
  })

  t.test('a session that cannot be stored leaves nothing, and its ID is free', async t => {
    const { engine, rows } = await open(t)
    const before = await rows()
    let batches = 0
    const broken = sessionOf('acme', () => {
      if (batches++ === 9) throw new Error('The file cannot be read.')
    })
    await t.rejects(engine.sessions.open(broken), { message: 'The file cannot be read.' })
    t.same(await rows(), before)
    await engine.sessions.open(sessionOf('acme'))
    t.match(await shown(engine, 'acme'), complete)
    t.equal(await engine.tenants.remove('acme'), true)
    t.same(await rows(), before)
  })
}
