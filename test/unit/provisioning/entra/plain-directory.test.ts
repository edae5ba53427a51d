import t from 'tap'
import { parseDirectory, readDirectory } from '../../../../src/provisioning/kit/directory/read-directory.ts'
import type { Json } from '../../../../src/scim/json.ts'
import { mistakesOf, readFolder, readOne } from '../../../support/entra-files.ts'

const marge = { id: 'm1', userPrincipalName: 'marge@springfield.example', displayName: 'Marge Simpson' }
const barney = { id: 'b1', userPrincipalName: 'barney@springfield.example', displayName: 'Barney Gumble' }
const margeRead = {
  objectId: 'm1',
  accountEnabled: true,
  attributes: { userPrincipalName: 'marge@springfield.example', displayName: 'Marge Simpson' },
}
const read = (json: Json) => parseDirectory(json, 'here')
const errorsOf = async (json: Json) => mistakesOf((async () => read(json))())

t.test('a directory is read from one file', async t => {
  const { directory, warnings } = await readOne(t, 'springfield.json', {
    users: [
      { ...marge, mobilePhone: '1', businessPhones: ['2'], faxNumber: '3', officeLocation: 'Plant 7G' },
      {
        ...barney,
        accountEnabled: false,
        manager: 'MARGE@springfield.example',
        deletedDateTime: '2026-11-01T08:00:00Z',
        onPremisesExtensionAttributes: { extensionAttribute1: 'one', extensionAttribute2: null },
        employeeOrgData: { division: 'Moe’s', costCenter: '' },
        shoeSize: 43,
      },
    ],
    groups: [
      { id: 'g1', displayName: 'Operators', members: ['m1', 'barney@springfield.example', 'auditors'] },
      { id: 'g2', displayName: 'Auditors', securityEnabled: true },
    ],
    assignments: [
      'Operators',
      { principal: 'm1', appRole: { id: 'r1', value: 'Admin', displayName: 'Admins' } },
    ],
  })

  t.same(warnings, [])
  t.same(directory, {
    users: [
      {
        ...margeRead,
        attributes: {
          ...margeRead.attributes,
          mobile: '1',
          telephoneNumber: '2',
          facsimileTelephoneNumber: '3',
          physicalDeliveryOfficeName: 'Plant 7G',
        },
      },
      {
        objectId: 'b1',
        accountEnabled: false,
        deletedAt: Date.UTC(2026, 10, 1, 8),
        attributes: {
          userPrincipalName: 'barney@springfield.example',
          displayName: 'Barney Gumble',
          extensionAttribute1: 'one',
          'employeeOrgData.division': 'Moe’s',
          shoeSize: '43',
        },
        manager: 'm1',
      },
    ],
    groups: [
      { objectId: 'g1', attributes: { displayName: 'Operators' }, members: ['m1', 'b1', 'g2'] },
      { objectId: 'g2', attributes: { displayName: 'Auditors', securityEnabled: true }, members: [] },
    ],
    assignments: [
      { principal: 'g1' },
      { principal: 'm1', appRole: { id: 'r1', value: 'Admin', displayName: 'Admins' } },
    ],
  })
})

t.test('empty values are absent', async t => {
  const { directory } = read({
    users: [{ ...marge, mail: '', jobTitle: null, businessPhones: [], otherMails: [''] }],
  })
  t.same(directory.users, [margeRead])
})

t.test("names of JavaScript's object members are ordinary names", async t => {
  const json = JSON.parse(
    `{"users":[{"id":"__proto__","userPrincipalName":"constructor","__proto__":"x","toString":"y","hasOwnProperty":{"__proto__":"z"}}],
      "groups":[{"id":"toString","displayName":"__proto__","members":["__proto__","constructor","valueOf"]}]}`,
  )
  const { directory, warnings } = read(json)
  const [user] = directory.users
  t.same(Object.entries(user?.attributes ?? {}), [
    ['userPrincipalName', 'constructor'],
    ['__proto__', 'x'],
    ['toString', 'y'],
    ['hasOwnProperty.__proto__', 'z'],
  ])
  t.same(directory.groups[0]?.members, ['__proto__'])
  t.equal(warnings.length, 2)
  t.notOk('x' in {})
})

t.test('irregular data of real directories', async t => {
  t.test('unknown members, managers and principals are ignored', async t => {
    const { directory, warnings } = read({
      users: [{ ...marge, manager: 'stranger' }],
      groups: [{ id: 'g1', displayName: 'Operators', members: ['gone', 'm1'] }],
      assignments: ['gone too'],
    })
    t.same(directory, {
      users: [margeRead],
      groups: [{ objectId: 'g1', attributes: { displayName: 'Operators' }, members: ['m1'] }],
      assignments: [],
    })
    t.same(warnings, [
      'here: users[0] (marge@springfield.example): manager: "stranger" is not in this directory; ignored.',
      'here: groups[0] (Operators): members[0]: "gone" is not in this directory; ignored.',
      'here: assignments[0]: principal: "gone too" is not in this directory; ignored.',
    ])
  })

  t.test('duplicate members and assignments count once', async t => {
    const { directory, warnings } = read({
      users: [marge],
      groups: [{ id: 'g1', displayName: 'Operators', members: ['m1', 'marge@springfield.example'] }],
      assignments: ['m1', 'marge@springfield.example', { principal: 'm1', appRole: 'Admin' }],
    })
    t.same(directory.groups[0]?.members, ['m1'])
    t.same(directory.assignments, [
      { principal: 'm1' },
      { principal: 'm1', appRole: { id: 'Admin', value: 'Admin', displayName: 'Admin' } },
    ])
    t.same(warnings, [
      'here: groups[0] (Operators): members[1]: marge@springfield.example is listed twice; counted once.',
      'here: assignments[1]: is listed twice; counted once.',
    ])
  })

  t.test('cycles of managers and groups are kept', async t => {
    const { directory, warnings } = read({
      users: [
        { ...marge, manager: 'b1' },
        { ...barney, manager: 'm1' },
      ],
      groups: [{ id: 'g1', displayName: 'Operators', members: ['g1'] }],
    })
    t.same(
      directory.users.map(({ manager }) => manager),
      ['b1', 'm1'],
    )
    t.same(directory.groups[0]?.members, ['g1'])
    t.same(warnings, [])
  })

  t.test('two users with one userPrincipalName are kept, and the name refers to the first', async t => {
    const { directory, warnings } = read({
      users: [marge, { ...barney, userPrincipalName: 'Marge@springfield.example' }],
      groups: [{ id: 'g1', displayName: 'Operators', members: ['marge@springfield.example'] }],
    })
    t.equal(directory.users.length, 2)
    t.same(directory.groups[0]?.members, ['m1'])
    t.same(warnings, [
      'here: groups[0] (Operators): members[0]: 2 users have the name "marge@springfield.example"; the first is used.',
      'users: 2 of them have the userPrincipalName marge@springfield.example.',
    ])
  })

  t.test('a name refers to the present user, not to a deleted one', async t => {
    const { directory, warnings } = read({
      users: [{ ...marge, id: 'old', deletedDateTime: '2026-11-01T00:00:00Z' }, marge],
      groups: [{ id: 'g1', displayName: 'Operators', members: ['marge@springfield.example', 'old'] }],
    })
    t.same(directory.groups[0]?.members, ['m1', 'old'])
    t.same(warnings, [])
  })

  t.test('a manager that is a group is ignored', async t => {
    const { directory, warnings } = read({
      users: [{ ...marge, manager: 'Operators' }],
      groups: [{ id: 'g1', displayName: 'Operators' }],
    })
    t.same(directory.users, [margeRead])
    t.same(warnings, ['here: users[0] (marge@springfield.example): manager: Operators is a group; ignored.'])
  })
})

t.test('all errors are reported with their locations', async t => {
  t.same(
    await errorsOf({
      users: [
        { userPrincipalName: 'no-id@springfield.example' },
        { id: 'x1', displayName: 'No name' },
        { id: 7, userPrincipalName: 'seven@springfield.example' },
        {
          ...marge,
          mail: ['marge@x'],
          accountEnabled: 'perhaps',
          deletedDateTime: 'yesterday',
          otherMails: [1],
        },
        'Barney',
        { ...barney, manager: 12, businessPhones: { home: '1' } },
        { ...barney, id: 'M1' },
      ],
      groups: [
        { id: 'b1', displayName: 'Operators', members: 'm1' },
        { id: 'g2' },
        { id: 'g3', displayName: 'X', members: [null] },
      ],
      assignments: [{}, { principal: 'm1', appRole: 5 }, { principal: 'm1', appRole: { id: '1' } }],
    }),
    [
      'here: users[4]: must be an object, not the string "Barney".',
      'here: users[0]: id is missing.',
      'here: users[1]: userPrincipalName is missing.',
      'here: users[2]: id must be a string, not the number 7.',
      'here: users[3]: accountEnabled must be true or false, not the string "perhaps".',
      'here: users[3]: deletedDateTime must be a time such as 2026-11-24T20:00:00Z, not the string "yesterday".',
      'here: users[3] (marge@springfield.example): mail must be a string, not a list.',
      'here: users[3] (marge@springfield.example): otherMails must be a list of strings, not a list.',
      'here: users[5] (barney@springfield.example): businessPhones must be a string or a list of strings, not an object.',
      'here: groups[1]: displayName is missing.',
      'here: users[6] (barney@springfield.example): the id M1 is also used by here: users[3] (marge@springfield.example).',
      'here: groups[0] (Operators): the id b1 is also used by here: users[5] (barney@springfield.example).',
      'here: users[5] (barney@springfield.example): manager: must be an id, a userPrincipalName or a group name, not the number 12.',
      'here: groups[0] (Operators): members must be a list, not the string "m1".',
      'here: groups[2] (X): members[0]: must be an id, a userPrincipalName or a group name, not nothing.',
      'here: assignments[0]: principal: must be an id, a userPrincipalName or a group name, not nothing.',
      'here: assignments[1]: appRole: must be a role name or {"id","value","displayName"}, not the number 5.',
      'here: assignments[2]: appRole: a role requires a value or a displayName; all its members must be strings.',
    ],
  )
})

t.test('the message shows the first errors', async t => {
  const users = Array.from({ length: 30 }, () => ({ id: 'same', userPrincipalName: 'a@b' }))
  t.throws(() => read({ users }), { message: /\n… and 9 more errors\.$/, name: 'DirectoryError' })
})

t.test('files that are not a directory are rejected', async t => {
  t.match(await mistakesOf(readOne(t, 'x.json', '{"users":[')), [
    'x.json: is not valid JSON: line 1, column 11: unexpected end of the text.',
  ])
  t.same(await mistakesOf(readOne(t, 'x.json', '12')), [
    'x.json: must be a list, or an object with a list named value, not the number 12.',
  ])
  t.same(await mistakesOf(readOne(t, 'x.json', { users: 3, groups: {} })), [
    'x.json: users: must be a list, not the number 3.',
    'x.json: groups: must be a list, not an object.',
  ])
  t.same(await mistakesOf(readOne(t, 'x.json', new Uint8Array([0x7b, 0xff, 0x7d]))), [
    'x.json: is not UTF-8 or UTF-16 text.',
  ])
  t.same(await errorsOf([]), ['here: must be an object with users, groups and assignments, not a list.'])
})

t.test('unknown lists cause a warning, and comments are ignored', async t => {
  t.same(read({ $comment: 'mine', users: [marge], usres: [] }).warnings, [
    'here: unknown list usres was ignored.',
  ])
})

t.test('missing files, and folders without a directory, are rejected', async t => {
  t.same(await mistakesOf(readDirectory('/nowhere/springfield.json')), [
    "/nowhere/springfield.json: can't be read: no such file or folder.",
  ])
  t.match(await mistakesOf(readFolder(t, {})), [/has no users and no groups/])
  t.match(await mistakesOf(readFolder(t, { 'notes.txt': 'x' })), [/has no users and no groups/])
})
