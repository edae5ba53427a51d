import t from 'tap'
import { profileNames } from '../../src/profiles/names.ts'
import { aGroup, aUser, enterpriseUrn, groupUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { type Expected, isScimError } from '../support/scim-error.ts'

const replace = (path: unknown, value: unknown = 'x') => ({ op: 'replace', path, value })
const emails = [{ value: 'work@example.org', type: 'work' }]

t.test('a PATCH with too expensive filters is rejected without changes', async t => {
  const { client } = await buildTestApp(t, 'rfc', { switches: { unmatchedRemoval: 'ignore' } })
  const many = Array.from({ length: 1000 }, (_, at) => ({ value: `${at}@example.org` }))
  const user = await client.create('Users', aUser('homer', { emails: many }))
  const tests = Array.from({ length: 50 }, (_, at) => `value eq "${at}@example.com"`).join(' or ')
  const response = await client.patch(
    `/Users/${user.id}`,
    replace('title'),
    ...Array.from({ length: 50 }, () => ({ op: 'remove', path: `emails[${tests}]` })),
  )
  isScimError(t, response, {
    status: 400,
    scimType: 'tooMany',
    detail: /^The operations up to Operations\[\d+\] exceed/,
  })
  t.same((await client.get(`/Users/${user.id}`)).body, user)
})

t.test('R-170 R-025 each form of path addresses its attribute, in any case', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const boss = await client.create('Users', aUser('burns'))
  const { id } = await client.create('Users', aUser('homer', { emails }))
  const steps = [
    ['title', { title: 'x' }],
    ['TITLE', { title: 'x' }],
    [`${userUrn}:title`, { title: 'x' }],
    [`${userUrn.toUpperCase()}:Title`, { title: 'x' }],
    ['name.givenName', { name: { givenName: 'x' } }],
    ['Name.GIVENNAME', { name: { givenName: 'x' } }],
    [`${userUrn}:name.givenName`, { name: { givenName: 'x' } }],
    ['emails.value', { emails: [{ value: 'x' }] }],
    ['emails[type eq "work"].display', { emails: [{ display: 'x' }] }],
    ['EMAILS[Type EQ "WORK"].Display', { emails: [{ display: 'x' }] }],
    [`${userUrn}:emails[type eq "work"].display`, { emails: [{ display: 'x' }] }],
    [`${enterpriseUrn}:department`, { [enterpriseUrn]: { department: 'x' } }],
    [`${enterpriseUrn.toUpperCase()}:DEPARTMENT`, { [enterpriseUrn]: { department: 'x' } }],
    [`${enterpriseUrn}:manager.value`, { [enterpriseUrn]: { manager: { value: boss.id } } }, boss.id],
    [`${enterpriseUrn}:manager`, { [enterpriseUrn]: { manager: { value: boss.id } } }, { value: boss.id }],
    [enterpriseUrn, { [enterpriseUrn]: { division: 'x' } }, { division: 'x' }],
    ['emails[type eq "work"]', { emails: [{ value: 'x', type: 'work' }] }, { value: 'x' }],
  ] as const
  for (const [path, expected, value = 'x'] of steps) {
    await client.put(`/Users/${id}`, aUser('homer', { emails }))
    const { status, body } = await client.patch(`/Users/${id}`, replace(path, value))
    t.match([status, body], [200, expected], path)
  }
})

t.test(
  'R-176 the URN of an extension appears with its first attribute and disappears with the last',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const at = `/Users/${(await client.create('Users', aUser('homer'))).id}`
    const steps = [
      [{ op: 'add', path: `${enterpriseUrn}:department`, value: '7G' }, { department: '7G' }],
      [
        { op: 'add', path: enterpriseUrn, value: { division: 'S' } },
        { department: '7G', division: 'S' },
      ],
      [{ op: 'remove', path: `${enterpriseUrn}:department` }, { division: 'S' }],
      [{ op: 'remove', path: `${enterpriseUrn}:division` }, undefined],
      [
        { op: 'add', value: { [enterpriseUrn]: { department: '7G', division: 'S' } } },
        { department: '7G', division: 'S' },
      ],
      [{ op: 'remove', path: enterpriseUrn }, undefined],
    ] as const
    for (const [operation, extension] of steps) {
      const { body } = await client.patch(at, operation)
      const schemas = extension ? [userUrn, enterpriseUrn] : [userUrn]
      t.same([body.schemas, body[enterpriseUrn]], [schemas, extension], JSON.stringify(operation))
    }
  },
)

const syntax: Expected = { status: 400, scimType: 'invalidSyntax' }
const path: Expected = { status: 400, scimType: 'invalidPath' }
const filter: Expected = { status: 400, scimType: 'invalidFilter' }
const value: Expected = { status: 400, scimType: 'invalidValue' }
const mutability: Expected = { status: 400, scimType: 'mutability' }
const noTarget: Expected = { status: 400, scimType: 'noTarget' }

/** Operations that are rejected for a user, also after valid ones in the same request. */
const rejected: readonly (readonly [ids: string, operation: unknown, expected: Expected])[] = [
  ...[
    'emails[',
    'emails[type eq "work"',
    'emails]',
    'emails..value',
    '.title',
    'title.',
    'emails[type eq "work"]value',
    'a b',
    '',
    ' ',
    'emails[type eq "work"].value.x',
  ].map(text => [`R-170 the path "${text}"`, replace(text), path] as const),
  ['R-170 a path that is not a string', replace(5), path],
  ...[
    'emails[type foo "work"].value',
    'emails[type eq].value',
    'emails[].value',
    'emails[smell eq "x"].value',
    'emails[type eq work].value',
  ].map(text => [`R-170 the filter in "${text}"`, replace(text), filter] as const),
  ...[
    'shoeSize',
    'name.shoeSize',
    'emails[type eq "work"].smell',
    'urn:example:shoe:size',
    `${enterpriseUrn}:shoeSize`,
  ].map(text => [`R-173 the unknown "${text}"`, replace(text), path] as const),
  ['R-173 an unknown attribute without a path', { op: 'add', value: { shoeSize: 43 } }, path],
  ...[
    'id',
    'meta',
    'meta.created',
    'meta.resourceType',
    'groups',
    'groups.value',
    'groups[value eq "x"]',
  ].map(
    text => [`R-173 R-059 R-042 a change of the read-only "${text}"`, replace(text), mutability] as const,
  ),
  ...['id', 'meta', 'meta.created', 'schemas', 'groups'].map(
    text => [`R-185 removing the server's "${text}"`, { op: 'remove', path: text }, mutability] as const,
  ),
  ['R-185 removing a required attribute', { op: 'remove', path: 'userName' }, mutability],
  ['R-185 clearing a required attribute', replace('userName', null), mutability],
  ['R-173 a string as a boolean', replace('active', 'false'), value],
  ['R-173 a number as a string', replace('title', 5), value],
  ['R-173 an object as a string', replace('title', { a: 1 }), value],
  ['R-173 a list as a string', replace('title', ['a']), value],
  ['R-173 a string as a complex attribute', replace('name', 'Homer'), value],
  ['R-173 a string as a complex value', replace('emails', ['homer@example.org']), value],
  ['R-173 an invalid sub-attribute', replace('emails[type eq "work"].primary', 'yes'), value],
  [
    'R-037 two primary values',
    replace('emails', [
      { value: 'a', primary: true },
      { value: 'b', primary: true },
    ]),
    value,
  ],
  ['R-033 a certificate that is not base64', replace('x509Certificates', [{ value: '***' }]), value],
  ['R-177 add without a value', { op: 'add', path: 'title' }, value],
  ['R-177 replace without a value', { op: 'replace', path: 'title' }, value],
  ['R-178 add of a string without a path', { op: 'add', value: 'x' }, value],
  ['R-182 remove without a path', { op: 'remove' }, noTarget],
  ['R-182 remove without a path, but with a value', { op: 'remove', value: { title: 'x' } }, noTarget],
  ['R-169 an unknown op', { op: 'move', path: 'title', value: 'x' }, syntax],
  ['R-169 an op that is not a string', { op: 1, path: 'title', value: 'x' }, syntax],
  ['R-169 no op', { path: 'title', value: 'x' }, syntax],
  ['R-169 an operation that is not an object', 'replace', syntax],
]

t.test(
  'R-170 R-173 R-177 R-178 R-182 R-185 R-169 R-172 an invalid operation is rejected with its error, and nothing is changed',
  async t => {
    const { client, advance } = await buildTestApp(t, 'rfc')
    const user = await client.create('Users', aUser('homer', { emails }))
    await advance(60_000)
    for (const [label, operation, expected] of rejected)
      isScimError(
        t,
        await client.patch(`/Users/${user.id}`, replace('title', 'before'), operation),
        expected,
        label,
      )
    t.same((await client.get(`/Users/${user.id}`)).body, user)
  },
)

t.test('R-025 R-169 op and the member names of the message are read in any case', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const at = `/Users/${(await client.create('Users', aUser('homer'))).id}`
  for (const op of ['add', 'Add', 'ADD', 'replace', 'Replace', 'rePLACE'])
    t.match(
      await client.patch(at, { op, path: 'title', value: op }),
      { status: 200, body: { title: op } },
      op,
    )
  for (const op of ['remove', 'Remove'])
    t.equal((await client.patch(at, { op, path: 'title' })).status, 200, op)
  const [urn] = patchOp().schemas
  const folded = { SCHEMAS: [urn?.toUpperCase()], operations: [{ OP: 'add', PATH: 'title', VALUE: 'x' }] }
  t.match(await client.send('PATCH', at, folded), { status: 200, body: { title: 'x' } })
})

t.test(
  'R-167 R-026 a PATCH message requires its schema, and the order of its keys does not matter',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const user = await client.create('Users', aUser('homer'))
    const at = `/Users/${user.id}`
    const Operations = [replace('title')]
    for (const schemas of [undefined, null, [], '', patchOp().schemas[0], [userUrn], ['urn:x'], [5]])
      isScimError(
        t,
        await client.send('PATCH', at, { schemas, Operations }),
        { ...syntax, detail: /PatchOp/ },
        `${schemas}`,
      )
    t.same((await client.get(at)).body, user)
    const turned = { Operations: [{ value: 'x', path: 'title', op: 'replace' }], schemas: patchOp().schemas }
    t.equal((await client.send('PATCH', at, turned)).status, 200)
  },
)

t.test('R-173 a repeated schemas in the value of an extension is ignored', async t => {
  // In the profile interop, each operation needs a path, and no schema of an extension declares `schemas`.
  for (const profile of profileNames.filter(name => name !== 'interop')) {
    const { client } = await buildTestApp(t, profile)
    const { id } = await client.create('Users', aUser('lisa'))
    const extension = (department: string, schemas = 'schemas') => ({
      [schemas]: [enterpriseUrn],
      department,
    })
    const rows = [
      ['Physics', { op: 'add', path: enterpriseUrn, value: extension('Physics') }],
      ['Chemistry', { op: 'replace', path: enterpriseUrn, value: extension('Chemistry', 'SCHEMAS') }],
      ['Biology', { op: 'add', value: { [enterpriseUrn]: extension('Biology') } }],
      ['Music', { op: 'replace', value: { [enterpriseUrn]: extension('Music', 'Schemas') } }],
    ] as const
    for (const [department, operation] of rows) {
      const { status, body } = await client.patch(`/Users/${id}`, operation)
      const label = `${profile}: ${JSON.stringify(operation)}`
      t.ok(status === 200 || status === 204, label, { body })
      const user = (await client.get(`/Users/${id}`)).body
      t.same([user[enterpriseUrn], user.schemas], [{ department }, [userUrn, enterpriseUrn]], label)
    }
    const replaced = await client.put(`/Users/${id}`, {
      ...aUser('lisa'),
      [enterpriseUrn]: extension('Art'),
    })
    t.same(replaced.body[enterpriseUrn], { department: 'Art' }, `${profile}: PUT`)
  }
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('lisa'))
  const path = `${enterpriseUrn}:schemas`
  isScimError(t, await client.patch(`/Users/${id}`, { op: 'add', path, value: [enterpriseUrn] }), {
    status: 400,
    scimType: 'invalidPath',
  })
})

t.test('R-060 R-079 a member cannot be changed in place', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const [marge, homer] = [
    await client.create('Users', aUser('marge')),
    await client.create('Users', aUser('homer')),
  ]
  const group = await client.create('Groups', aGroup('Family', [marge.id]))
  for (const path of [
    `members[value eq "${marge.id}"].value`,
    'members.value',
    `members[value eq "${marge.id}"]`,
    `${groupUrn}:members[value eq "${marge.id}"].value`,
  ]) {
    const sent = path.endsWith(']') ? { value: homer.id } : homer.id
    isScimError(t, await client.patch(`/Groups/${group.id}`, replace(path, sent)), mutability, path)
  }
  t.same((await client.get(`/Groups/${group.id}`)).body, group)
})
