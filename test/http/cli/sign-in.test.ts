import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { acs, audience, createSigner, entityId, metadataOf, saml20, toBase64 } from '../../support/saml.ts'
import { aUser } from '../../support/samples.ts'
import { serverFor } from './server.ts'

const anEmail = (name: string, changes: object = {}) =>
  aUser(name, { emails: [{ value: name, type: 'work', primary: true }], ...changes })

t.test('users are listed with their verdicts', async t => {
  const { cli, scim } = await serverFor(t, { profile: 'aws' })
  await scim('POST', '/Users', anEmail('anna@example.com'))
  await scim('POST', '/Users', aUser('bert'))
  await scim('POST', '/Users', anEmail('dora@example.com', { active: false }))
  const groupless = 'The user is in no group and has no account assignment.'
  t.same(await cli('sign-in'), {
    code: 0,
    out: [
      'sign-in  user              status    rules           reason',
      `no       dora@example.com  disabled  SI-031, SI-035  The user is disabled. ${groupless}`,
      `no       bert              active    SI-030, SI-035  The userName is not an email address. ${groupless}`,
      `yes      anna@example.com  active    SI-035          ${groupless}`,
      '',
    ].join('\n'),
    err: '',
  })
  t.match((await cli('sign-in', 'list', '--verdict', 'yes')).out, /^sign-in.*\nyes +anna@example\.com.*\n$/)
  t.match((await cli('sign-in', 'list', '--status', 'disabled', '--text', 'DORA')).out, /dora@example\.com/)
  t.same(await cli('sign-in', 'list', '--verdict', 'at-risk'), {
    code: 0,
    out: 'No matching users in tenant acme.\n',
    err: '',
  })
  t.match(await cli('sign-in', 'list', '--verdict', 'maybe'), { code: 2, err: /yes, at-risk, no/ })
})

t.test('a SAML response is checked, with exit code 1 if a rule fails', async t => {
  const { cli, scim } = await serverFor(t, { profile: 'aws' })
  const anna = await scim('POST', '/Users', anEmail('anna@example.com'))
  const signer = createSigner([-30, 365], Date.now())
  const folder = t.testdir()
  const write = (name: string, text: string): string => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }
  const responseFor = async (email: string) =>
    toBase64(
      await saml20.createSAMLResponse({
        audience,
        issuer: entityId,
        acsUrl: acs,
        claims: { email },
        requestId: '_request',
        privateKey: signer.key,
        publicKey: signer.certificate,
      }),
    )
  const response = write('response.txt', await responseFor('anna@example.com'))
  const metadata = write('metadata.xml', metadataOf([signer]))
  const certificate = write('certificate.pem', signer.certificate)

  const accepted = await cli(
    ...['sign-in', 'check', response, '--metadata', metadata, '--acs', acs, '--audience', audience],
  )
  t.match(accepted, { code: 0, err: '' })
  t.match(accepted.out, /^result +accepted\nNameID +anna@example\.com\n/)
  t.match(accepted.out, new RegExp(`^user +anna@example\\.com \\(${anna.id}, active\\)$`, 'm'))
  t.match(accepted.out, /^CloudTrail +ExternalIdPDirectoryLogin: Success$/m)
  t.match(accepted.out, /^SI-008 +passed +The response is signed with the certificate "CN=idp\.example"/m)
  t.notMatch(accepted.out, /failed|not checked|Remedies/)

  const withCertificate = await cli('sign-in', 'check', response, '--certificate', certificate)
  t.match(withCertificate, { code: 0, out: /^SI-012 +not checked +Recipient .* has the form of an ACS URL/m })

  const rejected = await cli(
    ...['sign-in', 'check', response, '--metadata', metadata, '--audience', 'urn:other'],
  )
  t.match(rejected, { code: 1, err: 'scimulator: Failed: SI-011.\n' })
  t.match(rejected.out, /^Remedies\nSI-011: Set the audience .*\n {2}Microsoft Entra ID: Single sign-on/m)

  const nobody = write('nobody.txt', await responseFor('nobody@example.com'))
  t.match(await cli('--json', 'sign-in', 'check', nobody, '--metadata', metadata), {
    code: 1,
    out: /"page": "Looks like this code isn’t right"/,
    err: `${JSON.stringify({ error: { title: 'Failed', detail: 'Failed: SI-003.' } })}\n`,
  })
  t.match(await cli('sign-in', 'check', write('text.txt', 'Hello, world!')), {
    code: 1,
    err: /neither XML nor base64/,
  })
  t.match(await cli('sign-in', 'check', join(folder, 'missing')), { code: 2, err: /Cannot read .*missing/ })
})
