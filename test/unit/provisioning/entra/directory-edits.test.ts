import t from 'tap'
import * as edits from '../../../../src/provisioning/kit/directory/edits.ts'
import { parseDirectory } from '../../../../src/provisioning/kit/directory/read-directory.ts'
import { deriveGuid } from '../../../../src/provisioning/kit/directory/source-directory.ts'

const { directory } = parseDirectory(
  {
    users: [
      {
        id: 'm1',
        userPrincipalName: 'marge@s.example',
        displayName: 'Marge Simpson',
        mail: 'm@s.example',
        manager: 'h1',
      },
      { id: 'h1', userPrincipalName: 'homer@s.example', displayName: 'Homer Simpson' },
      {
        id: 'h0',
        userPrincipalName: 'homer@s.example',
        displayName: 'Homer',
        deletedDateTime: '2026-11-01T00:00:00Z',
      },
    ],
    groups: [
      { id: 'g1', displayName: 'Operators', members: ['m1', 'h1'] },
      { id: 'g2', displayName: 'Auditors', members: ['g1'] },
    ],
    assignments: ['g1', 'h1'],
  },
  'here',
)
const [marge, homer, oldHomer] = directory.users
const [operators, auditors] = directory.groups
const before = JSON.stringify(directory)

const editError = (message: string) => ({ name: 'DirectoryEditError', message })

t.test('a user is added with property names of Graph or Entra, and with a generated id', async t => {
  const once = edits.addUser(directory, {
    userPrincipalName: 'lisa@s.example',
    mobilePhone: '1',
    accountEnabled: false,
    manager: 'Marge Simpson',
  })
  const twice = edits.addUser(once, { userPrincipalName: 'lisa@s.example' })
  const lisa = { userPrincipalName: 'lisa@s.example' }
  t.same(twice.users.slice(3), [
    {
      objectId: deriveGuid('lisa@s.example 1'),
      accountEnabled: false,
      attributes: { ...lisa, mobile: '1' },
      manager: 'm1',
    },
    { objectId: deriveGuid('lisa@s.example 2'), accountEnabled: true, attributes: lisa },
  ])
  t.match(deriveGuid('x'), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

t.test('a group is added with its members', async t => {
  const added = edits.addGroup(directory, {
    id: 'g3',
    displayName: 'Admins',
    members: ['Homer Simpson', 'Auditors'],
  })
  t.same(added.groups, [
    operators,
    auditors,
    { objectId: 'g3', attributes: { displayName: 'Admins' }, members: ['h1', 'g2'] },
  ])
})

t.test('attributes are changed and cleared', async t => {
  const changed = edits.changeAttributes(directory, 'MARGE@s.example', {
    mail: null,
    officeLocation: '7G',
    userPrincipalName: 'marge.bouvier@s.example',
    onPremisesExtensionAttributes: { extensionAttribute1: 'x' },
  })
  t.same(changed.users[0], {
    ...marge,
    attributes: {
      displayName: 'Marge Simpson',
      physicalDeliveryOfficeName: '7G',
      userPrincipalName: 'marge.bouvier@s.example',
      extensionAttribute1: 'x',
    },
  })
  const cleared = edits.changeAttributes(changed, 'm1', {
    onPremisesExtensionAttributes: { extensionAttribute1: '' },
  })
  t.notOk(Object.hasOwn(cleared.users[0]?.attributes ?? {}, 'extensionAttribute1'))
})

t.test('accounts are disabled and enabled', async t => {
  const disabled = edits.disable(directory, 'Marge Simpson')
  t.same(disabled.users[0], { ...marge, accountEnabled: false })
  t.same(edits.enable(disabled, 'm1'), directory)
})

t.test('a deleted user is restored with its memberships', async t => {
  const deleted = edits.softDelete(directory, 'm1', 1000)
  t.same(deleted.users[0], { ...marge, deletedAt: 1000 })
  t.same(deleted.groups, directory.groups)
  t.same(edits.restore(deleted, 'marge@s.example'), directory)
  t.same(edits.restore(edits.softDelete(directory, 'Auditors', 5), 'Auditors'), directory)
})

t.test('of two objects with one name, restore and hard delete select the deleted one', async t => {
  const { deletedAt: _, ...restored } = oldHomer ?? {}
  t.same(edits.restore(directory, 'homer@s.example').users[2], restored)
  t.same(edits.hardDelete(directory, 'homer@s.example').users, [marge, homer])
  t.same(edits.disable(directory, 'homer@s.example').users, [
    marge,
    { ...homer, accountEnabled: false },
    oldHomer,
  ])
})

t.test('a permanent deletion removes all references', async t => {
  const { manager: _, ...margeAlone } = marge ?? {}
  t.same(edits.hardDelete(directory, 'h1'), {
    users: [margeAlone, oldHomer],
    groups: [{ ...operators, members: ['m1'] }, auditors],
    assignments: [{ principal: 'g1' }],
  })
  t.same(edits.deleteGroup(directory, 'Operators'), {
    users: directory.users,
    groups: [{ ...auditors, members: [] }],
    assignments: [{ principal: 'h1' }],
  })
})

t.test('members are added and removed', async t => {
  t.same(edits.addMember(directory, 'Auditors', 'marge@s.example').groups[1]?.members, ['g1', 'm1'])
  t.equal(edits.addMember(directory, 'Operators', 'm1'), directory)
  t.same(edits.removeMember(directory, 'operators', 'Marge Simpson').groups[0]?.members, ['h1'])
  t.throws(
    () => edits.removeMember(directory, 'Auditors', 'm1'),
    editError('"m1" is not a member of "Auditors".'),
  )
})

t.test('a group is renamed', async t => {
  t.same(edits.renameGroup(directory, 'Operators', 'Ops').groups[0], {
    ...operators,
    attributes: { displayName: 'Ops' },
  })
})

t.test('assignments are added and removed, one per role', async t => {
  const admin = { id: 'r1', value: 'admin', displayName: 'Admin' }
  const assigned = edits.assign(edits.assign(directory, 'm1'), 'm1', admin)
  t.same(assigned.assignments, [
    ...directory.assignments,
    { principal: 'm1' },
    { principal: 'm1', appRole: admin },
  ])
  t.equal(edits.assign(assigned, 'm1', admin), assigned)
  t.same(edits.unassign(assigned, 'm1'), directory)
  t.throws(() => edits.unassign(directory, 'm1'), editError('"m1" isn\'t assigned to the application.'))
})

t.test('managers are set and cleared', async t => {
  t.equal(edits.setManager(directory, 'h1', 'marge@s.example').users[1]?.manager, 'm1')
  t.notOk(Object.hasOwn(edits.setManager(directory, 'm1', undefined).users[0] ?? {}, 'manager'))
})

t.test('impossible edits are rejected', async t => {
  const two = edits.addUser(directory, { userPrincipalName: 'x', id: 'x1', displayName: 'Marge Simpson' })
  for (const [edit, message] of [
    [() => edits.disable(directory, 'ned@s.example'), 'No user "ned@s.example" in this directory.'],
    [() => edits.disable(directory, 'Operators'), 'No user "Operators" in this directory.'],
    [() => edits.addMember(directory, 'Strangers', 'm1'), 'No group "Strangers" in this directory.'],
    [() => edits.assign(directory, 'Strangers'), 'No user or group "Strangers" in this directory.'],
    [
      () => edits.disable(two, 'Marge Simpson'),
      '"Marge Simpson" matches 2 objects. Use an objectId: m1, x1.',
    ],
    [() => edits.restore(directory, 'm1'), '"m1" is not deleted and can\'t be restored.'],
    [() => edits.softDelete(directory, 'h0', 1), '"h0" is already deleted.'],
    [() => edits.addUser(directory, { id: 'G1', userPrincipalName: 'x' }), 'The id G1 is already in use.'],
    [() => edits.addUser(directory, { id: 'x' }), 'the new user: userPrincipalName is missing.'],
    [
      () => edits.addUser(directory, { userPrincipalName: 'x', manager: 3 }),
      'manager must be an objectId or a name, not the number 3.',
    ],
    [
      () => edits.addGroup(directory, { displayName: 'x', members: 'm1' }),
      'members must be a list, not the string "m1".',
    ],
    [
      () => edits.changeAttributes(directory, 'm1', { userPrincipalName: null }),
      "userPrincipalName can't be cleared: a user needs one.",
    ],
    [() => edits.renameGroup(directory, 'Auditors', ''), "displayName can't be cleared: a group needs one."],
    [
      () => edits.changeAttributes(directory, 'm1', { mail: 7 }),
      'm1: mail must be a string, not the number 7.',
    ],
    [
      () => edits.changeAttributes(directory, 'm1', { accountEnabled: false }),
      "accountEnabled can't be changed here. Use the actions that enable accounts, set managers or add members.",
    ],
  ] as const) {
    t.throws(edit, editError(message), message)
  }
})

t.test('the given directory is never modified', async t => {
  t.equal(JSON.stringify(directory), before)
})
