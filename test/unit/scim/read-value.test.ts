import t from 'tap'
import { type Attribute, attribute, resolveAttribute } from '../../../src/scim/attribute.ts'
import { groupType, userType } from '../../../src/scim/core-schemas.ts'
import type { Json } from '../../../src/scim/json.ts'
import { readElement, readValue } from '../../../src/scim/read-value.ts'
import type { ResourceType } from '../../../src/scim/resource-types.ts'
import { deviceType } from '../../support/device-type.ts'
import { rejection } from '../../support/rejection.ts'
import { lenientReads, strictReads } from '../../support/request-policy.ts'

const named = (type: ResourceType, text: string): Attribute => {
  const found = resolveAttribute(type, text)?.at(-1)
  if (!found) throw new Error(`no ${text}`)
  return found
}
const read = (type: ResourceType, name: string, value: Json, reads = strictReads) =>
  readValue(named(type, name), value, reads, name)
const refused = (type: ResourceType, name: string, value: Json) => rejection(() => read(type, name, value))
const invalid = (detail: string) => ({ status: 400, scimType: 'invalidValue', detail })

t.test('R-030 a boolean is true or false, or a string under a lenient profile', async t => {
  t.equal(read(userType, 'active', false), false)
  t.same(
    refused(userType, 'active', 'False'),
    invalid('active must be true or false without quotes, but is the string "False".'),
  )
  t.equal(read(userType, 'active', 'False', lenientReads), false)
})

t.test('R-031 an integer has no fraction, and a decimal may have one', async t => {
  t.equal(read(deviceType, 'ports', 4), 4)
  t.equal(read(deviceType, 'weight', 1.5), 1.5)
  t.same(refused(deviceType, 'ports', 1.5), invalid('ports must be a whole number, but is 1.5.'))
  t.same(
    refused(deviceType, 'ports', 2 ** 60),
    invalid('ports must be a whole number, but is 1152921504606847000.'),
  )
  t.same(refused(deviceType, 'weight', '1'), invalid('weight must be a number, but is the string "1".'))
})

t.test('R-032 a dateTime has a date and a time, and is kept as it was sent', async t => {
  t.equal(read(deviceType, 'bought', '2025-01-31T08:00:00.5+01:00'), '2025-01-31T08:00:00.5+01:00')
  for (const wrong of ['2025-01-31', '08:00:00', '2025-02-30T08:00:00Z', 'yesterday', 5]) {
    t.match(refused(deviceType, 'bought', wrong), {
      status: 400,
      scimType: 'invalidValue',
      detail: /^bought must be a date and time/,
    })
  }
})

t.test('R-033 a binary value is base64, with or without padding', async t => {
  for (const right of ['', 'TWFu', 'TQ==', 'TQ', 'TWE=']) t.equal(read(deviceType, 'firmware', right), right)
  for (const wrong of ['T', 'T===', 'TQ=', 'TW\nFu', 'TW_u', 'é', 5]) {
    t.match(refused(deviceType, 'firmware', wrong), {
      scimType: 'invalidValue',
      detail: /^firmware must be base64 text/,
    })
  }
})

t.test('R-034 a reference is an absolute or a relative URI', async t => {
  for (const right of [
    'https://example.com/a?b#c',
    '../Users/1',
    'urn:a:b',
    'GQZ2Q',
    'https://xn--bcher-kva.example/ü',
  ]) {
    t.equal(read(userType, 'profileUrl', right), right)
  }
  for (const wrong of ['two words', 'https://a/\n', 'a<b', 7]) {
    t.match(refused(userType, 'profileUrl', wrong), {
      scimType: 'invalidValue',
      detail: /^profileUrl must be a URI/,
    })
  }
})

t.test('R-035 a sub-attribute is never an object, except below the container of an extension', async t => {
  t.same(
    refused(userType, 'name', { givenName: { text: 'Ann' } }),
    invalid('name.givenName must be a string, but is an object.'),
  )
  const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
  t.same(read(userType, urn, { MANAGER: { VALUE: '1' } }), { manager: { value: '1' } })
  t.match(refused(userType, urn, { manager: { value: 7 } }).detail, `${urn}:manager.value must be a string`)
})

t.test('R-036 the order of members changes nothing', async t => {
  t.same(
    read(userType, 'name', { givenName: 'Ann', familyName: 'Lee' }),
    read(userType, 'name', { familyName: 'Lee', givenName: 'Ann' }),
  )
})

t.test('R-037 only one value may be primary', async t => {
  const emails: Json = [{ value: 'a@x', primary: true }, { value: 'b@x', primary: false }, { value: 'c@x' }]
  t.same(read(userType, 'emails', emails), emails)
  t.same(
    refused(userType, 'emails', [
      { value: 'a@x', primary: true },
      { value: 'b@x', primary: true },
    ]),
    invalid('emails has more than one value with "primary": true. Only one value may be the primary one.'),
  )
})

t.test('R-038 a canonical value is stored in its canonical spelling', async t => {
  t.same(read(userType, 'emails', [{ value: 'A@x', type: 'WORK' }]), [{ value: 'A@x', type: 'work' }])
})

t.test('R-065 a value that is not canonical is accepted', async t => {
  t.same(read(userType, 'emails', [{ value: 'a@x', type: 'Boat' }]), [{ value: 'a@x', type: 'Boat' }])
})

t.test('R-039 values with the same type and value are merged', async t => {
  t.same(
    read(userType, 'emails', [
      { value: 'a@x', type: 'work' },
      { value: 'a@x', type: 'home' },
      { value: 'A@X', type: 'work', primary: true },
    ]),
    [
      { value: 'a@x', type: 'work', primary: true },
      { value: 'a@x', type: 'home' },
    ],
  )
  t.same(read(deviceType, 'colors', ['red', 'blue', 'RED']), ['red', 'blue'])
  t.same(
    read(userType, 'addresses', [
      { country: 'DE', locality: 'Bonn' },
      { locality: 'Bonn', country: 'DE' },
      { country: 'DE', locality: 'Ulm' },
    ]),
    [
      { country: 'DE', locality: 'Bonn' },
      { country: 'DE', locality: 'Ulm' },
    ],
  )
})

t.test('R-040 null, an empty array and an empty object mean no value', async t => {
  for (const nothing of [null, [], {}]) t.equal(read(userType, 'name', nothing), undefined)
  for (const nothing of [null, [], [null], [{}], [{ value: null }]]) {
    t.equal(read(userType, 'emails', nothing), undefined)
  }
  t.same(read(userType, 'name', { givenName: 'Ann', familyName: null }), { givenName: 'Ann' })
  t.equal(read(userType, 'title', '', lenientReads), undefined, 'a profile may add others')
  t.equal(read(userType, 'title', ''), '')
})

t.test('R-025 names match in any case and are stored in the spelling of the schema', async t => {
  t.same(read(userType, 'emails', [{ VALUE: 'a@x', Type: 'work' }]), [{ value: 'a@x', type: 'work' }])
  t.same(refused(userType, 'name', { givenName: 'Ann', GIVENNAME: 'Bea' }), {
    status: 400,
    scimType: 'invalidSyntax',
    detail: '"name.givenName" and "name.GIVENNAME" are the same attribute. Send it once.',
  })
})

t.test('a multi-valued attribute needs an array, and a lenient profile accepts a single object', async t => {
  t.same(
    refused(userType, 'emails', { value: 'a@x' }),
    invalid('emails is multi-valued and must be an array, but is an object.'),
  )
  t.same(read(userType, 'emails', { value: 'a@x' }, lenientReads), [{ value: 'a@x' }])
  t.same(
    refused(userType, 'emails', ['a@x']),
    invalid('emails[0] must be an object, but is the string "a@x".'),
  )
  t.match(
    refused(userType, 'emails', [[{ value: 'a@x' }]]).detail,
    'emails[0] must be an object, but is an array',
  )
})

t.test('a single value is read for PATCH', async t => {
  const at = 'Operations[2].value'
  t.same(readElement(named(userType, 'emails'), { value: 'a@x', PRIMARY: 'True' }, lenientReads, at), {
    value: 'a@x',
    primary: true,
  })
  t.equal(readElement(named(userType, 'userName'), 'ann', strictReads, at), 'ann')
  t.equal(readElement(named(userType, 'userName'), undefined, strictReads, at), undefined)
})

t.test('unknown names are rejected, or ignored by a lenient profile', async t => {
  t.same(refused(userType, 'name', { nick: 'Annie' }), {
    status: 400,
    scimType: 'invalidSyntax',
    detail: 'No schema has the attribute "name.nick". Correct its name or omit it.',
  })
  t.same(read(userType, 'name', { nick: 'Annie', givenName: 'Ann' }, lenientReads), { givenName: 'Ann' })
  const polluting: Json = JSON.parse('{"__proto__": {"givenName": "x"}, "constructor": "y"}')
  t.equal(read(userType, 'name', polluting, lenientReads), undefined)
})

t.test('R-059 R-081 read-only sub-attributes are ignored, whatever their value', async t => {
  t.same(read(deviceType, 'maker', { name: 'ACME', rating: { wrong: true } }), { name: 'ACME' })
  t.same(
    read(userType, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', {
      manager: { value: '1', $ref: 5, displayName: 'Boss' },
    }),
    { manager: { value: '1' } },
  )
})

t.test('a member needs an id, and its other members are ignored', async t => {
  t.same(
    read(groupType, 'members', [
      { value: '1', display: 'Ann', type: 'User', $ref: '../Users/1' },
      { value: '1' },
    ]),
    [{ value: '1' }],
  )
  const noId = invalid('members[1] has no "value". Send the ID of a resource.')
  t.same(refused(groupType, 'members', [{ value: '1' }, { display: 'Ann' }]), noId)
  t.same(refused(groupType, 'members', [{ value: '1' }, {}]), noId)
})

t.test('strings that a database cannot store are rejected with their location', async t => {
  t.same(
    refused(userType, 'emails', [{ value: 'a' }, { value: 'b\u0000' }]),
    invalid('emails[1].value contains the character U+0000. Remove it.'),
  )
  t.same(
    refused(userType, 'name', { givenName: '\ud800' }),
    invalid(
      'name.givenName contains an unpaired surrogate, which is not a character. Send well-formed Unicode.',
    ),
  )
  t.same(
    refused(userType, 'title', 'x'.repeat(65_537)),
    invalid('title has 65537 characters. The maximum is 65536.'),
  )
  t.equal(read(userType, 'title', '👩‍🚀'), '👩‍🚀')
})

t.test('R-057 an error does not contain a secret', async t => {
  t.same(refused(userType, 'password', 1234), invalid('password must be a string, but is another number.'))
})

t.test('a number in JSON that overflows is rejected', async t => {
  const infinite: Json = JSON.parse('1e999')
  t.same(
    rejection(() => readValue(attribute('size', '', { type: 'decimal' }), infinite, strictReads, 'size')),
    invalid('size must be a number, but is Infinity.'),
  )
})

t.test('R-071 an attribute has a maximum of 1,000 values, and members have no limit', async t => {
  const emails = (count: number) => Array.from({ length: count }, (_, at) => ({ value: `${at}@x.example` }))
  t.same(read(userType, 'emails', emails(1000)), emails(1000))
  t.same(
    refused(userType, 'emails', emails(1001)),
    invalid('emails would have 1001 values. The maximum is 1000.'),
  )
  const members = Array.from({ length: 5000 }, (_, at) => ({ value: `id-${at}` }))
  t.same(read(groupType, 'members', members), members)
})
