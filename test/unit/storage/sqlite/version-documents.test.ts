import t, { type Test } from 'tap'
import { buildAttributeHistory } from '../../../../src/console/routes/identities.ts'
import { loadProfile } from '../../../../src/profiles/registry.ts'
import type { Json } from '../../../../src/scim/json.ts'
import { connect } from '../../../../src/storage/sqlite/connections.ts'
import { openSqlite } from '../../../../src/storage/sqlite/database.ts'
import { createDirectory } from '../../../../src/storage/sqlite/directory.ts'
import { migrate } from '../../../../src/storage/sqlite/migrations.ts'
import { createResourceStore } from '../../../../src/storage/sqlite/resources.ts'
import { createWriter } from '../../../../src/storage/sqlite/writer.ts'
import { atMoment } from '../../../contract/history-view.ts'
import { place, removing, retaining, tenant, userDraft } from '../../../contract/store-fixture.ts'
import { turnsDuring, useSlowClock } from '../../../support/slow-clock.ts'

const page = { limit: 1000 }
const roles = Array.from({ length: 200 }, (_, at) => ({ value: `role ${at}`, display: 'd'.repeat(90) }))

function open(t: Test) {
  const db = openSqlite(`${t.testdir()}/data.db`)
  migrate(db)
  const connections = connect(db)
  const writer = createWriter(db)
  t.teardown(async () => {
    await writer.close()
    await connections.close()
  })
  return {
    db,
    store: createResourceStore(connections, writer),
    directory: createDirectory(connections, writer),
  }
}

/** Creates a large user with small changes, occasionally a small user, at the times 1, 2, 3 …; returns the documents. */
async function live({ store }: ReturnType<typeof open>, changes: number): Promise<readonly string[]> {
  const documents: string[] = []
  for (let now = 1; now <= changes; now++) {
    const values: Readonly<Record<string, Json>> = {
      title: `title ${Math.floor(now / 2)}`,
      ...(now % 50 !== 49 && { roles: roles.map((one, at) => (at === now ? { value: 'x' } : one)) }),
    }
    const draft = userDraft('a', values)
    const cause = { now, exchange: `x${String(now).padStart(4, '0')}` }
    if (now === 1) await store.insert(place('User', 'a'), cause, draft, 99)
    else await store.update(place('User', 'a'), cause, () => draft)
    documents.push(draft.next.document)
  }
  return documents
}

const bytesOfVersions = ({ db }: ReturnType<typeof open>) =>
  db
    .prepare<[], number>(
      `select sum(coalesce(length(document), 0) + coalesce(length(difference), 0) + coalesce(length(previous_document), 0))
      from versions`,
    )
    .pluck()
    .get() ?? 0

/** All data about the versions of the user, at each of the times. */
async function readVersions({ directory }: ReturnType<typeof open>, times: number) {
  const history = await directory.history(tenant, 'User', 'a', page)
  const moments = Array.from({ length: times }, (_, at) => at + 1)
  return {
    history: history?.items,
    changes: await directory.documentChanges(tenant, 'User', 'a', 1000),
    past: await Promise.all(
      moments.map(at => directory.historyView.identity(tenant, 'User', 'a', atMoment(at))),
    ),
    effects: await Promise.all(
      moments.map(at =>
        directory.effects.causedBy(tenant, 'User', 'a', { exchange: `x${String(at).padStart(4, '0')}`, at }),
      ),
    ),
    before: await Promise.all(
      moments.map(at =>
        directory.effects.stateBefore(tenant, 'User', 'a', {
          exchange: `x${String(at).padStart(4, '0')}`,
          at,
        }),
      ),
    ),
  }
}

t.test('small changes of a large resource take little space', async t => {
  const test = open(t)
  const documents = await live(test, 300)
  const whole = documents.reduce((bytes, { length }) => bytes + length, 0)
  t.ok(whole > 6_000_000, `${whole}`)
  t.ok(bytesOfVersions(test) < whole / 20, `${bytesOfVersions(test)} of ${whole} bytes`)
})

t.test('history, past states and effects do not depend on how the documents are stored', async t => {
  const test = open(t)
  const { store, directory, db } = test
  const documents = await live(test, 140)
  const differing = await readVersions(test, 140)
  t.same(
    differing.past.map(identity => identity?.document),
    documents,
  )
  t.same(
    differing.history?.toReversed().map(entry => entry.kind === 'version' && entry.document),
    documents,
  )
  t.same(
    differing.before.map(state => state?.document),
    [undefined, ...documents.slice(0, -1)],
  )
  const stored = db
    .prepare<[], string>('select json_group_array(difference is null) from versions')
    .pluck()
    .get()
  t.match(stored, /^\[1,0/)
  // In the format of an earlier version of the server: some versions, then all.
  const key = (await directory.identity(tenant, 'User', 'a'))?.key ?? 0
  const makeWhole = db.prepare<[string, number, number]>(
    'update versions set document = ?, difference = null where resource_key = ? and version = ?',
  )
  for (const some of [[139], documents.keys()]) {
    for (const at of some) makeWhole.run(documents[at] ?? '', key, at + 1)
    t.same(await readVersions(test, 140), differing)
  }
  await store.remove(place('User', 'a'), { now: 141 }, retaining)
  t.equal(await directory.historyView.identity(tenant, 'User', 'a', atMoment(141)), undefined)
  t.equal(
    (await directory.historyView.identity(tenant, 'User', 'a', atMoment(140)))?.document,
    documents[139],
  )
})

const storedTexts = ({ db }: ReturnType<typeof open>) =>
  db
    .prepare<[], [document: number, difference: number, previous: number]>(
      'select document is not null, difference is not null, previous_document is not null from versions order by moment',
    )
    .raw()
    .all()

const ofUser = (now: number, id = 'a') => ({
  ...userDraft(id, { title: `title ${now}`, nickName: 'a name that no change touches '.repeat(5) }),
})

t.test('the newest document of a small user is not stored twice before the first change', async t => {
  const test = open(t)
  const { store, db } = test
  const cause = (now: number) => ({ now, exchange: `x000${now}` })
  const documents = [1, 2, 3].map(now => ofUser(now).next.document)

  await store.insert(place('User', 'a'), cause(1), ofUser(1), 99)
  t.same(storedTexts(test), [[0, 0, 0]])
  const created = await readVersions(test, 1)
  t.same(
    created.past.map(identity => identity?.document),
    documents.slice(0, 1),
  )
  t.same(
    created.changes?.map(({ document }) => document),
    documents.slice(0, 1),
  )
  t.match(created.effects, [{ resources: [{ after: { version: 1, document: documents[0] } }] }])

  await store.update(place('User', 'a'), cause(2), () => ofUser(2))
  await store.update(place('User', 'a'), cause(3), () => ofUser(3))
  t.same(storedTexts(test), [
    [0, 0, 0],
    [0, 1, 1],
    [1, 0, 0],
  ])
  const changed = await readVersions(test, 3)
  t.same(
    changed.past.map(identity => identity?.document),
    documents,
  )
  t.same(
    changed.history?.toReversed().map(entry => entry.kind === 'version' && entry.document),
    documents,
  )
  t.same(
    changed.before.map(state => state?.document),
    [undefined, ...documents.slice(0, -1)],
  )

  // As an earlier version of the server wrote them.
  const makeWhole = db.prepare<[string, number]>(
    'update versions set document = ?, difference = null, previous_document = null where version = ?',
  )
  makeWhole.run(documents[1] ?? '', 2)
  makeWhole.run(documents[0] ?? '', 1)
  t.same(await readVersions(test, 3), changed)
})

for (const removal of [retaining, removing]) {
  t.test(`a user that is deleted as it was created stays in the history (${removal.onDelete})`, async t => {
    const test = open(t)
    const { store, directory } = test
    const { document } = ofUser(1).next
    await store.insert(place('User', 'a'), { now: 1, exchange: 'x0001' }, ofUser(1), 99)
    await store.remove(place('User', 'a'), { now: 2, exchange: 'x0002' }, removal)
    t.same(storedTexts(test), [
      [0, 0, 0],
      [0, 0, 1],
    ])
    const past = await readVersions(test, 2)
    t.same(
      past.past.map(identity => identity?.document),
      [document, undefined],
    )
    t.match(past.history, [
      { action: 'deleted', before: document },
      { action: 'created', document },
    ])
    await directory.purge(tenant, 3, 'all')
    t.equal((await directory.historyView.identity(tenant, 'User', 'a', atMoment(1)))?.document, document)
  })
}

t.test('a first version whose document an earlier version of the server stored keeps it', async t => {
  const test = open(t)
  const { store, db } = test
  const documents = [1, 2].map(now => ofUser(now).next.document)
  await store.insert(place('User', 'a'), { now: 1 }, ofUser(1), 99)
  db.prepare('update versions set document = ?').run(documents[0])
  await store.update(place('User', 'a'), { now: 2 }, () => ofUser(2))
  t.same(storedTexts(test), [
    [1, 0, 0],
    [0, 1, 1],
  ])
  t.same(
    (await readVersions(test, 2)).past.map(identity => identity?.document),
    documents,
  )
})

t.test('a large first document is stored at once and only once', async t => {
  const test = open(t)
  const large = (now: number) => userDraft('a', { title: `title ${now}`, roles })
  await test.store.insert(place('User', 'a'), { now: 1 }, large(1), 99)
  await test.store.update(place('User', 'a'), { now: 2 }, () => large(2))
  t.same(storedTexts(test), [
    [1, 0, 0],
    [0, 1, 0],
  ])
})

t.test('other requests are served while many large versions are read and compared', async t => {
  const test = open(t)
  await live(test, 100)
  useSlowClock(t)
  const [type] = loadProfile('rfc', {}).schema.resourceTypes
  const reading = test.directory.documentChanges(tenant, 'User', 'a', 1000)
  t.ok((await turnsDuring(reading)) >= 5)
  const changes = await reading
  if (!type || !changes) throw new Error('Nothing was read.')
  const comparing = Promise.resolve(buildAttributeHistory(type, changes))
  t.ok((await turnsDuring(comparing)) > changes.length / 2)
  const title = (await comparing).find(({ path }) => path === 'title')
  t.same(
    title?.values.map(({ revision, value }) => [revision, value]),
    Array.from({ length: 51 }, (_, at) => [Math.max(1, 100 - 2 * at), `title ${50 - at}`]),
  )
})
