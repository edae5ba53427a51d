import t, { type Test } from 'tap'
import { profileNames } from '../../src/profiles/names.ts'
import { aGroup, aUser, enterpriseUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, type ScimClient } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

const badgeUrn = 'urn:example:scim:schemas:extension:Badge'

const work = { value: 'work@example.org', type: 'work', primary: true }
const home = { value: 'home@example.org', type: 'home' }
const other = { value: 'other@example.org', type: 'other' }

type Op = 'add' | 'remove' | 'replace'
const operation = (op: Op, path: string | undefined, value?: unknown) => ({
  op,
  ...(path !== undefined && { path }),
  ...(value !== undefined && { value }),
})

/** The attribute after an operation on a user with a work and a home address. */
type Row = readonly [ids: string, op: Op, path: string | undefined, value: unknown, after: unknown]

/** Each row has a user of its own, so that rows are independent. */
async function each(t: Test, attribute: string, rows: readonly Row[]) {
  const { client } = await buildTestApp(t, 'rfc')
  for (const [at, [ids, op, path, value, after]] of rows.entries()) {
    const { id } = await client.create(
      'Users',
      aUser(`user-${at}`, { title: 'Artist', emails: [work, home] }),
    )
    const { status, body } = await client.patch(`/Users/${id}`, operation(op, path, value))
    const label = `${ids} ${op} ${path} ${JSON.stringify(value)}`
    t.same([status, body[attribute]], [200, after], label)
    t.same((await client.get(`/Users/${id}`)).body, body, `${label} is kept`)
  }
}

t.test('R-179 R-174 R-039 R-181 add appends to a list, and leaves one primary value', async t => {
  const notPrimary = { ...work, primary: false }
  await each(t, 'emails', [
    ['R-179', 'add', 'emails', [other], [work, home, other]],
    ['R-179', 'add', 'emails', other, [work, home, other]],
    ['R-179', 'add', undefined, { emails: [other] }, [work, home, other]],
    ['R-180', 'add', 'emails', [work], [work, home]],
    ['R-039', 'add', 'emails', [{ value: 'HOME@example.org', type: 'home' }], [work, home]],
    [
      'R-174',
      'add',
      'emails',
      [{ ...other, primary: true }],
      [notPrimary, home, { ...other, primary: true }],
    ],
    ['R-174', 'replace', 'emails[type eq "home"].primary', true, [notPrimary, { ...home, primary: true }]],
    ['R-174', 'add', 'emails[type eq "home"].primary', true, [notPrimary, { ...home, primary: true }]],
    ['R-179', 'add', 'emails[type eq "home"].display', 'Home', [work, { ...home, display: 'Home' }]],
    [
      'R-181',
      'add',
      'emails[type eq "other"].value',
      other.value,
      [work, home, { type: 'other', value: other.value }],
    ],
  ])
})

t.test('R-183 R-184 remove deletes a value, a sub-attribute of it, or all values', async t => {
  await each(t, 'emails', [
    ['R-183', 'remove', 'emails', undefined, undefined],
    ['R-184', 'remove', 'emails[type eq "work"]', undefined, [home]],
    ['R-184', 'remove', 'emails[type eq "home" and value co "HOME"]', undefined, [work]],
    ['R-184', 'remove', 'emails[value ew "example.org"]', undefined, undefined],
    [
      'R-183',
      'remove',
      'emails[type eq "work"].primary',
      undefined,
      [{ value: work.value, type: 'work' }, home],
    ],
    ['R-187', 'remove', 'emails', [{ value: work.value, type: 'work' }], [home]],
  ])
  await each(t, 'title', [
    ['R-183', 'remove', 'title', undefined, undefined],
    ['R-183 R-040', 'replace', 'title', null, undefined],
    ['R-183', 'remove', 'nickName', undefined, 'Artist'],
  ])
})

t.test('R-189 R-190 R-192 replace sets a list, a value of it, or a sub-attribute of each value', async t => {
  await each(t, 'emails', [
    ['R-189', 'replace', 'emails', [other], [other]],
    ['R-189 R-040', 'replace', 'emails', [], undefined],
    ['R-192', 'replace', 'emails[type eq "work"]', other, [other, home]],
    [
      'R-192',
      'replace',
      'emails[type eq "work"].value',
      'new@example.org',
      [{ ...work, value: 'new@example.org' }, home],
    ],
    [
      'R-192',
      'replace',
      'emails[value co "example"].display',
      'x',
      [
        { ...work, display: 'x' },
        { ...home, display: 'x' },
      ],
    ],
    [
      'R-192',
      'replace',
      'emails.display',
      'x',
      [
        { ...work, display: 'x' },
        { ...home, display: 'x' },
      ],
    ],
  ])
  await each(t, 'nickName', [
    ['R-190', 'replace', 'nickName', 'M', 'M'],
    ['R-190', 'replace', undefined, { nickName: 'M' }, 'M'],
    ['R-190', 'add', 'nickName', 'M', 'M'],
  ])
  await each(t, 'phoneNumbers', [
    ['R-190', 'replace', 'phoneNumbers', [{ value: '1', type: 'work' }], [{ value: '1', type: 'work' }]],
  ])
})

t.test('R-179 R-191 the given sub-attributes of a complex attribute are set, the others stay', async t => {
  await each(t, 'name', [
    [
      'R-179',
      'add',
      'name',
      { middleName: 'J' },
      { givenName: 'Marge', familyName: 'Simpson', middleName: 'J' },
    ],
    ['R-191', 'replace', 'name', { givenName: 'Lisa' }, { givenName: 'Lisa', familyName: 'Simpson' }],
    [
      'R-191',
      'replace',
      undefined,
      { name: { givenName: 'Lisa' } },
      { givenName: 'Lisa', familyName: 'Simpson' },
    ],
    ['R-191', 'replace', 'name.familyName', 'Bouvier', { givenName: 'Marge', familyName: 'Bouvier' }],
    ['R-183', 'remove', 'name.familyName', undefined, { givenName: 'Marge' }],
    ['R-183', 'remove', 'name', undefined, undefined],
  ])
})

t.test('R-193 replace with a filter without matches returns noTarget and changes nothing', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge', { emails: [work] }))
  for (const path of [
    'emails[type eq "home"]',
    'emails[type eq "home"].value',
    'phoneNumbers[type eq "work"].value',
  ]) {
    const value = path.endsWith(']') ? home : home.value
    const response = await client.patch(
      `/Users/${user.id}`,
      operation('replace', 'title', 'x'),
      operation('replace', path, value),
    )
    isScimError(t, response, { status: 400, scimType: 'noTarget', detail: /home|work/ }, path)
  }
  t.same((await client.get(`/Users/${user.id}`)).body, user)
})

t.test('R-184 R-186 remove with a filter without matches is noTarget, except for members', async t => {
  const { client, another } = await buildTestApp(t, 'rfc')
  const others = [
    (await another('rfc', { switches: { unmatchedRemoval: 'ignore' } })).client,
    (await another('entra')).client,
    (await another('aws')).client,
  ]
  const create = async (scim: ScimClient) => {
    const user = await scim.create('Users', aUser('marge', { emails: [work] }))
    const group = await scim.create('Groups', aGroup('Parents', [user.id]))
    return { user, group }
  }
  const paths = [
    'emails[type eq "home"]',
    'emails[type eq "home"].value',
    'phoneNumbers[type eq "work"].value',
  ]
  const gone = { op: 'remove', path: 'members[value eq "90731d4f-6a2c-4d0a-bf2b-3a4b0f3f8d11"]' }

  const { user, group } = await create(client)
  for (const path of paths) {
    const { status, body } = await client.patch(
      `/Users/${user.id}`,
      operation('replace', 'title', 'x'),
      operation('remove', path),
    )
    t.match(
      { status, body },
      { status: 400, body: { scimType: 'noTarget', detail: /nothing to remove/ } },
      path,
    )
  }
  t.equal((await client.get(`/Users/${user.id}`)).body.title, undefined)
  t.equal((await client.patch(`/Groups/${group.id}`, gone)).status, 200)

  for (const other of others) {
    const created = await create(other)
    for (const path of paths) {
      const { status } = await other.patch(`/Users/${created.user.id}`, operation('remove', path))
      t.ok(status < 300, `${status} ${path}`)
    }
    const { status } = await other.patch(`/Groups/${created.group.id}`, gone)
    t.ok(status < 300, String(status))
  }
})

t.test('R-178 R-188 without a path, the value contains the attributes, also with dots and URNs', async t => {
  for (const op of ['add', 'replace'] as const) {
    const { client } = await buildTestApp(t, 'rfc')
    const user = await client.create('Users', aUser('marge', { title: 'Artist' }))
    const { body } = await client.patch(
      `/Users/${user.id}`,
      operation(op, undefined, {
        nickName: 'Midge',
        'name.middleName': 'J',
        [`${userUrn}:displayName`]: 'Midge B.',
        [`${enterpriseUrn}:department`]: 'Home',
        [enterpriseUrn]: { costCenter: '7' },
      }),
    )
    t.same(
      body,
      {
        ...user,
        meta: body.meta,
        schemas: [userUrn, enterpriseUrn],
        nickName: 'Midge',
        displayName: 'Midge B.',
        name: { ...user.name, middleName: 'J' },
        [enterpriseUrn]: { department: 'Home', costCenter: '7' },
      },
      op,
    )
  }
})

t.test(
  'R-180 R-050 adding or replacing equal values changes neither lastModified nor the version',
  async t => {
    const { client, advance } = await buildTestApp(t, 'rfc')
    const values = { title: 'Artist', emails: [work, home], [enterpriseUrn]: { department: 'Home' } }
    const user = await client.create('Users', aUser('marge', values))
    await advance(60_000)
    for (const sent of [
      operation('add', 'emails', [work]),
      operation('add', 'emails', [home, work]),
      operation('add', 'emails[type eq "work"].value', work.value),
      operation('add', 'title', 'Artist'),
      operation('add', 'name', { givenName: 'Marge' }),
      operation('add', undefined, { title: 'Artist', name: user.name }),
      operation('add', `${enterpriseUrn}:department`, 'Home'),
      operation('replace', 'emails[type eq "work"].primary', true),
      operation('replace', 'emails', [work, home]),
      operation('remove', 'nickName'),
    ]) {
      const { status, body } = await client.patch(`/Users/${user.id}`, sent)
      t.same([status, body], [200, user], JSON.stringify(sent))
    }
  },
)

t.test('R-185 R-066 no PATCH operation can set a required attribute to an empty value', async t => {
  for (const profile of profileNames) {
    const { client } = await buildTestApp(t, profile)
    const user = await client.create('Users', aUser('marge'))
    const group = await client.create('Groups', aGroup('family'))
    const rows = [
      [`/Users/${user.id}`, 'userName'],
      [`/Users/${user.id}`, `${userUrn}:userName`],
      [`/Groups/${group.id}`, 'displayName'],
    ] as const
    for (const [path, name] of rows) {
      for (const op of ['add', 'Add', 'replace']) {
        for (const value of ['', null]) {
          const label = `${profile}: ${op} ${name} ${JSON.stringify(value)}`
          t.equal((await client.patch(path, { op, path: name, value })).status, 400, label)
          const withoutPath = { op, value: { [name]: value } }
          t.equal((await client.patch(path, withoutPath)).status, 400, `${label} without a path`)
        }
      }
      t.equal(
        (await client.patch(path, { op: 'remove', path: name })).status,
        400,
        `${profile}: remove ${name}`,
      )
    }
    t.match((await client.get(`/Users/${user.id}`)).body, user, 'the user is unchanged')
    t.match((await client.get(`/Groups/${group.id}`)).body, { displayName: 'family' })
  }
})

t.test('R-185 an empty value is also rejected for a required sub-attribute and in extensions', async t => {
  for (const profile of ['rfc', 'entra'] as const) {
    const { deps, tenant, client } = await buildTestApp(t, profile)
    await deps.tenants.setDeclarations(tenant.id, {
      schemas: [
        {
          id: badgeUrn,
          attributes: [
            { name: 'number', required: true },
            {
              name: 'doors',
              type: 'complex',
              multiValued: true,
              subAttributes: [{ name: 'value', required: true }, { name: 'type' }, { name: 'note' }],
            },
          ],
        },
      ],
      resourceTypes: [{ name: 'User', schemaExtensions: [{ schema: badgeUrn, required: false }] }],
    })
    const badge = { number: '7', doors: [{ value: 'north', type: 'front', note: 'red' }] }
    const { id } = await client.create('Users', aUser('marge', { [badgeUrn]: badge }))
    for (const value of profile === 'entra' ? ['', null] : [null]) {
      for (const path of [`${badgeUrn}:number`, `${badgeUrn}:doors[type eq "front"].value`]) {
        const response = await client.patch(`/Users/${id}`, { op: 'add', path, value })
        isScimError(
          t,
          response,
          { status: 400, scimType: 'mutability', detail: /requires one/ },
          `${profile}: ${path}`,
        )
      }
      const note = { op: 'add', path: `${badgeUrn}:doors[type eq "front"].note`, value }
      t.ok(
        (await client.patch(`/Users/${id}`, note)).status < 300,
        'an optional attribute may be added empty',
      )
    }
    t.same((await client.get(`/Users/${id}`)).body[badgeUrn], badge)
  }
})
