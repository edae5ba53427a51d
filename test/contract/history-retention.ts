import type { Test } from 'tap'
import type { Directory } from '../../src/domain/ports/directory.ts'
import { atMoment } from './history-view.ts'
import { actionsOn, add, keep, type OpenStore, removing, tenant } from './store-fixture.ts'

const page = { limit: 50 }
const types = ['User', 'Group'] as const

/** What the console shows of a moment. */
const stateAt = (directory: Directory, at: number) =>
  Promise.all(
    types.map(async type => {
      const { items } = await directory.historyView.identities(tenant, type, atMoment(at), page)
      const members = items.map(({ id }) =>
        type === 'Group' ? directory.historyView.members(tenant, type, id, atMoment(at), page) : undefined,
      )
      return [items, await Promise.all(members)]
    }),
  )

/** The first call sets the start, and the second one deletes. */
async function pruneTwice(directory: Directory, since: number): Promise<void> {
  for (let call = 0; call < 2; call++) await directory.pruneHistory([tenant], since)
}

const long = 'x'.repeat(4000)

/** Fills a directory with a history that ends at 1030. */
async function fill({ store }: Pick<ReturnType<OpenStore>, 'store'>): Promise<void> {
  const { addUser, addGroup, changeUser, edit, remove } = actionsOn(store)
  await addUser('a', { title: 'Boss' }) // 1001
  await addUser('b', { nickName: long }) // 1002
  await addUser('c') // 1003
  await addGroup('g', ['a', 'later'], keep) // 1004
  await addGroup('h', ['g', 'c']) // 1005
  for (let at = 6; at <= 20; at++) await changeUser('b', { nickName: long, title: `Title ${at}` })
  await changeUser('a', { title: 'Chief' }) // 1021
  await edit('g', { kind: 'remove', members: ['a'] }) // 1022
  await edit('g', add('a', 'b')) // 1023
  await remove('User', 'c', removing) // 1024
  await addUser('later') // 1025
  await edit('g', { kind: 'remove', members: ['b'] }) // 1026
  await changeUser('a', { title: 'Boss' }) // 1027
  await remove('Group', 'h') // 1028
  await edit('g', add('b')) // 1029
  await changeUser('b', { nickName: long, title: 'Last' }) // 1030
}

/** The retention of history of every directory. */
export function describeRetention(t: Test, open: OpenStore): void {
  t.test('states since the start remain what they were, wherever it is', async t => {
    const opened = open(t)
    const { directory } = opened
    await fill(opened)
    const states = new Map<number, unknown>()
    for (let at = 1001; at <= 1031; at++) states.set(at, await stateAt(directory, at))
    for (const since of [1003, 1008, 1019, 1022, 1023, 1026, 1030]) {
      await pruneTwice(directory, since)
      t.equal(await directory.historySince(tenant), since)
      for (let at = since; at <= 1031; at++)
        t.same(await stateAt(directory, at), states.get(at), `${since}: ${at}`)
    }
  })

  t.test('pages of history end at the start, and differences are those to the state before', async t => {
    const opened = open(t)
    const { directory } = opened
    await fill(opened)
    const since = 1018
    const all = ['a', 'b', 'c', 'later'].map(id => ['User', id] as const)
    const read = () =>
      Promise.all(
        [...all, ['Group', 'g'] as const].map(async ([type, id]) => {
          const { items = [], next } = (await directory.history(tenant, type, id, page)) ?? {}
          return { id, next, items: items.filter(({ at }) => at > since) }
        }),
      )
    const before = await read()
    await pruneTwice(directory, since)
    t.same(await read(), before)
    const b = await directory.history(tenant, 'User', 'b', page)
    t.ok(b?.items.every(({ at }) => at > since))
    const changes = (await directory.documentChanges(tenant, 'User', 'b', 100)) ?? []
    t.same(
      changes.map(({ at, document }) => [at, JSON.parse(document).title]),
      [
        [1030, 'Last'],
        [1020, 'Title 20'],
        [1019, 'Title 19'],
        [1018, 'Title 18'],
      ],
      'the last one is the state at the start',
    )
  })

  t.test(
    'who created a resource, its members and the timeline are known after its history is deleted',
    async t => {
      const opened = open(t)
      const { directory } = opened
      await fill(opened)
      const read = async () => [
        await directory.identity(tenant, 'User', 'b'),
        await directory.identity(tenant, 'User', 'c'),
        await directory.members(tenant, 'Group', 'g', page),
        await directory.effects.stateBefore(tenant, 'User', 'a', { exchange: 'x1031', at: 1031 }),
      ]
      const before = await read()
      await pruneTwice(directory, 1031)
      t.same(await read(), before)
      const timeline = await directory.timeline(tenant, { now: 2000, parts: 1 })
      t.same(timeline, { from: 1031, until: 2000, intervals: [{ changes: 0 }] })
    },
  )

  t.test('the start moves forward only, and deletion follows one call later', async t => {
    const opened = open(t)
    const { directory } = opened
    await fill(opened)
    const before = await stateAt(directory, 1021)
    await directory.pruneHistory([tenant], 1030)
    t.same(await stateAt(directory, 1021), before, 'requests that read the past end first')
    await directory.pruneHistory([tenant], 1025)
    t.equal(await directory.historySince(tenant), 1030)
    t.equal(await directory.historySince(2), undefined)
    t.notSame(await stateAt(directory, 1021), before)
  })
}
