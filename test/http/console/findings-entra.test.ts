import t, { type Test } from 'tap'
import type { FindingGroup } from '../../../src/domain/contract/findings.ts'
import type { ProfileName } from '../../../src/profiles/names.ts'
import { defaultMappings, mappingFiles } from '../../../src/provisioning/entra/mapping/default-mappings.ts'
import type { Mapping } from '../../../src/provisioning/entra/mapping/mapping.ts'
import { readMapping } from '../../../src/provisioning/entra/mapping/read-mapping.ts'
import { changeAttributes } from '../../../src/provisioning/kit/directory/edits.ts'
import { readDirectory } from '../../../src/provisioning/kit/directory/read-directory.ts'
import type { SourceDirectory } from '../../../src/provisioning/kit/directory/source-directory.ts'
import type { Dialect } from '../../../src/provisioning/kit/target.ts'
import { buildJobTest, springfield } from '../../support/entra-job.ts'
import { aGroup, aUser, enterpriseUrn } from '../../support/samples.ts'
import { buildTestConsole, type TestConsole } from './console-app.ts'

const { directory: sample } = await readDirectory('samples/springfield.json')

/** A job against a server with running analysis. */
async function buildTest(
  t: Pick<Test, 'teardown'>,
  profile: ProfileName,
  {
    mapping = defaultMappings.aws,
    ...options
  }: { mapping?: Mapping; dialect?: Dialect; token?: () => string } = {},
) {
  const test = await buildJobTest(t, profile, { ...options, config: { mapping } })
  const { analysis, jobHealth } = test.deps
  analysis.start()
  const found = async () => {
    if (!(await analysis.caughtUp(30_000))) throw new Error('the analysis lags behind')
    return (await analysis.findings()).toSorted((one, other) => (one.id < other.id ? -1 : 1))
  }
  return {
    ...test,
    found,
    estimate: async () => {
      await found()
      return jobHealth.estimates(test.tenant.id)
    },
    cycle: (directory: SourceDirectory) => test.job.runCycle({ directory }),
  }
}

t.test('provisioning on demand changes neither the verdict nor the newest cycle', async t => {
  const { job, cycle, estimate, deps, tenant } = await buildTest(t, 'aws', {})
  const broken = ['lenny.leonard@springfield.example', 'carl.carlson@springfield.example'].reduce(
    (directory, name) => changeAttributes(directory, name, { surname: 'Sz\u0007' }),
    sample,
  )
  await cycle(broken)
  const before = await estimate()
  t.match(before, [{ status: 'at-risk', detail: /^2 of the \d+ objects of the newest cycle failed\./ }])
  const marge = sample.users.find(
    ({ attributes }) => attributes.userPrincipalName === 'marge.simpson@springfield.example',
  )
  await job.provisionOnDemand({ directory: sample, objectId: marge?.objectId ?? '' })
  t.same(await estimate(), before)
  const { items } = await deps.analysis.cycles({ limit: 9 })
  t.same(
    items.map(({ kind }) => kind),
    ['on-demand', 'cycle'],
  )
  t.match(await deps.analysis.newestCycle(tenant.id, ['entra'], ['cycle', 'test-connection']), {
    id: items[1]?.id,
  })
})

const emailsOf = (value: string) => [{ value, type: 'work', primary: true }]

/** The findings, as `id ×count`. */
const summary = (tallies: readonly { readonly id: string; readonly count: number }[]) =>
  tallies.map(({ id, count }) => `${id} ×${count}`)

const fine = (tenant: string) => [
  {
    tenant,
    status: 'healthy',
    reason: 'None',
    detail: 'Connection tests succeed, and no object fails repeatedly.',
  },
]

/** Findings of Entra's defaults: one note for each PATCH. */
const habits = [
  'client/capitalised-operations ×12',
  'client/mail-nickname-as-external-id ×6',
  'client/manager-as-text ×4',
]
const habitsWithFlag = habits.slice(1)

for (const profile of ['aws', 'entra'] as const) {
  t.test(`under ${profile} a clean cycle has notes about Entra’s defaults only`, async t => {
    const byDefault = await buildTest(t, profile)
    await byDefault.cycle(sample)
    t.same(summary(await byDefault.found()), habits)
    t.same(await byDefault.estimate(), fine(byDefault.tenant.id))

    const flagged = await buildTest(t, profile, { dialect: 'aadOptscim062020' })
    await flagged.cycle(sample)
    t.same(summary(await flagged.found()), habitsWithFlag)
  })
}

t.test('with objectId as externalId, only notes about PATCH syntax remain', async t => {
  const attributes = mappingFiles.aws.users.attributes.map(one =>
    one.target === 'externalId' ? { ...one, source: '[objectId]' } : one,
  )
  const mapping = readMapping({ ...mappingFiles.aws, users: { attributes } })
  const { cycle, found } = await buildTest(t, 'aws', { mapping })
  await cycle(sample)
  t.same(summary(await found()), ['client/capitalised-operations ×12', 'client/manager-as-text ×4'])
})

t.test('a strict tenant reports requests that it rejects and AWS accepts', async t => {
  const { cycle, found, estimate, tenant } = await buildTest(t, 'rfc')
  await cycle(sample)
  t.same(summary(await found()), [
    'client/capitalised-operations ×4',
    'client/mail-nickname-as-external-id ×6',
    'client/manager-as-text ×4',
    'client/refused ×8',
  ])
  t.match(await estimate(), [{ tenant: tenant.id, status: 'at-risk' }])
})

const bad = readMapping({
  users: {
    attributes: [
      {
        source: 'Replace([userPrincipalName], "@", , , "_springfield#EXT#@")',
        target: 'userName',
        matching: 1,
      },
      { source: '[mailNickname]', target: 'externalId' },
      { source: '[displayName]', target: 'displayName' },
      { source: '[givenName]', target: 'name.givenName' },
      { source: '[mail]', target: 'emails[type eq "work"].value' },
      { source: '[userPrincipalName]', target: 'emails[type eq "other"].value' },
      { source: '[mail]', target: 'nickName' },
      { source: '"https://springfield.example/p.png"', target: 'photos[type eq "photo"].value' },
    ],
  },
  groups: mappingFiles.nonGallery.groups,
})

/** The problems of the mapping, for any target. */
const wrong = [
  'aws/email-is-primary ×3',
  'aws/one-value-per-list ×3',
  'client/dropped-by-aws ×3',
  'client/guest-user-name ×3',
  'client/mail-nickname-as-external-id ×3',
  'client/no-family-name ×3',
  'client/several-emails ×3',
]

t.test('a lenient tenant reports a bad mapping with the requests that would fail on AWS', async t => {
  const { cycle, found, estimate, tenant } = await buildTest(t, 'entra', { mapping: bad })
  await cycle(springfield)
  const tallies = await found()
  t.same(summary(tallies), [...wrong.slice(0, 2), 'client/capitalised-operations ×3', ...wrong.slice(2)])
  t.match(
    tallies.find(({ id }) => id === 'aws/one-value-per-list')?.evidence,
    Array(3).fill({ detail: 'AWS returns: List attribute emails exceeds allowed limit of 1' }),
  )
  t.same(await estimate(), fine(tenant.id))
})

t.test('an AWS tenant rejects the same mapping for the same reasons', async t => {
  const { cycle, found, estimate, tenant } = await buildTest(t, 'aws', { mapping: bad })
  await cycle(springfield)
  t.same(summary(await found()), wrong)
  t.match(await estimate(), [
    { tenant: tenant.id, status: 'at-risk', reason: 'EncounteredEscrowProportionThreshold' },
  ])
})

for (const profile of ['aws', 'entra'] as const) {
  t.test(`under ${profile} only the user with two phone numbers would fail on AWS`, async t => {
    const { cycle, found } = await buildTest(t, profile, { mapping: defaultMappings.nonGallery })
    await cycle(sample)
    const phones = (await found()).filter(({ id }) => id.startsWith('aws/'))
    t.match(phones, [
      {
        id: 'aws/one-value-per-list',
        count: 1,
        evidence: [{ subject: 'marge.simpson@springfield.example' }],
      },
    ])
  })
}

t.test('several changes in one PATCH with the flag would fail on AWS', async t => {
  const { cycle, found } = await buildTest(t, 'entra', { dialect: 'aadOptscim062020' })
  await cycle(springfield)
  const before = await found()
  const changes = { givenName: 'Moses', surname: 'Szyslak-Simpson', displayName: 'Moses Szyslak' }
  await cycle(changeAttributes(springfield, 'moe@springfield.example', changes))
  const known = new Set(before.map(({ id }) => id))
  t.same(summary((await found()).filter(({ id }) => !known.has(id))), [
    'aws/pathless-changes-one-attribute ×1',
    'client/dotted-names ×1',
  ])
})

t.test('an unknown token is a finding, and means quarantine', async t => {
  const { cycle, found, estimate, tenant } = await buildTest(t, 'aws', { token: () => 'not-a-token' })
  await cycle(springfield)
  t.match(await found(), [{ id: 'client/token-unknown' }])
  t.match(await estimate(), [
    { tenant: tenant.id, status: 'quarantined', reason: 'EncounteredQuarantineException' },
  ])
})

t.test('an unknown member is reported whether or not the tenant rejects it', async t => {
  const nobody = '11111111-2222-4333-8444-555555555555'
  const { client, found } = await buildTest(t, 'entra')
  const group = await client.create('Groups', aGroup('Family', [], { externalId: nobody }))
  const member = { op: 'add', path: 'members', value: [{ value: nobody }] }
  t.equal((await client.patch(`/Groups/${group.id}`, member)).status, 204)
  const led = 'led@springfield.example'
  const manager = { [enterpriseUrn]: { manager: { value: nobody } } }
  await client.create('Users', aUser(led, { externalId: nobody, emails: emailsOf(led), ...manager }))
  t.same(summary(await found()), [
    'aws/unknown-member ×1',
    'client/unresolved-manager ×1',
    'client/unresolved-member ×1',
  ])
})

t.test('a member that was deleted later is not reported', async t => {
  const { client, found } = await buildTest(t, 'aws')
  const name = 'marge@springfield.example'
  const marge = await client.create('Users', aUser(name, { externalId: 'e1', emails: emailsOf(name) }))
  const group = await client.create('Groups', aGroup('Family', [marge.id], { externalId: 'e2' }))
  await client.delete(`/Users/${marge.id}`)
  await client.delete(`/Groups/${group.id}`)
  t.same(summary(await found()), [])
})

t.test('no finding contains a password', async t => {
  const { client, found } = await buildTest(t, 'rfc')
  const secret = 'correct horse battery'
  await client.post('/Users', aUser('marge', { password: secret }))
  await client.patch('/Users/nobody', { op: 'replace', path: 'password', value: secret })
  await client.get(`/Users?filter=password+eq+%22${encodeURIComponent(secret)}%22`)
  const text = JSON.stringify(await found())
  t.match(text, 'client/')
  t.notMatch(text, 'horse')
})

const findingsOf = async ({ callApi }: TestConsole) =>
  (await callApi('GET', '/api/v1/findings')).body.items
    .map(({ id, severity, headline }: FindingGroup) => [id, severity, headline])
    .toSorted()
const marge = (values: object) =>
  aUser('marge@springfield.example', {
    externalId: crypto.randomUUID(),
    emails: emailsOf('marge@springfield.example'),
    ...values,
  })
const noFirstName = ['client/no-given-name', 'error', '1 user has no first name']
const noLastName = ['client/no-family-name', 'error', '1 user has no last name']
const noDisplayName = ['client/no-display-name', 'error', '1 user or group has no display name']

const lacking = [
  [{ name: { familyName: 'Simpson' } }, noFirstName],
  [{ name: { givenName: 'Marge' } }, noLastName],
  [{ name: { givenName: 'Marge', familyName: '' } }, noLastName],
  [{ displayName: undefined }, noDisplayName],
  [{ displayName: undefined, name: undefined }, noDisplayName, noLastName, noFirstName],
] as const

for (const profile of ['aws', 'entra'] as const) {
  t.test(`under ${profile} a request that lacks one attribute has one finding`, async t => {
    for (const [values, ...expected] of lacking) {
      const test = await buildTestConsole(t, profile)
      await test.client.post('/Users', marge(values))
      t.same(await findingsOf(test), expected, expected.map(([id]) => id).join(', '))
    }
  })
}

t.test(
  'a request without a userName has one finding about AWS, and one if its tenant refused it by itself',
  async t => {
    const noUserName = ['client/no-user-name', 'error', 'No userName']
    const refused = ['client/refused', 'error', '1 request was refused by the tenant']
    for (const [profile, ...expected] of [
      ['aws', noUserName],
      ['entra', noUserName, refused],
    ] as const) {
      const test = await buildTestConsole(t, profile)
      await test.client.post('/Users', marge({ userName: undefined }))
      t.same(await findingsOf(test), expected, profile)
    }
  },
)

t.test('a search for AWS’s rule on required attributes finds its findings by attribute', async t => {
  const { client, callApi } = await buildTestConsole(t, 'aws')
  await client.post('/Users', marge({ name: { givenName: 'Marge' } }))
  await client.create('Users', marge({}))
  await callApi('GET', '/api/v1/findings')
  const count = async (q: string) =>
    (await callApi('GET', `/api/v1/exchanges/count?q=${encodeURIComponent(q)}`)).body.count
  t.same(
    [
      await count('finding:aws/required-attributes'),
      await count('finding:aws/'),
      await count('finding:aws/schema'),
    ],
    [1, 1, 0],
  )
})

t.test('a tenant whose switch requires an email address has one finding about its absence', async t => {
  const test = await buildTestConsole(t, 'aws')
  await test.callApi('PATCH', `/api/v1/tenants/${test.tenant.id}`, { switches: { email: 'required' } })
  await test.client.post('/Users', marge({ emails: undefined }))
  t.same(await findingsOf(test), [
    ['aws/required-attributes', 'error', '1 user or group lacks an attribute that AWS requires'],
  ])
})
