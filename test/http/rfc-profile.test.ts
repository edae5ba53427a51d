import t from 'tap'
import { loadProfile } from '../../src/profiles/registry.ts'
import { isCountryCode, rules } from '../../src/profiles/rfc/rules.ts'
import { statements } from '../../src/profiles/rfc/statements.ts'
import { certificate } from '../support/certificate.ts'
import { aGroup, aUser, enterpriseUrn, groupUrn, userUrn } from '../support/samples.ts'
import { buildTestApp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

type Values = Readonly<Record<string, unknown>>
type Row = readonly [label: string, values: Values]

/** Values that `rfc` rejects with this rule, and `entra` accepts. */
const refusedByRfcAlone = (title: string, rule: string, detail: RegExp, rows: readonly Row[]) =>
  t.test(title, async t => {
    const { client, another, deps } = await buildTestApp(t, 'rfc', { switches: { valueForms: 'refuse' } })
    const entra = await another('entra')
    for (const [at, [label, values]] of rows.entries()) {
      const response = await client.post('/Users', aUser(`user${at}`, values))
      isScimError(t, response, { status: 400, scimType: 'invalidValue', detail }, label)
      t.equal(
        (await entra.client.post('/Users', aUser(`user${at}`, values))).status,
        201,
        `${label}, on entra`,
      )
    }
    const { items } = await deps.journal.page({ limit: 10 })
    t.same(new Set(items.flatMap(one => one.rule ?? [])), new Set([rule]), 'the journal records the rule')
  })

refusedByRfcAlone(
  'R-066 R-067 a userName that is blank or has control characters is rejected',
  'rfc/sound-identifiers',
  /^userName .*blank.*control/,
  [
    ['blanks', { userName: '  ' }],
    ['a line feed', { userName: 'marge\n' }],
    ['a tab', { userName: 'marge\tsimpson' }],
    ['a control character of Latin-1', { userName: 'marge\u0085' }],
  ],
)

t.test('R-066 R-067 a PATCH and a PUT are checked by the same rule', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { id } = await client.create('Users', aUser('marge'))
  const rejected = { status: 400, scimType: 'invalidValue', detail: /userName/ }
  isScimError(
    t,
    await client.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: ' ' }),
    rejected,
  )
  isScimError(t, await client.put(`/Users/${id}`, aUser('mar\u0007ge')), rejected)
  t.equal((await client.get(`/Users/${id}`)).body.userName, 'marge')
})

t.test('R-067 a userName in another Unicode form or case is a duplicate', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  t.equal((await client.create('Users', aUser('Jos\u00e9'))).userName, 'Jos\u00e9')
  isScimError(t, await client.post('/Users', aUser('jose\u0301')), { status: 409, scimType: 'uniqueness' })
})

t.test('R-027 a duplicate URN in schemas is rejected, in any case', async t => {
  const { client, another } = await buildTestApp(t, 'rfc')
  const entra = await another('entra')
  const rejected = { status: 400, scimType: 'invalidValue', detail: /"schemas" contains ".*" twice/i }
  const doubled = { schemas: [userUrn, enterpriseUrn, userUrn] }
  isScimError(t, await client.post('/Users', aUser('a', doubled)), rejected)
  isScimError(
    t,
    await client.post('/Users', aUser('b', { schemas: [userUrn, userUrn.toUpperCase()] })),
    rejected,
  )
  isScimError(t, await client.post('/Groups', aGroup('G', [], { schemas: [groupUrn, groupUrn] })), rejected)
  const { id } = await client.create('Users', aUser('c'))
  isScimError(t, await client.put(`/Users/${id}`, aUser('c', doubled)), rejected)

  const stored = await entra.client.create(
    'Users',
    aUser('a', { ...doubled, [enterpriseUrn]: { department: 'x' } }),
  )
  t.same(stored.schemas, [userUrn, enterpriseUrn], 'entra accepts it, and lists each once')
})

const inCountry = (country: string): Values => ({ addresses: [{ type: 'work', country }] })

refusedByRfcAlone(
  'R-072 a country that is not an ISO 3166-1 code is rejected',
  'rfc/country-code',
  /^addresses\[0\]\.country is ".+", which is not an ISO 3166-1 code/,
  ['Germany', 'DEU', 'de', 'UK', 'EU', 'XX', 'DD', '276'].map(country => [country, inCountry(country)]),
)

t.test('R-072 the country codes are the 249 of ISO 3166-1', async t => {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const codes = letters.flatMap(one => letters.map(other => one + other)).filter(isCountryCode)
  t.equal(codes.length, 249)
  const { client } = await buildTestApp(t, 'rfc', { switches: { valueForms: 'refuse' } })
  const user = await client.create('Users', aUser('marge', inCountry('DE')))
  t.same(user.addresses, [{ type: 'work', country: 'DE' }])
})

t.test('R-070 the domain of an email address is stored in lower case, the local part as sent', async t => {
  const { client, another } = await buildTestApp(t, 'rfc')
  const sent = {
    emails: [
      { value: 'Marge@Example.ORG', type: 'work' },
      { value: 'No Address', type: 'home' },
    ],
  }
  const user = await client.create('Users', aUser('marge', sent))
  t.same(user.emails, [
    { value: 'Marge@example.org', type: 'work' },
    { value: 'No Address', type: 'home' },
  ])

  const path = 'emails[type eq "home"].value'
  const { body } = await client.patch(`/Users/${user.id}`, {
    op: 'replace',
    path,
    value: '"@"@Home.Example',
  })
  t.match(body.emails, [{}, { value: '"@"@home.example' }])

  const entra = await another('entra')
  t.same((await entra.client.create('Users', aUser('marge', sent))).emails, sent.emails, 'entra keeps it')
})

const certified = (value: string): Values => ({ x509Certificates: [{ value }] })

refusedByRfcAlone(
  'R-074 a value of x509Certificates that is not a DER certificate is rejected',
  'rfc/der-certificate',
  /^x509Certificates\[0\]\.value is not an X\.509 certificate/,
  [
    ['other bytes', certified('TUlJ')],
    ['a truncated certificate', certified(certificate.slice(0, 120))],
    ['two certificates', certified(Buffer.concat([der(), der()]).toString('base64'))],
    ['PEM', certified(Buffer.from(pem()).toString('base64'))],
  ],
)

t.test('R-074 a DER certificate in base64 is accepted', async t => {
  const { client } = await buildTestApp(t, 'rfc', { switches: { valueForms: 'refuse' } })
  const user = await client.create('Users', aUser('marge', certified(certificate)))
  t.same(user.x509Certificates, [{ value: certificate }])
})

function der(): Buffer {
  return Buffer.from(certificate, 'base64')
}

function pem(): string {
  return `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`
}

t.test(
  'R-072 R-074 countries and certificates are stored as sent, unless a tenant rejects invalid ones',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const values = { ...inCountry('USA'), ...certified('TUlJ') }
    t.match(await client.create('Users', aUser('marge', values)), values)
    const response = await client.post('/Users', aUser(' '))
    isScimError(
      t,
      response,
      { status: 400, scimType: 'invalidValue', detail: /userName/ },
      'invalid values are rejected',
    )
  },
)

t.test('R-069 name.formatted is stored as sent, even if the other parts differ', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const name = { formatted: 'Ms Marge Simpson', givenName: 'Marjorie', familyName: 'Bouvier' }
  const user = await client.create('Users', aUser('marge', { name }))
  t.same(user.name, name)
  const { body } = await client.patch(`/Users/${user.id}`, { op: 'remove', path: 'name.formatted' })
  t.same(body.name, { givenName: 'Marjorie', familyName: 'Bouvier' }, 'and never made of them')
})

t.test('each rule and statement of the RFC profile has a unique id and an RFC as its source', async t => {
  const all = [...Object.values(rules).flat(), ...statements]
  const ids = all.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  t.same(
    ids.filter(id => !id.startsWith('rfc/')),
    [],
  )
  t.same(
    all.filter(({ source }) => !/^https:\/\/www\.rfc-editor\.org\/rfc\/rfc\d+#/.test(source)),
    [],
  )
  t.equal(loadProfile('rfc', { valueForms: 'refuse' }).rules, rules)
})

/** The user of RFC 7643 §8.2 and §8.3, with the country as corrected by erratum 5990. */
const bjensen = {
  schemas: [userUrn, enterpriseUrn],
  externalId: '701984',
  userName: 'bjensen@example.com',
  name: {
    formatted: 'Ms. Barbara J Jensen, III',
    familyName: 'Jensen',
    givenName: 'Barbara',
    middleName: 'Jane',
    honorificPrefix: 'Ms.',
    honorificSuffix: 'III',
  },
  displayName: 'Babs Jensen',
  nickName: 'Babs',
  profileUrl: 'https://login.example.com/bjensen',
  emails: [
    { value: 'bjensen@example.com', type: 'work', primary: true },
    { value: 'babs@jensen.org', type: 'home' },
  ],
  addresses: [
    {
      type: 'work',
      streetAddress: '100 Universal City Plaza',
      locality: 'Hollywood',
      region: 'CA',
      postalCode: '91608',
      country: 'US',
      formatted: '100 Universal City Plaza\nHollywood, CA 91608 USA',
      primary: true,
    },
    { type: 'home', streetAddress: '456 Hollywood Blvd', locality: 'Hollywood', country: 'US' },
  ],
  phoneNumbers: [
    { value: '555-555-5555', type: 'work' },
    { value: '555-555-4444', type: 'mobile' },
  ],
  ims: [{ value: 'someaimhandle', type: 'aim' }],
  photos: [
    { value: 'https://photos.example.com/profilephoto/72930000000Ccne/F', type: 'photo' },
    { value: 'https://photos.example.com/profilephoto/72930000000Ccne/T', type: 'thumbnail' },
  ],
  userType: 'Employee',
  title: 'Tour Guide',
  preferredLanguage: 'en-US',
  locale: 'en-US',
  timezone: 'America/Los_Angeles',
  active: true,
  [enterpriseUrn]: {
    employeeNumber: '701984',
    costCenter: '4130',
    organization: 'Universal Studios',
    division: 'Theme Park',
    department: 'Tour Operations',
    manager: { value: '26118915-6090-4610-87e4-49d8ca9f808d' },
  },
}

/** Attributes that only a server sets, and that a client sends when it returns a resource unchanged. */
const ofServer = {
  id: '2819c223-7f76-453a-919d-413861904646',
  groups: [
    {
      value: 'e9e30dba-f08f-4109-8486-d5c6a331660a',
      $ref: 'https://example.com/v2/Groups/e9e30dba-f08f-4109-8486-d5c6a331660a',
      display: 'Tour Guides',
    },
  ],
  meta: { resourceType: 'User', created: '2010-01-23T04:56:22Z', version: 'W/"3694e05e9dff591"' },
}

t.test('R-084 R-085 R-025 the user of RFC 7643 is accepted unchanged and returned', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const { status, body } = await client.post('/Users', { ...bjensen, ...ofServer, password: 't1meMa$heen' })
  const { id, meta, ...rest } = body
  t.same([status, rest], [201, bjensen])
  t.not(id, ofServer.id)
  t.equal(meta.resourceType, 'User')
  t.same((await client.put(`/Users/${id}`, body)).body, body, 'the response can be sent back unchanged')
})

/** Each filter of RFC 7644 figures 2 to 18, and similar ones, all of which match bjensen. */
const filters = [
  'userName Eq "bjensen@example.com"',
  'name.familyName co "ENSEN"',
  'userName sw "B"',
  `${userUrn}:userName sw "B"`,
  'title pr',
  'meta.lastModified gt "2011-05-13T04:42:34Z"',
  'meta.lastModified ge "2011-05-13T04:42:34Z"',
  'meta.lastModified gt "2011-05-13T04:42:34+02:00"',
  'not (meta.lastModified lt "2011-05-13T04:42:34Z")',
  'not (meta.lastModified le "2011-05-13T04:42:34Z")',
  'title pr and userType eq "Employee"',
  'title pr or userType eq "Intern"',
  `schemas eq "${enterpriseUrn}"`,
  'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
  'userType ne "Contractor" and not (emails co "example.net" or emails.value co "example.org")',
  'userType eq "Employee" and (emails.type eq "work")',
  'userType eq "Employee" and emails[type eq "work" and value co "@example.com"]',
  'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]',
  'emails[primary eq true]',
  'addresses[type eq "work"].locality eq "Hollywood"',
  'phoneNumbers.value ew "5555" and active ne false',
  `${enterpriseUrn}:manager.value pr and ${enterpriseUrn}:department co "tour"`,
]

t.test(
  'R-097 R-098 R-104 R-105 R-106 R-107 R-112 R-113 the filters of RFC 7644 match that user only',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const { id } = await client.create('Users', bjensen)
    await client.create('Users', { schemas: [userUrn], userName: 'jsmith', userType: 'Contractor' })
    await client.create('Groups', aGroup('Tour Guides', [id]))
    for (const filter of filters) {
      const { status, body } = await client.get(
        `/Users?attributes=userName&filter=${encodeURIComponent(filter)}`,
      )
      const names = (body.Resources ?? []).map(({ userName }: { userName: string }) => userName)
      const both = filter.startsWith('meta') || filter.startsWith('not (meta')
      t.same(
        [status, body.totalResults, names],
        both ? [200, 2, [bjensen.userName, 'jsmith']] : [200, 1, [bjensen.userName]],
        filter,
      )
    }
  },
)
