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
