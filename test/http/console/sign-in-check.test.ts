import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import {
  acs,
  assertionXml,
  audience,
  createSigner,
  entityId,
  metadataOf,
  now,
  responseWith,
  responseXml,
  saml20,
  signAssertion,
  signResponse,
  toBase64,
} from '../../support/saml.ts'
import { aGroup, aUser } from '../../support/samples.ts'
import { buildTestConsole, type TestConsole, wholeList } from './console-app.ts'

const signer = createSigner()
const other = createSigner()
const metadata = metadataOf([signer])
const signed = (xml: string) => signAssertion(xml, signer)
const attributePrefix = 'https://aws.amazon.com/SAML/Attributes/AccessControl:'

const accessAttribute = (key: string, values = '<saml:AttributeValue>1</saml:AttributeValue>', more = '') =>
  `<saml:Attribute Name="${attributePrefix}${key}"${more}>${values}</saml:Attribute>`

const anEmail = (name: string, changes: object = {}) =>
  aUser(name, { emails: [{ value: name, type: 'work', primary: true }], ...changes })

type Check = {
  readonly response: string
  readonly metadata?: string | undefined
  readonly certificate?: string
  readonly acs?: string
  readonly audience?: string
}

async function openWithUsers(t: Parameters<typeof buildTestConsole>[0]) {
  const testConsole = await buildTestConsole(t, 'aws', { clock: () => now })
  const { client, callApi, tenant } = testConsole
  const anna = await client.create('Users', anEmail('anna@example.com'))
  await client.create('Users', anEmail('dora@example.com', { active: false }))
  await client.create('Users', anEmail('a+b@example.com'))
  const deleted = await client.create('Users', anEmail('gone@example.com'))
  await client.delete(`/Users/${deleted.id}`)
  const group = await client.create('Groups', aGroup('Ops'))
  await client.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: anna.id }] })
  const send = (body: unknown) => callApi('POST', `/api/v1/tenants/${tenant.id}/sign-in/check`, body)
  const check = async (input: Check) => (await send({ metadata, acs, audience, ...input })).body
  return { ...testConsole, anna, group, send, check }
}

type Result = { readonly rule: string; readonly result: string; readonly detail: string }
const rulesWith = (result: string, { results }: { readonly results: readonly Result[] }) =>
  results.filter(each => each.result === result).map(({ rule }) => rule)
const detailOf = ({ results }: { readonly results: readonly Result[] }, rule: string) =>
  results.find(each => each.rule === rule)?.detail

/** Read only if there is signed content. */
const onContent = [
  'SI-001',
  'SI-002',
  'SI-003',
  'SI-005',
  'SI-010',
  'SI-011',
  'SI-012',
  'SI-013',
  'SI-014',
  'SI-017',
]

type Case = {
  readonly name: string
  readonly input: Check
  readonly failed: readonly string[]
  readonly notChecked?: readonly string[]
  /** Part of the evidence of the first failed rule, or of the first rule that was not checked. */
  readonly detail?: RegExp
}

const good = signed(responseWith())
const wrapped = good.replace(
  '<saml:Assertion ',
  `${assertionXml({ nameId: 'dora@example.com', id: '_evil' })}<saml:Assertion `,
)
const assertionOfGood = /<saml:Assertion .*<\/saml:Assertion>/s.exec(good)?.[0] ?? ''
/** The signature moves into a forged assertion that contains the signed one. */
const signatureOfGood = /<(?:\w+:)?Signature .*<\/(?:\w+:)?Signature>/s.exec(assertionOfGood)?.[0] ?? ''

const cases: readonly Case[] = [
  { name: 'a signed assertion', input: { response: toBase64(good) }, failed: [] },
  {
    name: 'a signed response',
    input: { response: toBase64(signResponse(responseWith(), signer)) },
    failed: [],
  },
  {
    name: 'a signed response with a signed assertion',
    input: { response: toBase64(signResponse(good, signer)) },
    failed: [],
  },
  { name: 'XML', input: { response: good }, failed: [] },
  { name: 'deflated base64', input: { response: deflateRawSync(good).toString('base64') }, failed: [] },
  {
    name: 'a form body',
    input: { response: `SAMLResponse=${encodeURIComponent(toBase64(good))}&RelayState=x` },
    failed: [],
  },
  {
    name: 'base64 in lines',
    input: { response: toBase64(good).replace(/.{76}/g, '$&\r\n') },
    failed: [],
  },
  {
    name: 'one of two certificates of the metadata',
    input: { response: toBase64(good), metadata: metadataOf([other, signer]) },
    failed: [],
  },
  {
    name: 'SI-001 the format of the NameID is persistent',
    input: {
      response: toBase64(
        signed(responseWith({ format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' })),
      ),
    },
    failed: ['SI-001'],
    detail: /persistent/,
  },
  {
    name: 'SI-001 the NameID has no format',
    input: { response: toBase64(signed(responseWith({ format: '' }))) },
    failed: ['SI-001'],
  },
  {
    name: 'SI-001 there is no NameID',
    input: { response: toBase64(signed(responseWith({ subject: '<saml:BaseID/>' }))) },
    failed: ['SI-001', 'SI-002', 'SI-003'],
    notChecked: ['SI-005'],
  },
  {
    name: 'SI-002 the NameID is a login name',
    input: { response: toBase64(signed(responseWith({ nameId: 'anna' }))) },
    failed: ['SI-002', 'SI-003'],
    notChecked: ['SI-005'],
    detail: /"anna" is not an email address/,
  },
  {
    name: 'SI-002 the NameID ends with white space',
    input: { response: toBase64(signed(responseWith({ nameId: 'anna@example.com\n' }))) },
    failed: ['SI-002', 'SI-003'],
    notChecked: ['SI-005'],
    detail: /white space/,
  },
  {
    name: 'SI-003 no user has the name',
    input: { response: toBase64(signed(responseWith({ nameId: 'nobody@example.com' }))) },
    failed: ['SI-003'],
    notChecked: ['SI-005'],
    detail: /No user has the userName "nobody@example.com"/,
  },
  {
    name: 'SI-003 the letter case differs',
    input: { response: toBase64(signed(responseWith({ nameId: 'Anna@example.com' }))) },
    failed: ['SI-003'],
    detail: /letter case/,
  },
  {
    name: 'SI-003 the user was deleted',
    input: { response: toBase64(signed(responseWith({ nameId: 'gone@example.com' }))) },
    failed: ['SI-003', 'SI-005'],
  },
  {
    name: 'SI-005 the user is disabled',
    input: { response: toBase64(signed(responseWith({ nameId: 'dora@example.com' }))) },
    failed: ['SI-005'],
  },
  {
    name: 'SI-006 the response is signed and contains two assertions',
    input: {
      response: toBase64(signResponse(responseXml(assertionXml() + assertionXml({ id: '_second' })), signer)),
    },
    failed: ['SI-006'],
    notChecked: onContent,
  },
  {
    name: 'SI-006 the response reports an error',
    input: { response: toBase64(signResponse(responseXml('', { status: 'InvalidNameIDPolicy' }), signer)) },
    failed: ['SI-006'],
    notChecked: [...onContent, 'SI-007'],
    detail: /status is "InvalidNameIDPolicy"/,
  },
  {
    name: 'SI-007 the assertion is encrypted',
    input: {
      response: toBase64(
        signResponse(
          responseXml('<saml:EncryptedAssertion><x xmlns="urn:x"/></saml:EncryptedAssertion>'),
          signer,
        ),
      ),
    },
    failed: ['SI-007'],
    notChecked: onContent,
  },
  {
    name: 'SI-008 nothing is signed',
    input: { response: toBase64(responseWith()) },
    failed: ['SI-008'],
    notChecked: [...onContent, 'SI-009'],
  },
  {
    name: 'SI-008 the signed content was changed',
    input: { response: toBase64(good.replace('anna@example.com', 'dora@example.com')) },
    failed: ['SI-008'],
    notChecked: [...onContent, 'SI-009'],
    detail: /changed after it was signed/,
  },
  {
    name: 'SI-008 a certificate that is not in the metadata',
    input: { response: toBase64(signAssertion(responseWith(), other)) },
    failed: ['SI-008'],
    detail: /none of the identity provider’s certificates/,
  },
  {
    name: 'SI-008 signature wrapping: a forged assertion before the signed one',
    input: { response: toBase64(wrapped) },
    failed: ['SI-006'],
    notChecked: onContent,
  },
  {
    name: 'SI-008 signature wrapping: the signed assertion within a forged one',
    input: {
      response: toBase64(
        good.replace(
          assertionOfGood,
          assertionXml({ nameId: 'dora@example.com', id: '_evil' }).replace(
            '</saml:Issuer>',
            `</saml:Issuer>${signatureOfGood}<saml:Advice>${assertionOfGood.replace(signatureOfGood, '')}</saml:Advice>`,
          ),
        ),
      ),
    },
    failed: ['SI-006', 'SI-008'],
    notChecked: [...onContent, 'SI-009'],
  },
  {
    name: 'SI-008 signature wrapping: the signature refers to an element elsewhere',
    input: {
      response: toBase64(
        good
          .replace(assertionOfGood, '')
          .replace(
            '</samlp:Response>',
            `<samlp:Extensions>${assertionOfGood}</samlp:Extensions></samlp:Response>`,
          ),
      ),
    },
    failed: ['SI-008'],
    notChecked: [...onContent, 'SI-009'],
    detail: /neither directly/,
  },
  {
    name: 'SI-008 two elements have the same ID',
    input: {
      response: toBase64(good.replace('<samlp:Status>', '<samlp:Extensions ID="_assertion"/><samlp:Status>')),
    },
    failed: ['SI-008'],
    notChecked: [...onContent, 'SI-009'],
  },
  {
    name: 'SI-003 a comment that was added to the NameID does not shorten it',
    input: {
      response: toBase64(
        signed(responseWith({ nameId: 'anna@example.com.evil.example' })).replace(
          'anna@example.com.evil',
          'anna@example.com<!-- -->.evil',
        ),
      ),
    },
    failed: ['SI-003'],
    notChecked: ['SI-005'],
    detail: /"anna@example.com.evil.example"/,
  },
  {
    name: 'SI-008 the certificate alone, without metadata',
    input: { response: toBase64(good), metadata: undefined, certificate: signer.certificate },
    failed: [],
    notChecked: ['SI-010', 'SI-015'],
  },
  {
    name: 'SI-008 neither metadata nor a certificate',
    input: { response: toBase64(good), metadata: undefined },
    failed: [],
    notChecked: ['SI-008', 'SI-010', 'SI-015'],
    detail: /add the metadata/,
  },
  {
    name: 'SI-009 the certificate has expired',
    input: (() => {
      const expired = createSigner([-365, -1])
      return { response: toBase64(signAssertion(responseWith(), expired)), metadata: metadataOf([expired]) }
    })(),
    failed: ['SI-009'],
    detail: /expired at 2026-02-28T09:30:00.000Z/,
  },
  {
    name: 'SI-009 the certificate is not valid yet',
    input: (() => {
      const future = createSigner([1, 365])
      return { response: toBase64(signAssertion(responseWith(), future)), metadata: metadataOf([future]) }
    })(),
    failed: ['SI-009'],
  },
  {
    name: 'SI-010 another issuer',
    input: { response: toBase64(signed(responseWith({ issuer: 'https://elsewhere.example/' }))) },
    failed: ['SI-010'],
  },
  {
    name: 'SI-011 another audience',
    input: { response: toBase64(signed(responseWith({ audiences: ['urn:other'] }))) },
    failed: ['SI-011'],
  },
  {
    name: 'SI-011 no audience',
    input: { response: toBase64(signed(responseWith({ audiences: [] }))) },
    failed: ['SI-011'],
  },
  {
    name: 'SI-012 another recipient',
    input: { response: toBase64(signed(responseWith({ recipient: `${acs}/` }))) },
    failed: ['SI-012'],
  },
  {
    name: 'SI-012 the Destination differs from the Recipient',
    input: {
      response: toBase64(signResponse(responseWith({ destination: 'https://other.example/' }), signer)),
    },
    failed: ['SI-012'],
  },
  {
    name: 'SI-013 the assertion has expired, beyond the skew',
    input: { response: toBase64(signed(responseWith({ notBefore: -70, notOnOrAfter: -5 }))) },
    failed: ['SI-013'],
    detail: /expired at 2026-03-01T09:25:00.000Z; the tenant’s clock is 2026-03-01T09:30:00.000Z/,
  },
  {
    name: 'SI-013 the assertion has expired, within the skew',
    input: { response: toBase64(signed(responseWith({ notBefore: -70, notOnOrAfter: -4 }))) },
    failed: [],
  },
  {
    name: 'SI-013 the assertion is not valid yet',
    input: { response: toBase64(signed(responseWith({ notBefore: 6 }))) },
    failed: ['SI-013'],
  },
  {
    name: 'SI-013 the subject confirmation has expired',
    input: { response: toBase64(signed(responseWith({ confirmedUntil: -10 }))) },
    failed: ['SI-013'],
  },
  {
    name: 'SI-014 an attribute for access control',
    input: { response: toBase64(signed(responseWith({ attributes: accessAttribute('CostCenter') }))) },
    failed: [],
  },
  {
    name: 'SI-014 an attribute with two values',
    input: {
      response: toBase64(
        signed(
          responseWith({
            attributes: accessAttribute(
              'Team',
              '<saml:AttributeValue>1</saml:AttributeValue><saml:AttributeValue>2</saml:AttributeValue>',
            ),
          }),
        ),
      ),
    },
    failed: ['SI-014'],
    detail: /"Team" has 2 values/,
  },
  {
    name: 'SI-014 an attribute that occurs twice',
    input: {
      response: toBase64(
        signed(responseWith({ attributes: accessAttribute('Team') + accessAttribute('Team') })),
      ),
    },
    failed: ['SI-014'],
  },
  {
    name: 'SI-014 51 attributes',
    input: {
      response: toBase64(
        signed(
          responseWith({
            attributes: Array.from({ length: 51 }, (_, at) => accessAttribute(`K${at}`)).join(''),
          }),
        ),
      ),
    },
    failed: ['SI-014'],
  },
  {
    name: 'SI-014 XML in a value',
    input: {
      response: toBase64(
        signed(
          responseWith({
            attributes: accessAttribute(
              'Team',
              '<saml:AttributeValue><b xmlns="urn:b"/></saml:AttributeValue>',
            ),
          }),
        ),
      ),
    },
    failed: ['SI-014'],
  },
  {
    name: 'SI-014 another name format',
    input: {
      response: toBase64(
        signed(responseWith({ attributes: accessAttribute('Team', undefined, ' NameFormat="urn:x"') })),
      ),
    },
    failed: ['SI-014'],
  },
  {
    name: 'SI-015 the metadata is too long',
    input: { response: toBase64(good), metadata: metadata + ' '.repeat(75_000) },
    failed: ['SI-015'],
    notChecked: ['SI-008', 'SI-010'],
  },
  {
    name: 'SI-015 a certificate in the metadata is too long',
    input: {
      response: toBase64(good),
      metadata: metadata.replace(
        '<KeyDescriptor',
        `<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${'A'.repeat(2_501)}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><KeyDescriptor`,
      ),
    },
    failed: ['SI-015'],
    detail: /2501 characters/,
  },
  {
    name: 'SI-015 the metadata has no sign-in URL',
    input: { response: toBase64(good), metadata: metadataOf([signer], { signInUrl: '' }) },
    failed: ['SI-015'],
    detail: /lacks: sign-in URL/,
  },
  {
    name: 'SI-015 the identity provider requires signed requests',
    input: {
      response: toBase64(good),
      metadata: metadataOf([signer], { more: 'WantAuthnRequestsSigned="true"' }),
    },
    failed: ['SI-015'],
  },
  {
    name: 'SI-017 a + in the address, with the right format',
    input: { response: toBase64(signed(responseWith({ nameId: 'a+b@example.com' }))) },
    failed: [],
  },
  {
    name: 'SI-017 a + in the address, with another format',
    input: { response: toBase64(signed(responseWith({ nameId: 'a+b@example.com', format: '' }))) },
    failed: ['SI-001', 'SI-017'],
  },
]

t.test('SAML responses break the rules that they should', async t => {
  const { check } = await openWithUsers(t)
  for (const { name, input, failed, notChecked = [], detail } of cases) {
    await t.test(name, async t => {
      const found = await check(input)
      t.same(
        { failed: rulesWith('failed', found), notChecked: rulesWith('not-checked', found) },
        { failed, notChecked: notChecked.toSorted() },
      )
      const isUnknown = ['SI-003', 'SI-008'].some(rule => notChecked.includes(rule))
      t.equal(found.outcome, failed.length > 0 ? 'rejected' : isUnknown ? 'unknown' : 'accepted')
      const [rule = ''] = failed.length > 0 ? failed : notChecked
      if (detail) t.match(detailOf(found, rule), detail)
    })
  }
})

t.test('the report names user, groups, certificate, event and page', async t => {
  const { check, anna, group } = await openWithUsers(t)
  const accepted = await check({ response: toBase64(good) })
  t.match(accepted, {
    outcome: 'accepted',
    sha256: createHash('sha256').update(good).digest('hex'),
    form: 'base64',
    at: '2026-03-01T09:30:00.000Z',
    nameId: 'anna@example.com',
    issuer: entityId,
    identityProvider: 'entra',
    certificate: { subject: 'CN=idp.example', notAfter: '2027-03-01T09:30:00.000Z' },
    user: {
      id: anna.id,
      name: 'anna@example.com',
      status: 'active',
      groups: [{ id: group.id, type: 'Group', display: 'Ops' }],
      verdict: 'yes',
      issues: [],
    },
    cloudTrail: { eventName: 'ExternalIdPDirectoryLogin', outcome: 'Success' },
  })
  const wrongFormat = await check({ response: toBase64(signed(responseWith({ format: '' }))) })
  t.same(wrongFormat.cloudTrail, {
    eventName: 'ExternalIdPDirectoryLogin',
    outcome: 'Failure',
    message: 'Response contains invalid name id policy format',
  })
  const [first] = wrongFormat.results
  t.match(first, {
    rule: 'SI-001',
    severity: 'error',
    basis: 'documented',
    remedy: 'Set the format of the NameID to email address.',
  })
  t.match(first.settings, [{ identityProvider: 'Microsoft Entra ID', setting: /Unique User Identifier/ }])
  t.equal(first.settings.length, 1, 'only those of the issuer')
  const unknown = await check({ response: toBase64(signed(responseWith({ nameId: 'x@example.com' }))) })
  t.equal(unknown.page, 'Looks like this code isn’t right')
  t.notOk('user' in unknown)
})

t.test('a response of another implementation is read', async t => {
  const { check } = await openWithUsers(t)
  const xml = await saml20.createSAMLResponse({
    audience,
    issuer: entityId,
    acsUrl: acs,
    claims: { email: 'anna@example.com', raw: { [`${attributePrefix}Team`]: 'Ops' } },
    requestId: '_request',
    privateKey: signer.key,
    publicKey: signer.certificate,
  })
  const found = await check({ response: toBase64(xml) })
  // It is made now, by the clock of the machine.
  t.same(rulesWith('failed', found), ['SI-013'])
  t.same(rulesWith('not-checked', found), [])
})

t.test('AWS marks a certificate yellow that expires soon', async t => {
  const { check } = await openWithUsers(t)
  const soon = createSigner([-300, 30])
  const found = await check({
    response: toBase64(signAssertion(responseWith(), soon)),
    metadata: metadataOf([soon]),
  })
  t.equal(detailOf(found, 'SI-009'), 'The certificate expires in 30 days; AWS marks it yellow.')
})

t.test('the time is that of the tenant’s clock', async t => {
  const { check, advance } = await openWithUsers(t)
  const late = toBase64(signed(responseWith({ notBefore: 60 * 24, notOnOrAfter: 60 * 25 })))
  t.same(rulesWith('failed', await check({ response: late })), ['SI-013'])
  await advance(24 * 60 * 60 * 1000)
  const after = await check({ response: late })
  t.equal(after.at, '2026-03-02T09:30:00.000Z')
  t.same(rulesWith('failed', after), [])
})

const entities = `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>`
const large = good.replace(
  '<samlp:Status>',
  `<samlp:Extensions>${' '.repeat(300_000)}</samlp:Extensions><samlp:Status>`,
)
const unreadable: readonly (readonly [name: string, body: object, detail: RegExp, path?: string])[] = [
  ['text', { response: 'Hello, world!' }, /neither XML nor base64/],
  ['base64 of something else', { response: toBase64('Hello') }, /neither XML nor deflated XML/],
  ['another document', { response: '<html/>' }, /not a SAML 2.0 response/],
  ['XML that ends early', { response: good.slice(0, -20) }, /not well-formed/],
  ['a tag that does not end', { response: `${good}<a b="` }, /not well-formed/],
  ['an unknown entity', { response: good.replace('anna@', '&anna;@') }, /not well-formed/],
  ['a document type', { response: entities + good }, /document type/],
  ['a document type in base64', { response: toBase64(entities + good) }, /document type/],
  [
    'elements in too many levels',
    { response: responseXml('<a xmlns="">'.repeat(100) + '</a>'.repeat(100)) },
    /64 levels/,
  ],
  ['too many elements', { response: responseXml('<a/>'.repeat(6000)) }, /5000 elements/],
  [
    'too many attributes',
    { response: responseXml(`<a ${Array.from({ length: 100 }, (_, at) => `a${at}=""`).join(' ')}/>`) },
    /64 attributes/,
  ],
  ['too many bytes', { response: large }, /larger than 256 KiB/],
  [
    'too many bytes after inflating',
    { response: deflateRawSync(large).toString('base64') },
    /inflated response is larger/,
  ],
  ['bytes that are not UTF-8', { response: Buffer.from([0x3c, 0xff, 0x3e]).toString('base64') }, /UTF-8/],
  ['metadata that is not XML', { response: good, metadata: 'x' }, /metadata is not well-formed/, 'metadata'],
  [
    'a certificate that is none',
    { response: good, certificate: 'x' },
    /certificate cannot be read/,
    'certificate',
  ],
]

t.test('unreadable input is a clear error without its text', async t => {
  const { send } = await openWithUsers(t)
  for (const [name, body, detail, path = 'response'] of unreadable) {
    const { status, body: problem } = await send(body)
    t.match(
      { status, problem },
      { status: 400, problem: { detail, errors: [{ path: `body.${path}` }] } },
      name,
    )
    t.notMatch(JSON.stringify(problem), /anna|Hello/, name)
  }
  t.match(await send({ response: '' }), { status: 400, body: { errors: [{ path: 'body.response' }] } })
  t.match(await send({}), { status: 400 })
})

t.test('the response is in no journal, and nothing changes', async t => {
  const { check, callApi, tenant } = await openWithUsers(t)
  const users = await wholeList(callApi, `/api/v1/tenants/${tenant.id}/users`)
  const readExchanges = async () => (await wholeList(callApi, '/api/v1/exchanges')).map(({ id }) => id)
  const exchanges = await readExchanges()
  await check({ response: toBase64(good) })
  t.same(await wholeList(callApi, `/api/v1/tenants/${tenant.id}/users`), users)
  t.same(await readExchanges(), exchanges)
})

/** Users with each kind of verdict, oldest first. */
async function openWithVerdicts({ client, deps, tenant }: TestConsole) {
  const create = (name: string, changes: object = {}) => client.create('Users', anEmail(name, changes))
  const anna = await create('anna@example.com')
  const bert = await client.create('Users', aUser('bert'))
  await create('dora@example.com', { active: false })
  await create('guest_gmail.com#EXT#@corp.example')
  await create('eve@example.com', {
    emails: [{ value: 'eve.smith@example.com', type: 'work', primary: true }],
  })
  const first = await create('fred@example.com')
  await client.delete(`/Users/${first.id}`)
  const second = await create('fred@example.com')
  const group = await client.create('Groups', aGroup('Ops'))
  await client.patch(`/Groups/${group.id}`, {
    op: 'add',
    path: 'members',
    value: [{ value: anna.id }, { value: bert.id }],
  })
  const set = await deps.assignments.createPermissionSet(tenant.key, { now }, 'Reader', {})
  if (set === 'name-taken') throw new Error('There is Reader already.')
  await deps.assignments.assign(
    tenant.key,
    { now },
    { account: '111122223333', permissionSet: set.id, principal: { type: 'User', id: second.id } },
  )
  return { first, second, anna }
}

type Listed = {
  readonly name: string
  readonly verdict: string
  readonly issues: readonly { readonly rule: string }[]
}
const brief = ({ name, verdict, issues }: Listed) => [name, verdict, ...issues.map(({ rule }) => rule)]

t.test('verdicts come from the directory', async t => {
  const testConsole = await buildTestConsole(t, 'aws')
  const { callApi, tenant } = testConsole
  const { first, second } = await openWithVerdicts(testConsole)
  const base = `/api/v1/tenants/${tenant.id}/sign-in`
  const all = [
    ['fred@example.com', 'at-risk', 'SI-034'],
    ['fred@example.com', 'no', 'SI-031'],
    ['eve@example.com', 'yes', 'SI-033', 'SI-035'],
    ['guest_gmail.com#EXT#@corp.example', 'at-risk', 'SI-032', 'SI-035'],
    ['dora@example.com', 'no', 'SI-031', 'SI-035'],
    ['bert', 'no', 'SI-030'],
    ['anna@example.com', 'yes'],
  ]
  const list = async (query: string) => (await wholeList(callApi, base + query)).map(brief)
  t.same(await list(''), all)
  for (const verdict of ['yes', 'at-risk', 'no']) {
    const expected = all.filter(([, each]) => each === verdict)
    for (const limit of [1, 2, 50]) {
      t.same(await list(`?verdict=${verdict}&limit=${limit}`), expected, `${verdict} by ${limit}`)
    }
  }
  const counts = await callApi('GET', `${base}/counts`)
  t.same(counts.body, { yes: 2, 'at-risk': 2, no: 1 }, 'of active users')
  t.same(await list('?status=disabled'), [all[4]])
  t.same(await list('?text=FRED&verdict=no'), [all[1]])
  const { body } = await callApi('GET', `${base}/users/${second.id}`)
  t.match(body, {
    id: second.id,
    name: 'fred@example.com',
    status: 'active',
    groups: [],
    verdict: 'at-risk',
    issues: [
      {
        rule: 'SI-034',
        severity: 'warning',
        detail: `An earlier user with this name had the ID ${first.id}.`,
      },
    ],
  })
  t.match(await callApi('GET', `${base}/users/nobody`), {
    status: 404,
    body: {
      detail: `There is no user "nobody" in the tenant "${tenant.id}". GET /api/v1/tenants/${tenant.id}/users lists all.`,
    },
  })
  t.match(await callApi('GET', `${base}?verdict=maybe`), { status: 400 })
  t.match(await callApi('GET', '/api/v1/tenants/nobody/sign-in'), { status: 404 })
})
