import type { Test } from 'tap'
import { enterpriseUrn } from '../support/samples.ts'
import { actionsOn, add, type OpenStore, removing, retaining, tenant } from './store-fixture.ts'

/** The fixture's n-th request. */
const moment = (n: number) => ({ exchange: `x${1000 + n}`, at: 1000 + n })

/** The effects of exchanges in every directory. */
export function describeEffects(t: Test, open: OpenStore): void {
  t.test('a change is returned with the previous version', async t => {
    const { store, directory } = open(t)
    const { addUser, changeUser } = actionsOn(store)
    const { key, document } = await addUser('a')
    const changed = await changeUser('a', { title: 'Boss' })
    await changeUser('a', { title: 'Chief' })
    const before = { key, id: 'a', type: 'User', version: 1, document, created: 1001, lastModified: 1001 }
    t.same(await directory.effects.causedBy(tenant, 'User', 'a', moment(2)), {
      resources: [
        { type: 'User', id: 'a', label: 'a', before, after: { version: 2, document: changed?.document } },
      ],
      memberships: [],
    })
    t.same(await directory.effects.stateBefore(tenant, 'User', 'a', moment(2)), before)
    t.same(await directory.effects.causedBy(tenant, 'User', 'a', moment(9)), {
      resources: [],
      memberships: [],
    })
    t.match(await directory.effects.stateBefore(tenant, 'User', 'a', moment(9)), { version: 3 })
    t.equal(await directory.effects.stateBefore(tenant, 'User', 'a', moment(1)), undefined)
  })

  t.test('the effect of a change has its own memberships only', async t => {
    const { store, directory } = open(t)
    const { addUser, addGroup, edit } = actionsOn(store)
    await addUser('a')
    await addUser('b')
    await addGroup('g', ['a'])
    await addGroup('h', ['a'])
    await edit('g', { kind: 'remove-all' }, add('b'))
    await edit('h', add('b'))
    const events = async (group: string, n: number) =>
      (await directory.effects.causedBy(tenant, 'Group', group, moment(n))).memberships.map(
        ({ event, group: of, member }) => `${event} ${member.id} ${of.id}`,
      )
    t.same(await events('g', 3), ['added a g'])
    t.same(await events('h', 4), ['added a h'])
    t.same(await events('g', 5), ['removed a g', 'added b g'])
    t.same(await events('h', 6), ['added b h'])
  })

  t.test('the effect of a deletion is complete, even after the record was purged', async t => {
    for (const policy of [retaining, removing]) {
      const { store, directory } = open(t)
      const { addUser, addGroup, remove } = actionsOn(store)
      await addUser('a')
      await addUser('b', { [enterpriseUrn]: { manager: { value: 'a' } } })
      await addGroup('g', ['a', 'b'])
      await remove('User', 'a', policy)
      const { resources, memberships } = await directory.effects.causedBy(tenant, 'User', 'a', moment(4))
      t.same(
        resources.map(({ id, before, after }) => [id, before?.version, after.version, 'document' in after]),
        [
          ['a', 1, 2, false],
          ['g', 1, 2, true],
        ],
      )
      t.match(memberships, [{ event: 'removed', group: { id: 'g' }, member: { id: 'a' } }])
      t.equal(await directory.effects.stateBefore(tenant, 'User', 'a', moment(5)), undefined)
      t.match(await directory.effects.stateBefore(tenant, 'User', 'a', moment(4)), { version: 1 })
    }
  })

  t.test('resources and holders of keys are returned as they were', async t => {
    const { store, directory } = open(t)
    const { addUser, addGroup, changeUser, remove } = actionsOn(store)
    await addUser('a')
    await addGroup('g')
    await changeUser('a', { userName: 'z' })
    await remove('Group', 'g')
    const typesAt = async (n: number) =>
      Object.fromEntries(await directory.effects.typesBefore(tenant, ['a', 'g', 'nobody'], moment(n)))
    t.same(await typesAt(1), {})
    t.same(await typesAt(2), { a: 'User' })
    t.same(await typesAt(4), { a: 'User', g: 'Group' })
    t.same(await typesAt(5), { a: 'User' })
    const holders = async (value: string, n: number) =>
      (
        await directory.effects.holdersBefore(tenant, 'User', { attribute: 'userName', value }, moment(n))
      ).map(({ id, version }) => [id, version])
    t.same(await holders('z', 4), [['a', 2]])
    t.same(await holders('z', 3), [['a', 1]], 'the current holder of the key, in its previous version')
    t.same(await holders('z', 1), [])
    t.same(await holders('a', 2), [], 'without a former holder')
  })
}
