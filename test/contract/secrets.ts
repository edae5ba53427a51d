import type { Test } from 'tap'
import { userType } from '../../src/scim/core-schemas.ts'
import { prepareResource } from '../../src/scim/document.ts'
import { actionsOn, add, type OpenStore, place, retaining, tenant, userDraft } from './store-fixture.ts'

const kept = (hash: string) => JSON.stringify({ password: hash })

/** How every store treats the hashes of secrets. */
export function describeSecrets(t: Test, open: OpenStore): void {
  t.test('R-068 R-010 hashes are stored, and visible only to changes of the resource', async t => {
    const { store, directory } = open(t)
    const { addUser, changeUser, remove } = actionsOn(store)
    const written = await addUser('a', { password: '$hash' })
    t.equal(await store.secrets(place('User', 'a')), kept('$hash'))
    let seen: unknown
    await store.update(place('User', 'a'), { now: 2000 }, current => {
      seen = current.secrets
      return userDraft('a', { password: '$hash' })
    })
    t.equal(seen, kept('$hash'))
    const changed = await changeUser('a', { password: '$hash', title: 'x' })
    const page = { limit: 10 }
    const shown: unknown[] = [
      written,
      changed,
      await store.find(place('User', 'a')),
      await directory.identity(tenant, 'User', 'a'),
      await directory.history(tenant, 'User', 'a', page),
    ]
    await remove('User', 'a', retaining)
    shown.push(
      await directory.identities(tenant, 'User', page),
      await directory.history(tenant, 'User', 'a', page),
    )
    t.notMatch(JSON.stringify(shown), /hash|secrets/)
    t.equal(await store.secrets(place('User', 'a')), undefined)
  })

  t.test(
    'R-061 a different secret creates a version with the same document; the same secret creates none',
    async t => {
      const { store } = open(t)
      const { addUser, changeUser } = actionsOn(store)
      const user = await addUser('a', { password: '$one' })
      t.same(await changeUser('a', { password: '$one' }), { ...user, changed: false })
      const changed = await changeUser('a', { password: '$two' })
      t.match(changed, { version: 2, changed: true, document: user.document })
      t.ok(changed && changed.lastModified > user.lastModified)
      t.match(await changeUser('a', {}), { version: 3, changed: true })
      t.equal(await store.secrets(place('User', 'a')), undefined)
      t.equal(await store.secrets(place('User', 'nobody')), undefined)
    },
  )

  t.test('changes of other data leave secrets unchanged', async t => {
    const { store } = open(t)
    const { addUser, addGroup, edit, remove } = actionsOn(store)
    const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
    await addUser('boss')
    await addUser('a', { password: '$hash', [urn]: { manager: { value: 'boss' } } })
    await addGroup('g')
    await edit('g', add('a'))
    await remove('Group', 'g')
    await remove('User', 'boss', {
      onDelete: 'remove',
      references: [`${urn}:manager.value`],
      removeReference: ({ id, secrets }) =>
        prepareResource(userType, id, { userName: id, password: JSON.parse(secrets ?? '{}').password }),
    })
    t.notMatch((await store.find(place('User', 'a')))?.document, /boss/)
    t.equal(await store.secrets(place('User', 'a')), kept('$hash'))
  })
}
