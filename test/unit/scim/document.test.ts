import t from 'tap'
import { groupType, userType } from '../../../src/scim/core-schemas.ts'
import { prepareResource, resourceFromDocument } from '../../../src/scim/document.ts'
import { toSearchForm } from '../../../src/scim/filter/evaluate.ts'
import { toResourceId } from '../../../src/scim/resource.ts'
import { aDevice, deviceType, deviceUrn, warrantyUrn } from '../../support/device-type.ts'

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
