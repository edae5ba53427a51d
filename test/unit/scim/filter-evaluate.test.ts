import t, { type Test } from 'tap'
import type { JsonObject } from '../../../src/scim/json.ts'
import { finds, rejection, userFilter } from './filter-reading.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const user: JsonObject = {
  id: 'aB1',
  externalId: 'Ext-1',
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise],
  userName: 'BJensen@example.com',
  displayName: 'Straße',
  title: '',
  name: { givenName: 'Barbara', familyName: '' },
  active: true,
  emails: [
    { value: 'work@example.com', type: 'work', primary: true },
    { value: 'home@example.org', type: 'home' },
  ],
  addresses: [],
  x509Certificates: [{ value: 'TUlJ' }],
  password: 'secret',
  [enterprise]: { employeeNumber: '701984', manager: { value: '26118915', displayName: 'Ada' } },
}

const yes = (t: Test, ...texts: readonly string[]) => {
  for (const text of texts) t.equal(finds(text, user), true, text)
}
const no = (t: Test, ...texts: readonly string[]) => {
  for (const text of texts) t.equal(finds(text, user), false, text)
}

t.test('R-097 a filter finds matching resources only', async t => {
  yes(t, 'userName eq "bjensen@example.com"')
  no(t, 'userName eq "bjensen"')
})

t.test('R-099 eq and ne compare whole values, and an absent value equals no value', async t => {
  yes(t, 'active eq true', 'active ne false', 'nickName ne "x"', 'userName ne "bjensen"')
  no(t, 'active eq false', 'active ne true', 'nickName eq "x"', 'userName ne "BJENSEN@example.com"')
})

t.test('R-099 null, an absent value and an empty array are equivalent', async t => {
  yes(t, 'nickName eq null', 'addresses.type eq null', 'userName ne null', 'emails[display eq null]')
  no(t, 'nickName ne null', 'userName eq null', 'title eq null')
})

t.test('R-100 co, sw and ew match parts of a string', async t => {
  yes(t, 'userName co "SEN@"', 'userName sw "bj"', 'userName ew ".com"', 'userName co ""', 'userName ew ""')
  no(
    t,
    'userName co "_"',
    'userName co "%"',
    'userName sw "jensen"',
    'userName ew "example"',
    'nickName co ""',
  )
})

t.test('R-101 pr matches values that are not empty', async t => {
  yes(t, 'userName pr', 'name pr', 'emails pr', 'emails.primary pr', `${enterprise}:manager pr`, 'schemas pr')
  no(
    t,
    'title pr',
    'name.familyName pr',
    'addresses pr',
    'emails.display pr',
    'nickName pr',
    'phoneNumbers pr',
  )
})

t.test('R-102 strings are compared by code point, dates by time', async t => {
  yes(
    t,
    'userName gt "bj"',
    'userName ge "bjensen@example.com"',
    'userName lt "c"',
    'userName le "\\ud83d\\ude00"',
  )
  no(t, 'userName gt "c"', 'nickName lt "z"', 'nickName ge ""')
  t.equal(finds('userName lt "\\ud83d\\ude00"', { userName: '\uffee' }), true, 'U+FFEE comes before U+1F600')
})

t.test('R-103 an ordering operator on a boolean or a binary value is rejected', async t => {
  for (const operator of ['gt', 'ge', 'lt', 'le']) {
    t.equal(
      rejection(() => userFilter(`active ${operator} true`)),
      `"active" is of type boolean and cannot be compared with "${operator}" (at position 11). Use eq, ne or pr.`,
    )
    t.match(
      rejection(() => userFilter(`x509Certificates.value ${operator} "TUlJ"`)),
      /of type binary/,
    )
  }
  yes(t, 'x509Certificates eq "TUlJ"')
  no(t, 'x509Certificates eq "tuLj"')
})

t.test('R-106 a multi-valued attribute matches if one of its values matches', async t => {
  yes(t, 'emails co "example.org"', 'emails.type eq "home"', 'emails.type ne "home"', 'emails.display ne "x"')
  no(t, 'emails co "example.net"', 'emails.type eq "other"')
  yes(t, 'phoneNumbers.type ne "work"', 'not (phoneNumbers.type eq "work")')
})

t.test('R-107 the conditions in brackets apply to the same value', async t => {
  yes(t, 'emails[type eq "work" and value co "@example.com"]', 'emails[type eq "home"].value ew ".org"')
  no(t, 'emails[type eq "home" and value co "@example.com"]', 'emails[type eq "home"].value ew ".com"')
  no(t, 'emails[type eq "home"].primary pr', 'emails[type eq "home" or type eq "other"].value ew ".com"')
  yes(t, 'emails[not (primary eq true)]', 'schemas[value sw "urn:"]', 'schemas[value pr]')
})

t.test('R-108 a complex attribute without a "value" needs a sub-attribute', async t => {
  t.equal(
    rejection(() => userFilter('name eq "x"')),
    'The attribute "name" at position 1 has no value to compare; use one of its sub-attributes, such as name.formatted.',
  )
  t.match(
    rejection(() => userFilter('addresses co "x"')),
    /such as addresses.formatted/,
  )
  t.match(
    rejection(() => userFilter(`${enterprise} eq "x"`)),
    /employeeNumber/,
  )
  t.match(
    rejection(() => userFilter('name[givenName eq "x"]')),
    /"name" at position 1 is single-valued/,
  )
  yes(t, `${enterprise}:manager eq "26118915"`)
})

t.test('R-110 case matters only for case-exact attributes', async t => {
  yes(
    t,
    'userName eq "BJENSEN@EXAMPLE.COM"',
    'displayName eq "STRAßE"',
    'externalId eq "Ext-1"',
    'id eq "aB1"',
  )
  no(t, 'externalId eq "ext-1"', 'id eq "ab1"', `${enterprise}:manager.value sw "26118915x"`)
})

t.test('R-112 filters can use schemas', async t => {
  yes(t, `schemas eq "${enterprise}"`, 'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "bj"')
  no(t, 'schemas eq "urn:example"')
})

t.test('R-068 filters cannot use a password', async t => {
  for (const text of ['password pr', 'password eq "secret"', 'PASSWORD sw "s"']) {
    t.match(
      rejection(() => userFilter(text)),
      /is never returned and cannot be used in filters/,
      text,
    )
  }
})

t.test('an unknown attribute is rejected', async t => {
  t.equal(
    rejection(() => userFilter('shoeSize eq 43')),
    'A User has no attribute "shoeSize" (at position 1).',
  )
  t.match(
    rejection(() => userFilter('title pr and emails[size pr]')),
    /emails has no attribute "size" \(at position 21/,
  )
  t.match(
    rejection(() => userFilter('userName.x eq "a"')),
    /"userName.x"/,
  )
  t.match(
    rejection(() => userFilter('name.givenName.x eq "a"')),
    /"name.givenName.x"/,
  )
  t.match(
    rejection(() => userFilter('__proto__ pr')),
    /"__proto__"/,
  )
})

t.test('an attribute that is computed for each response is rejected', async t => {
  for (const text of [
    'meta.location pr',
    'meta.version eq "1"',
    `${enterprise}:manager.$ref pr`,
    `${enterprise}:manager.displayName eq "Ada"`,
  ]) {
    t.match(
      rejection(() => userFilter(text)),
      /is computed for each response/,
      text,
    )
  }
})

t.test('a value of another type than the attribute is rejected', async t => {
  t.equal(
    rejection(() => userFilter('active eq "true"')),
    '"true" at position 11 cannot be compared with "active" by "eq": write true or false, without quotes.',
  )
  t.match(
    rejection(() => userFilter('userName eq 5')),
    /write a string in quotes/,
  )
  t.match(
    rejection(() => userFilter('userName eq true')),
    /write a string in quotes/,
  )
  t.match(
    rejection(() => userFilter('userName co null')),
    /write a string in quotes/,
  )
  t.match(
    rejection(() => userFilter('meta.created gt "2026-02-31T00:00:00Z"')),
    /write a date and time/,
  )
  t.match(
    rejection(() => userFilter('meta.created sw "2026"')),
    /of type dateTime/,
  )
})
