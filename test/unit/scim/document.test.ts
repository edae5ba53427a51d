import t from 'tap'
import { groupType, userType } from '../../../src/scim/core-schemas.ts'
import { prepareResource, resourceFromDocument } from '../../../src/scim/document.ts'
import { toSearchForm } from '../../../src/scim/filter/evaluate.ts'
import type { JsonObject } from '../../../src/scim/json.ts'
import { listResponse } from '../../../src/scim/messages.ts'
import {
  includesRelation,
  project,
  readProjection,
  returnsWholeDocument,
} from '../../../src/scim/projection.ts'
import { toResourceId } from '../../../src/scim/resource.ts'
import type { ResourceType } from '../../../src/scim/resource-types.ts'
import { aDevice, deviceType, deviceUrn, warrantyUrn } from '../../support/device-type.ts'
import { rejection } from '../../support/rejection.ts'

const id = toResourceId('1')
const userUrn = userType.schema.id
const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

t.test('a document has its names in a fixed order, whatever the order in the request', async t => {
  const { document } = prepareResource(userType, id, {
    [enterpriseUrn]: { manager: { value: '2' }, department: 'R&D' },
    active: true,
    emails: [{ type: 'work', value: 'a@x' }],
    name: { givenName: 'Ann', familyName: 'Lee' },
    externalId: 'E1',
    userName: 'ann',
  })
  t.equal(
    document,
    JSON.stringify({
      id: '1',
      externalId: 'E1',
      schemas: [userUrn, enterpriseUrn],
      userName: 'ann',
      name: { familyName: 'Lee', givenName: 'Ann' },
      active: true,
      emails: [{ value: 'a@x', type: 'work' }],
      [enterpriseUrn]: { department: 'R&D', manager: { value: '2' } },
    }),
  )
})

t.test('R-029 R-055 schemas lists the extensions in which the resource has values', async t => {
  const schemasOf = (more: object) =>
    JSON.parse(prepareResource(userType, id, { userName: 'ann', ...more }).document).schemas
  t.same(schemasOf({}), [userUrn])
  t.same(schemasOf({ [enterpriseUrn]: {} }), [userUrn])
  t.same(schemasOf({ [enterpriseUrn]: { manager: {} } }), [userUrn])
  t.same(schemasOf({ [enterpriseUrn]: { division: 'North' } }), [userUrn, enterpriseUrn])
})

t.test('R-040 an attribute without a value is not in the document', async t => {
  t.equal(
    prepareResource(userType, id, { userName: 'ann', name: {}, emails: [], roles: [{}], title: null })
      .document,
    JSON.stringify({ id: '1', schemas: [userUrn], userName: 'ann' }),
  )
})

t.test('keys are case-folded unless case matters, and exclusive if values must be unique', async t => {
  const { keys } = prepareResource(userType, id, {
    userName: 'Ann',
    externalId: 'E1',
    displayName: 'ANN LEE',
    emails: [{ value: 'A@x' }, { value: 'a@X', type: 'work' }, { value: 'b@x' }],
    [enterpriseUrn]: { manager: { value: 'M' } },
  })
  t.same(keys, [
    { attribute: 'externalId', value: 'E1', exclusive: false },
    { attribute: 'userName', value: 'ann', exclusive: true },
    { attribute: 'displayName', value: 'ann lee', exclusive: false },
    { attribute: 'emails.value', value: 'a@x', exclusive: false },
    { attribute: 'emails.value', value: 'b@x', exclusive: false },
    { attribute: `${enterpriseUrn}:manager.value`, value: 'M', exclusive: false },
  ])
})

t.test('R-062 R-067 keys keep their case if it matters, and are composed if it does not', async t => {
  const { keys } = prepareResource(deviceType, id, {
    serial: 'aB',
    colors: ['Re\u0301d'],
    [warrantyUrn]: { contract: 'C-1' },
  })
  t.same(keys, [
    { attribute: 'serial', value: 'aB', exclusive: true },
    { attribute: 'colors', value: 'r\u00e9d', exclusive: false },
    { attribute: `${warrantyUrn}:contract`, value: 'c-1', exclusive: true },
  ])
})

t.test('R-057 R-061 R-068 a password is kept apart from everything that is returned or searched', async t => {
  const { secrets, ...others } = prepareResource(userType, id, { userName: 'ann', password: '$hash' })
  t.equal(secrets, '{"password":"$hash"}')
  t.same(others, prepareResource(userType, id, { userName: 'ann' }))
})

t.test('a resource has a label, and is displayed by its display name if it has one', async t => {
  const namesOf = (resource: object) => {
    const { label, display, enabled } = prepareResource(userType, id, { ...resource })
    return { label, display, enabled }
  }
  t.same(namesOf({ userName: 'ann', displayName: 'Ann' }), { label: 'ann', display: 'Ann', enabled: true })
  t.same(namesOf({ userName: 'ann', active: false }), { label: 'ann', display: 'ann', enabled: false })
  t.same(namesOf({ displayName: '' }), { label: '1', display: '1', enabled: true })
  t.equal(prepareResource(groupType, id, { displayName: 'Ops' }).enabled, true)
})

t.test('filters apply to the document', async t => {
  const { document, search } = prepareResource(userType, id, { userName: 'Ann', emails: [{ value: 'A@x' }] })
  t.same(search, toSearchForm(userType, JSON.parse(document)))
})

t.test('a stored document is parsed into the resource that was prepared', async t => {
  const { schemas: _schemas, ...device } = aDevice({ maker: { name: 'ACME' } })
  const { document } = prepareResource(deviceType, id, device)
  t.same(JSON.parse(document).schemas, [deviceUrn, warrantyUrn])
  t.same(resourceFromDocument({ document }), device)
})

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

const listSchemas = ['urn:ietf:params:scim:api:messages:2.0:ListResponse']
const resources = ['{"id":"1"}', '{"id":"2"}']

t.test('R-091 R-092 an index-based list has the total, the page size and the start index', async t => {
  t.same(JSON.parse(listResponse({ by: 'index', resources, total: 7, startIndex: 3 })), {
    totalResults: 7,
    itemsPerPage: 2,
    startIndex: 3,
    schemas: listSchemas,
    Resources: [{ id: '1' }, { id: '2' }],
  })
})

t.test('R-093 an empty list is a list', async t => {
  t.same(JSON.parse(listResponse({ by: 'index', resources: [], total: 0, startIndex: 1 })), {
    totalResults: 0,
    itemsPerPage: 0,
    startIndex: 1,
    schemas: listSchemas,
    Resources: [],
  })
})

t.test('R-133 a cursor-based list has the next cursor, and the total only if it is known', async t => {
  t.same(JSON.parse(listResponse({ by: 'cursor', resources, next: 'abc' })), {
    itemsPerPage: 2,
    nextCursor: 'abc',
    schemas: listSchemas,
    Resources: [{ id: '1' }, { id: '2' }],
  })
  t.same(JSON.parse(listResponse({ by: 'cursor', resources: [], total: 0 })), {
    totalResults: 0,
    itemsPerPage: 0,
    schemas: listSchemas,
    Resources: [],
  })
})

t.test('stored documents are returned unchanged', async t => {
  const text = '{"id":"1", "n":1.0}'
  t.ok(listResponse({ by: 'cursor', resources: [text] }).endsWith(`"Resources":[${text}]}`))
})
