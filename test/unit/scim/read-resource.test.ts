import t from 'tap'
import { groupType, userType } from '../../../src/scim/core-schemas.ts'
import { checkImmutable, checkRequired, readResource } from '../../../src/scim/read-resource.ts'
import { aDevice, deviceType, deviceUrn, warrantyUrn } from '../../support/device-type.ts'
import { rejection } from '../../support/rejection.ts'
import { lenientReads, strictReads } from '../../support/request-policy.ts'

const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const aUser = (more: object = {}) => ({ schemas: [userUrn], userName: 'ann', ...more })

const readUser = (body: unknown, reads = strictReads) => readResource(body, userType, reads).resource
const refused = (body: unknown, reads = strictReads) => rejection(() => readUser(body, reads))

t.test('R-020 a body that is not an object is rejected', async t => {
  for (const body of [undefined, null, [], 'ann', 5]) {
    t.same(refused(body), {
      status: 400,
      scimType: 'invalidSyntax',
      detail: 'The body must be a JSON object with the attributes of a User.',
    })
  }
})

t.test('R-025 names are accepted in any case, and core names with their URN', async t => {
  t.same(
    readUser({
      SCHEMAS: [userUrn.toUpperCase()],
      USERNAME: 'ann',
      [`${userUrn}:displayname`]: 'Ann',
      [enterpriseUrn.toLowerCase()]: { Department: 'R&D' },
    }),
    { userName: 'ann', displayName: 'Ann', [enterpriseUrn]: { department: 'R&D' } },
  )
})

t.test('an attribute that is sent in two spellings is rejected', async t => {
  const twice = (one: string, other: string) => ({
    status: 400,
    scimType: 'invalidSyntax',
    detail: `"${one}" and "${other}" are the same attribute. Send it once.`,
  })
  t.same(refused({ schemas: [userUrn], username: 'ann', userName: 'bob' }), twice('username', 'userName'))
  t.same(refused(aUser({ [`${userUrn}:userName`]: 'bob' })), twice('userName', `${userUrn}:userName`))
  t.same(refused(aUser({ Schemas: [userUrn] })), twice('schemas', 'Schemas'))
})

t.test('R-026 R-029 the schema of the resource is required, except by a lenient profile', async t => {
  for (const schemas of [undefined, null, []]) {
    t.same(refused({ schemas, userName: 'ann' }), {
      status: 400,
      scimType: 'invalidSyntax',
      detail: `"schemas" is missing. Send "schemas": ["${userUrn}"].`,
    })
    t.same(readUser({ schemas, userName: 'ann' }, lenientReads), { userName: 'ann' })
  }
  t.same(refused({ schemas: [enterpriseUrn], userName: 'ann' }), {
    status: 400,
    scimType: 'invalidSyntax',
    detail: `"schemas" does not contain the schema of a User. Add "${userUrn}".`,
  })
  t.match(refused(aUser({ schemas: userUrn })), { scimType: 'invalidSyntax', detail: /array/ })
  t.match(refused(aUser({ schemas: [7] })), { scimType: 'invalidSyntax', detail: /schemas\[0\]/ })
})

t.test('R-027 a schema that the type does not have is rejected, except by a lenient profile', async t => {
  const microsoft = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'
  const body = { schemas: [groupUrn, microsoft], displayName: 'Ops' }
  t.same(
    rejection(() => readResource(body, groupType, strictReads)),
    {
      status: 400,
      scimType: 'invalidValue',
      detail: `schemas[1] is "${microsoft}", which is not a schema of a Group. Its schemas are: ${groupUrn}.`,
    },
  )
  t.same(readResource(body, groupType, lenientReads).resource, { displayName: 'Ops' })
})

t.test('R-028 the order of schemas changes nothing', async t => {
  const more = { [enterpriseUrn]: { division: 'North' } }
  t.same(
    readUser(aUser({ schemas: [userUrn, enterpriseUrn], ...more })),
    readUser(aUser({ schemas: [enterpriseUrn, userUrn], ...more })),
  )
})

t.test('R-042 R-048 R-059 R-073 id, meta and groups in a body are ignored', async t => {
  t.same(readUser(aUser({ id: '', meta: 'whatever', groups: [{ value: '1' }], externalId: 'E1' })), {
    userName: 'ann',
    externalId: 'E1',
  })
})

t.test('R-040 null, [] and {} leave an attribute without a value', async t => {
  t.same(readUser(aUser({ name: {}, emails: [], addresses: null, [enterpriseUrn]: { manager: null } })), {
    userName: 'ann',
  })
})

t.test('R-054 attributes of an extension are in its container', async t => {
  const department = { [enterpriseUrn]: { department: 'R&D', manager: { value: '7' } } }
  t.same(readUser(aUser(department)), { userName: 'ann', ...department })
})

t.test('R-089 an unknown attribute is rejected, or ignored as a whole', async t => {
  t.same(refused(aUser({ shoeSize: 43 })), {
    status: 400,
    scimType: 'invalidSyntax',
    detail: 'No schema has the attribute "shoeSize". Correct its name or omit it.',
  })
  t.same(readUser(aUser({ shoeSize: 43, 'urn:example:unknown': { a: 1 } }), lenientReads), {
    userName: 'ann',
  })
  const polluting: unknown = JSON.parse(
    `{"schemas":["${userUrn}"],"userName":"ann","__proto__":{"active":true}}`,
  )
  t.same(readUser(polluting, lenientReads), { userName: 'ann' })
})

t.test('R-064 R-066 R-077 required attributes must have a value', async t => {
  for (const userName of [undefined, null, '']) {
    t.same(refused(aUser({ userName })), {
      status: 400,
      scimType: 'invalidValue',
      detail: 'A User requires userName: it is missing or empty.',
    })
  }
  t.match(
    rejection(() => readResource({ schemas: [groupUrn] }, groupType, strictReads)),
    {
      scimType: 'invalidValue',
      detail: /displayName/,
    },
  )
})

t.test(
  'R-055 R-064 all missing attributes are reported, also in extensions and complex attributes',
  async t => {
    const read = (body: object) => rejection(() => readResource(body, deviceType, strictReads)).detail
    t.equal(
      read({ schemas: [deviceUrn], maker: { country: 'DE' } }),
      `A Device requires serial, maker.name, ${warrantyUrn}: they are missing or empty.`,
    )
    t.equal(
      read(aDevice({ [warrantyUrn]: { contacts: [{ value: '1' }] } })),
      `A Device requires ${warrantyUrn}:contract: it is missing or empty.`,
    )
  },
)

t.test('an omitted or null attribute gets its default', async t => {
  const read = (more: object) => readResource(aDevice(more), deviceType, strictReads).resource.inUse
  t.equal(read({}), true)
  t.equal(read({ inUse: null }), true)
  t.equal(read({ inUse: false }), false)
})

t.test('R-061 a write-only value is accepted', async t => {
  t.equal(readUser(aUser({ password: 'secret' })).password, 'secret')
})

t.test('members are returned as ids, and as undefined if the body has no members', async t => {
  const members = (more: object) =>
    readResource({ schemas: [groupUrn], displayName: 'Ops', ...more }, groupType, strictReads)
  t.same(members({ members: [{ value: '1', type: 'User' }, { value: '2' }, { value: '1' }] }), {
    resource: { displayName: 'Ops' },
    members: { members: ['1', '2'] },
  })
  t.same(members({ members: [] }).members, { members: [] })
  t.same(members({ members: null }).members, { members: [] })
  t.equal(members({}).members, undefined)
})

t.test('R-185 a change cannot remove the value of a required attribute', async t => {
  t.equal(checkRequired(userType, { userName: 'ann' }), undefined)
  t.same(
    rejection(() => checkRequired(userType, { displayName: 'Ann' })),
    {
      status: 400,
      scimType: 'mutability',
      detail: 'This would remove userName, which a User requires. Replace the value instead.',
    },
  )
})

t.test('R-060 R-162 an immutable attribute is set once', async t => {
  const device = (more: object = {}) => readResource(aDevice(more), deviceType, strictReads).resource
  const maker = { name: 'ACME', country: 'DE' }
  t.equal(
    checkImmutable(deviceType, device(), device({ label: 'new', maker })),
    undefined,
    'an attribute without a value can be set',
  )
  t.equal(
    checkImmutable(deviceType, device({ maker }), device({ maker: { ...maker, name: 'New' } })),
    undefined,
  )
  const once = (path: string) => ({
    status: 400,
    scimType: 'mutability',
    detail: `${path} is immutable and already has a value. Send its current value or omit it.`,
  })
  t.same(
    rejection(() => checkImmutable(deviceType, device(), device({ serial: 'S-2' }))),
    once('serial'),
  )
  t.same(
    rejection(() =>
      checkImmutable(deviceType, device({ maker }), device({ maker: { ...maker, country: 'FR' } })),
    ),
    once('maker.country'),
  )
  t.same(
    rejection(() => checkImmutable(deviceType, device({ maker }), device())),
    once('maker.country'),
  )
})

t.test("the user in Entra's documentation is accepted by a lenient profile", async t => {
  const body = {
    schemas: [userUrn, 'urn:ietf:params:scim:schemas:extension:enterprise2.0User'],
    externalId: '0a21f0f2',
    userName: 'Test_User',
    active: 'True',
    addresses: null,
    department: null,
    manager: null,
    displayName: '',
    emails: [{ primary: true, type: 'work', value: 'Test_User@testuser.com' }],
    meta: { resourceType: 'User' },
    name: { formatted: 'given family', familyName: 'family', givenName: 'given' },
    roles: [],
  }
  t.same(readUser(body, lenientReads), {
    externalId: '0a21f0f2',
    userName: 'Test_User',
    active: true,
    emails: body.emails,
    name: body.name,
  })
})
