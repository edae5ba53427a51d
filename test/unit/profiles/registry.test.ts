import t from 'tap'
import { profileNames } from '../../../src/profiles/names.ts'
import { enforce, findBrokenRule, type Rule } from '../../../src/profiles/profile.ts'
import { checkSwitches, hasFixedTypes, loadProfile, switchesOf } from '../../../src/profiles/registry.ts'
import { errors } from '../../../src/scim/error.ts'
import { rejection } from '../../support/rejection.ts'

t.test('there are four profiles, and the same name and switches return the same object', async t => {
  t.same(profileNames, ['aws', 'entra', 'rfc', 'interop'])
  t.same(
    profileNames.map(name => loadProfile(name).name),
    profileNames,
  )
  t.equal(loadProfile('aws'), loadProfile('aws', { putUserStatus: '200' }))
  t.not(loadProfile('aws'), loadProfile('aws', { putUserStatus: '201' }))
})

t.test('a profile lists all of its switches with their current values', async t => {
  const byDefault = Object.fromEntries(switchesOf('aws').map(one => [one.id, one.default]))
  t.same(loadProfile('aws').switches, byDefault)
  t.same(loadProfile('aws', { pageSize: '50' }).switches, { ...byDefault, pageSize: '50' })
  t.same(loadProfile('entra').switches, {
    memberDisplay: 'user',
    nestedGroups: 'show',
    references: 'absolute',
  })
})

t.test('every value of every switch is accepted', async t => {
  for (const name of profileNames) {
    for (const { id, values } of switchesOf(name)) {
      for (const value of values) {
        t.same(checkSwitches(name, { [id]: value }), [])
        t.equal(loadProfile(name, { [id]: value }).switches[id], value)
      }
    }
  }
})

t.test('unknown switches and values are reported', async t => {
  t.same(checkSwitches('aws', { detail: 'long', color: 'blue' }), [
    'The switch "detail" is one of specific, generic; "long" is none of them.',
    'The profile "aws" has no switch "color".',
  ])
  t.same(checkSwitches('rfc', { detail: 'generic' }), ['The profile "rfc" has no switch "detail".'])
})

t.test('ids never contain the word bulkId and are unique (R-043)', async t => {
  for (const name of profileNames) {
    const ids = Array.from({ length: 100 }, loadProfile(name).schema.newId)
    t.equal(new Set(ids).size, 100)
    t.same(
      ids.filter(id => /bulkid/i.test(id)),
      [],
    )
  }
})

const tooLong: Rule<string> = {
  id: 'test/short',
  description: 'Words are short.',
  source: 'https://example.org/words',
  basis: 'assumed',
  remedy: 'Use a shorter word.',
  check: word => (word.length > 3 ? { detail: `${word} is too long.` } : undefined),
}
const shouted: Rule<string> = {
  ...tooLong,
  id: 'test/quiet',
  status: 403,
  check: word => (word === word.toUpperCase() ? { detail: 'Not so loud.' } : undefined),
}
// @ts-expect-error: a rule without a remedy doesn't compile.
const withoutRemedy: Rule<string> = { ...tooLong, remedy: undefined }

t.test('the first broken rule is reported, with its remedy', async t => {
  t.throws(
    () => enforce([tooLong, shouted], 'HELLO'),
    errors.ruleBroken('test/short', 'HELLO is too long.', 400, 'invalidValue'),
  )
  t.same(
    rejection(() => enforce([tooLong, shouted], 'HEY')),
    { status: 403, scimType: undefined, detail: 'Not so loud.' },
  )
  t.doesNotThrow(() => enforce([tooLong, shouted], 'hey'))
  t.same(findBrokenRule([shouted, withoutRemedy], 'HELLO'), {
    id: 'test/quiet',
    description: 'Words are short.',
    source: 'https://example.org/words',
    basis: 'assumed',
    remedy: 'Use a shorter word.',
    status: 403,
    detail: 'Not so loud.',
  })
  t.equal(findBrokenRule([tooLong, shouted], 'hey'), undefined)
})

t.test('a rule runs its check once', async t => {
  let searches = 0
  const counted: Rule<string> = {
    ...tooLong,
    check: word => {
      searches++
      return tooLong.check(word)
    },
  }
  t.throws(() => enforce([counted], 'HELLO'), { message: /too long/ })
  t.equal(searches, 1)
})

t.test('every rule of every profile has a remedy', async t => {
  for (const name of profileNames) {
    const rules = Object.values(loadProfile(name).rules).flat()
    t.same(
      rules.filter(({ remedy }) => remedy.trim() === ''),
      [],
      name,
    )
  }
})

t.test('R-016 R-017 R-018 errors of the RFC profile have only the keys of RFC 7644 §3.12', async t => {
  const { responses } = loadProfile('rfc')
  const body = (error: ReturnType<typeof errors.internal>) => responses.error(error, 'request', 0)
  t.same(body(errors.uniqueness('userName', 'User')), {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: '409',
    scimType: 'uniqueness',
    detail: 'Another User already has this userName.',
  })
  t.same(body(errors.unauthorized('No.')), {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: '401',
    detail: 'No.',
  })
  t.match(responses.errorHeaders(errors.unauthorized('No.')), { 'WWW-Authenticate': /^Bearer/ })
  t.same(responses.headers('r1'), { 'request-id': 'r1' })
})

t.test('Entra: PATCH returns 204, and a second group with the same name is rejected', async t => {
  const { responses, schema } = loadProfile('entra')
  const { resourceTypes } = schema
  t.same(resourceTypes.map(responses.patched), [204, 204])
  t.same(
    resourceTypes.map(({ name, attributes }) => [
      name,
      attributes
        .filter(({ uniqueness, name }) => uniqueness === 'server' && name !== 'id')
        .map(({ name }) => name),
    ]),
    [
      ['User', ['userName']],
      ['Group', ['displayName']],
    ],
  )
})

const declared = {
  schemas: [{ id: 'urn:example:scim:schemas:Lamp', attributes: [{ name: 'label' }] }],
  resourceTypes: [{ name: 'Lamp', endpoint: '/Lamps', schema: 'urn:example:scim:schemas:Lamp' }],
}

t.test('R-158 rfc and entra accept declared types, aws does not', async t => {
  for (const name of ['rfc', 'entra'] as const) {
    const { schema, responses } = loadProfile(name, {}, declared)
    t.same(
      schema.resourceTypes.map(type => type.name),
      ['User', 'Group', 'Lamp'],
      name,
    )
    t.match(responses.resourceTypes('http://x').at(-1), { name: 'Lamp', endpoint: '/Lamps' })
    t.match(
      responses.schemas('http://x').map(({ id }) => id),
      [/User$/, /Group$/, /Lamp$/, /enterprise/],
    )
    t.equal(
      loadProfile(name, {}, declared),
      loadProfile(name, {}, structuredClone(declared)),
      'the same value',
    )
    t.not(loadProfile(name), loadProfile(name, {}, declared))
  }
  t.equal(loadProfile('aws', {}, declared), loadProfile('aws'))
  t.same(profileNames.filter(hasFixedTypes), ['aws'])
  t.throws(() => loadProfile('rfc', {}, { schemas: [], resourceTypes: [{}] }), { name: 'DeclarationError' })
})

t.test('Entra: a declared attribute of an extension is also accepted by its short name', async t => {
  const urn = 'urn:example:scim:schemas:extension:Room'
  const { requests } = loadProfile(
    'entra',
    {},
    {
      schemas: [{ id: urn, attributes: [{ name: 'floor' }] }],
      resourceTypes: [{ name: 'User', schemaExtensions: [{ schema: urn, required: false }] }],
    },
  )
  t.equal(requests.fullAttributeName('User', 'floor'), `${urn}:floor`)
})
