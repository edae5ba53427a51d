import t from 'tap'
import { groupType, userType } from '../../../src/scim/core-schemas.ts'
import type { JsonObject } from '../../../src/scim/json.ts'
import {
  includesRelation,
  project,
  readProjection,
  returnsWholeDocument,
} from '../../../src/scim/projection.ts'
import type { ResourceType } from '../../../src/scim/resource-types.ts'
import { deviceType } from '../../support/device-type.ts'
import { rejection } from '../../support/rejection.ts'

const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const schemas = [userType.schema.id, enterpriseUrn]
const minimum = { id: '1', schemas }
const user: JsonObject = {
  id: '1',
  externalId: 'E1',
  meta: { resourceType: 'User', created: '2025-01-01T00:00:00Z' },
  schemas,
  userName: 'ann',
  name: { givenName: 'Ann', familyName: 'Lee' },
  emails: [{ value: 'a@x', type: 'work' }, { type: 'home' }],
  groups: [{ value: '9', display: 'Ops' }],
  [enterpriseUrn]: { department: 'R&D', manager: { value: '2', displayName: 'Bob' } },
}

const only = (attributes: string, type: ResourceType = userType, resource = user) =>
  project(type, resource, readProjection(type, attributes, undefined))
const without = (excluded: string, type: ResourceType = userType, resource = user) =>
  project(type, resource, readProjection(type, undefined, excluded))

t.test('R-138 attributes returns the minimum and the named attributes', async t => {
  t.same(only('userName'), { ...minimum, userName: 'ann' })
  t.same(only('userName,meta'), { ...minimum, userName: 'ann', meta: user.meta })
  t.same(only('shoeSize'), minimum, 'an unknown name selects nothing')
  t.same(only('nickName'), minimum, 'an attribute without a value is absent')
})

t.test('R-139 excludedAttributes returns everything except the named attributes', async t => {
  const { emails: _emails, groups: _groups, ...rest } = user
  t.same(without('emails,groups'), rest)
  t.same(without('shoeSize'), user)
  t.same(without('name.givenName').name, { familyName: 'Lee' })
  t.same(without('name.givenName,name.familyName').name, undefined)
})

t.test('R-056 R-140 an attribute that is always returned cannot be excluded', async t => {
  t.same(without('id,schemas,userName').id, '1')
  t.same(without('id,schemas,userName').schemas, schemas)
  const device = { id: '1', schemas: [], tag: 'T', serial: 'S' }
  t.same(only('serial', deviceType, device), device)
  t.same(without('tag,serial', deviceType, device), { id: '1', schemas: [], tag: 'T' })
})

t.test('R-141 names have full notation, in any case, with spaces around the commas', async t => {
  t.same(only('NAME.GIVENNAME'), { ...minimum, name: { givenName: 'Ann' } })
  t.same(only('emails.value'), { ...minimum, emails: [{ value: 'a@x' }] })
  t.same(only(`${userType.schema.id}:userName`), { ...minimum, userName: 'ann' })
  t.same(only(`${enterpriseUrn}:manager`), {
    ...minimum,
    [enterpriseUrn]: { manager: { value: '2', displayName: 'Bob' } },
  })
  t.same(only(`${enterpriseUrn.toUpperCase()}:manager.value , userName`), {
    ...minimum,
    userName: 'ann',
    [enterpriseUrn]: { manager: { value: '2' } },
  })
  t.same(only(enterpriseUrn), { ...minimum, [enterpriseUrn]: user[enterpriseUrn] })
  t.same(
    only('name.givenName,name,name.familyName'),
    { ...minimum, name: user.name },
    'the whole attribute takes precedence',
  )
  t.same(without(`${enterpriseUrn}:manager.displayName`)[enterpriseUrn], {
    department: 'R&D',
    manager: { value: '2' },
  })
})

t.test('R-142 the two parameters cannot be combined', async t => {
  t.same(
    rejection(() => readProjection(userType, 'userName', 'emails')),
    {
      status: 400,
      scimType: 'invalidValue',
      detail: '"attributes" and "excludedAttributes" cannot be combined. Send one of them.',
    },
  )
  t.equal(readProjection(userType, undefined, undefined), undefined)
  t.equal(readProjection(userType, '', ' , '), undefined, 'empty parameters count as absent')
})

t.test(
  'R-057 R-058 an attribute with returned "never" is never returned, one with "request" only on request',
  async t => {
    const device = { id: '1', schemas: [], tag: 'T', pin: '1234', notes: 'long', label: 'L' }
    const shown = { id: '1', schemas: [], tag: 'T', label: 'L' }
    t.same(project(deviceType, device, undefined), shown)
    t.same(only('pin,notes', deviceType, device), { id: '1', schemas: [], tag: 'T', notes: 'long' })
    t.same(without('pin', deviceType, device), shown)
    t.same(only('password', userType, { ...user, password: 'x' }), minimum)
  },
)

t.test('an empty list is returned as an empty list', async t => {
  t.same(project(groupType, { id: '1', members: [] }, undefined), { id: '1', members: [] })
})

t.test('related resources are read only if they are returned', async t => {
  const wanted = (attributes?: string, excluded?: string) =>
    includesRelation(readProjection(groupType, attributes, excluded), groupType, 'members')
  t.same(
    {
      plain: wanted(),
      named: wanted('members.value'),
      others: wanted('displayName'),
      excluded: wanted(undefined, 'Members'),
      partly: wanted(undefined, 'members.display'),
    },
    { plain: true, named: true, others: false, excluded: false, partly: true },
  )
  t.equal(includesRelation(undefined, groupType, 'groups'), false)
})

t.test('a stored document is returned unchanged if its type hides nothing', async t => {
  t.same(
    [userType, groupType, deviceType].map(type => returnsWholeDocument(type, undefined)),
    [true, true, false],
  )
  const excluding = (names: string) =>
    returnsWholeDocument(groupType, readProjection(groupType, undefined, names))
  t.same(['members', 'members.display', 'displayName'].map(excluding), [true, true, false])
  t.equal(returnsWholeDocument(groupType, readProjection(groupType, 'members', undefined)), false)
})
