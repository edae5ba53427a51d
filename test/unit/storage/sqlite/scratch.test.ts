import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import t from 'tap'
import { openScratch, type ScratchState } from '../../../../src/storage/sqlite/scratch.ts'
import {
  actionsOn,
  add,
  place,
  rejectionOf,
  removing,
  tenant,
  userDraft,
} from '../../../contract/store-fixture.ts'

const idsIn = (documents: ReturnType<ScratchState['documents']>) => [...documents].map(([id]) => id)

const stateOf = ({ documents, members }: ScratchState) => ({
  users: idsIn(documents('User')),
  members: Object.fromEntries(idsIn(documents('Group')).map(group => [group, members(group)])),
})

t.test('a copy in memory changes as a directory does', async t => {
  const copy = openScratch()
  t.teardown(copy.close)
  const { addUser, addGroup, changeUser, edit, remove, membersOf } = actionsOn(copy.store)
  await addUser('b')
  await addUser('a')
  await addGroup('g', ['a', 'b'])
  await edit('g', { kind: 'remove', members: ['a'] }, add('a'))
  t.equal(await rejectionOf(addUser('c', { userName: 'a' })), 'uniqueness')
  await changeUser('b', { userName: 'bb' })
  await addUser('c', { userName: 'b' })
  await edit('g', { kind: 'remove', members: ['b'] }, add('c'))
  t.same(await membersOf('g'), ['a', 'c'])
  await remove('User', 'a', removing)
  t.same(stateOf(copy), { users: ['b', 'c'], members: { g: ['c'] } })
  await addUser('a')
  t.match(await copy.store.find(place('User', 'a')), { version: 1, document: /"userName":"a"/ })
  await remove('Group', 'g', removing)
  t.same(stateOf(copy), { users: ['b', 'c', 'a'], members: {} })
})

t.test('what would happen is decided without a change', async t => {
  const copy = openScratch()
  t.teardown(copy.close)
  const before = actionsOn(copy.store)
  await before.addUser('a')
  await before.addGroup('g', ['a'])
  const state = stateOf(copy)
  const { addUser, changeUser, edit, remove } = actionsOn(copy.unchanging)
  t.match(await addUser('b'), { id: 'b', version: 1, changed: true })
  t.match(await changeUser('a', { title: 'Pilot' }), { version: 2, changed: true })
  t.match(await edit('g', { kind: 'remove', members: ['a'] }), { removed: 1 })
  t.equal(await remove('User', 'a', removing), true)
  t.equal(await rejectionOf(addUser('c', { userName: 'a' })), 'uniqueness')
  const full = copy.unchanging.insert(place('User', 'd'), { now: 1 }, userDraft('d'), 1)
  t.equal(await rejectionOf(full), 'quotaExceeded')
  t.same(stateOf(copy), state)
})

const row = (key: number, type: string, id: string) => ({
  ...{ key, type, id, document: `{"id":"${id}"}`, search: '{}', keys: '[]', secrets: null, version: 1 },
  ...{ era: null, created: 0, last_modified: 0, label: id, display: id, names: id, enabled: 1 },
  predecessor: null,
})

t.test('a copy begins with the rows of a session, without their history', async t => {
  const copy = openScratch([
    { table: 'resources', rows: [row(1, 'User', 'a'), row(2, 'Group', 'g')] },
    {
      table: 'versions',
      rows: [{ resource_key: 1, moment: 1, version: 1, at: 0, action: 'created', document: '{"id":"a"}' }],
    },
    { table: 'memberships', rows: [{ key: 7, group_key: 2, member_id: 'a', member_key: 1, at: 0 }] },
  ])
  t.teardown(copy.close)
  const { addUser, edit, membersOf } = actionsOn(copy.store)
  t.match(await addUser('b'), { key: 3 })
  await edit('g', add('b'))
  t.same(await membersOf('g'), ['a', 'b'])
  t.equal(copy.tenant, tenant)
  t.same(stateOf(copy), { users: ['a', 'b'], members: { g: ['a', 'b'] } })
})

t.test('what is kept stays as it was, and notes are read by key', async t => {
  const copy = openScratch()
  t.teardown(copy.close)
  const { addUser, addGroup, changeUser, edit, remove } = actionsOn(copy.store)
  await addUser('b')
  await addUser('a')
  await addGroup('g', ['b', 'a'])
  const [kept, users] = [copy.keep(), copy.documents('User')]
  const before = users.get('b')
  await changeUser('b', { title: 'Pilot' })
  await edit('g', { kind: 'remove', members: ['b'] })
  await remove('User', 'a', removing)
  t.same(stateOf(kept), { users: ['b', 'a'], members: { g: ['b', 'a'] } })
  t.same(stateOf(copy), { users: ['b'], members: { g: [] } })
  t.equal(kept.documents('User').get('b'), before)
  t.match(users.get('b'), /Pilot/)
  t.same([users.has('a'), users.has('g'), [...users.keys()]], [false, false, ['b']], 'groups are no users')
  for (const [key, text] of [
    ['b', '1'],
    ['a', '2'],
    ['b', '3'],
  ] as const)
    copy.note(key, text)
  t.same([copy.notes('b'), copy.notes('c')], [['1', '3'], []])
})

t.test('a directory of several portions is kept', async t => {
  const users = Array.from({ length: 2500 }, (_, at) => row(at + 1, 'User', `u${at}`))
  const groups = Array.from({ length: 24 }, (_, at) => row(3001 + at, 'Group', `g${at}`))
  const memberships = groups.flatMap(group =>
    users.map(user => ({ group_key: group.key, member_id: user.id, member_key: user.key, at: 0 })),
  )
  const copy = openScratch([
    { table: 'resources', rows: [...users, ...groups] },
    { table: 'memberships', rows: memberships.map((each, at) => ({ ...each, key: 4000 + at })) },
  ])
  t.teardown(copy.close)
  const members = users.map(({ id }) => id)
  t.same(stateOf(copy.keep()), {
    users: members,
    members: Object.fromEntries(groups.map(({ id }) => [id, members])),
  })
})

t.test('notes of keys with the same hash are apart', async t => {
  const copy = openScratch()
  t.teardown(copy.close)
  const keys = ['User 881858', 'User 1212884']
  for (const key of keys) copy.note(key, key)
  t.same(
    keys.map(key => copy.notes(key)),
    keys.map(key => [key]),
  )
})

/** More than the cache holds. */
const long = 'x'.repeat(20_000)
const numberOfNotes = 1200

const noteMuch = (copy: ReturnType<typeof openScratch>) => {
  for (let at = 0; at < numberOfNotes; at++) copy.note(`key ${at}`, `${at} ${long}`)
  t.same(copy.notes('key 7'), [`7 ${long}`])
}

/** With deleted ones. */
const openFiles = () =>
  readdirSync('/proc/self/fd').flatMap(name => {
    try {
      return readlinkSync(join('/proc/self/fd', name))
    } catch {
      return []
    }
  })

/** Other tests of the process use the variable, too. */
function openScratchIn(folder: string) {
  const before = env.TMPDIR
  env.TMPDIR = folder
  try {
    return openScratch()
  } finally {
    if (before === undefined) delete env.TMPDIR
    else env.TMPDIR = before
  }
}

t.test('the file of a copy has no name and no rollback journal', async t => {
  const folder = t.testdir()
  const copy = openScratchIn(folder)
  noteMuch(copy)
  t.same(readdirSync(folder), [])
  if (existsSync('/proc/self/fd')) {
    const names = openFiles()
      .filter(path => path.startsWith(`${folder}/`))
      .map(path => /[^/ ]+(?= \(deleted\)$)/.exec(path)?.[0])
    t.same(names, ['scratch.db', 'scratch.db'], 'SQLite and the flush have it open')
  }
  await copy.close()
})

t.test('a copy needs no folder for temporary files', async t => {
  const copy = openScratchIn(join(t.testdir(), 'missing'))
  noteMuch(copy)
  await copy.close()
})
