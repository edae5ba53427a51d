import t from 'tap'
import { pathText } from '../../../../src/scim/attribute.ts'
import { breakingChanges } from '../../../../src/scim/declare/compatibility.ts'
import { lamps, lampUrn, read, roomUrn } from './declared.ts'

/** The breaking changes, each with the path that resources must have a value for: `Lamp.label if label`. */
const dangers = (before: unknown, after: unknown) =>
  breakingChanges(read(before), read(after)).map(({ place, valuePath }) =>
    valuePath ? `${place} if ${pathText(valuePath) || 'any'}` : `${place} if a record`,
  )

const change = (before: object, after: object) =>
  dangers(lamps([{ name: 'one', ...before }]), lamps([{ name: 'one', ...after }]))

const room = (...attributes: readonly object[]) => ({
  schemas: [{ id: roomUrn, attributes }],
  resourceTypes: [{ name: 'User', schemaExtensions: [{ schema: roomUrn, required: false }] }],
})
const strictRoom = (...attributes: readonly object[]) => ({
  ...room(...attributes),
  resourceTypes: [{ name: 'User', schemaExtensions: [{ schema: roomUrn, required: true }] }],
})

t.test('changes without effect on stored values are allowed', async t => {
  t.same(dangers({}, lamps([{ name: 'one' }])), [], 'an additional type')
  t.same(dangers({}, room({ name: 'floor' })), [], 'an additional extension')
  t.same(dangers(lamps([]), lamps([{ name: 'one' }])), [], 'an additional attribute')
  t.same(
    dangers(lamps([{ name: 'one' }]), lamps([{ name: 'one' }], { endpoint: '/L', description: 'x' })),
    [],
  )
  const free = [
    { description: 'x' },
    { canonicalValues: ['x'] },
    { returned: 'request' },
    { returned: 'always' },
    { mutability: 'immutable' },
    { mutability: 'readOnly' },
  ]
  for (const one of free) t.same([...change({}, one), ...change(one, {})], [], JSON.stringify(one))
  t.same(change({ required: true }, {}), [], 'no longer required')
  t.same(change({ uniqueness: 'server' }, { uniqueness: 'global' }), [])
  t.same(change({ uniqueness: 'server' }, {}), [], 'no longer unique')
})

t.test('a type, schema or attribute with stored values cannot be removed', async t => {
  t.same(dangers(lamps([{ name: 'one' }]), {}), ['Lamp if a record'])
  t.same(dangers(lamps([{ name: 'one' }]), lamps([])), ['Lamp.one if one'])
  const outer = (...names: readonly string[]) =>
    lamps([{ name: 'outer', type: 'complex', subAttributes: names.map(name => ({ name })) }])
  t.same(dangers(outer('a', 'b'), outer('b')), ['Lamp.outer.a if outer.a'])
  t.same(dangers(room({ name: 'floor' }), {}), [`User.${roomUrn} if ${roomUrn}`])
  t.same(dangers(room({ name: 'floor' }), room()), [`User.${roomUrn}:floor if ${roomUrn}:floor`])
})

t.test('changes that invalidate or lose stored values are reported', async t => {
  const held = ['Lamp.one if one']
  t.same(change({}, { type: 'integer' }), held)
  t.same(change({}, { multiValued: true }), held)
  t.same(change({}, { caseExact: true }), held)
  t.same(change({}, { uniqueness: 'server' }), held)
  t.same(change({}, { mutability: 'writeOnly' }), held)
  t.same(change({ returned: 'never' }, {}), held)
  t.same(dangers(lamps([{ name: 'one' }]), lamps([{ name: 'ONE' }])), held)
  const other = 'urn:example:scim:schemas:OtherLamp'
  t.same(dangers(lamps([]), lamps([], { schema: other }, { id: other })), ['Lamp if any'])
  t.not(lampUrn, other)
})

t.test('an attribute that becomes required is missing in existing resources', async t => {
  t.same(change({}, { required: true }), ['Lamp.one if any'])
  t.same(dangers(lamps([]), lamps([{ name: 'one', required: true }])), ['Lamp.one if any'])
  t.same(dangers({}, strictRoom({ name: 'floor' })), [`User.${roomUrn} if any`])
  t.same(dangers(room({ name: 'floor' }), strictRoom({ name: 'floor' })), [`User.${roomUrn} if any`])
  t.same(dangers(room({ name: 'floor' }), room({ name: 'floor', required: true })), [
    `User.${roomUrn}:floor if ${roomUrn}`,
  ])
  t.same(dangers({}, room({ name: 'floor', required: true })), [], 'no resource has the extension yet')
})
