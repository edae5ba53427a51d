import t from 'tap'
import type { Preflight } from '../../../../src/domain/contract/preflight.ts'
import type { PreflightOptions } from '../../../../src/insight/preflight/first-cycle.ts'
import { runPreflight, wouldFail } from '../../../../src/insight/preflight/preflight.ts'
import { loadProfile } from '../../../../src/profiles/registry.ts'
import { defaultMappings, mappingFiles } from '../../../../src/provisioning/entra/mapping/default-mappings.ts'
import { readMapping } from '../../../../src/provisioning/entra/mapping/read-mapping.ts'
import { generateDirectory } from '../../../../src/provisioning/kit/directory/generate.ts'
import type {
  SourceDirectory,
  SourceGroup,
  SourceUser,
} from '../../../../src/provisioning/kit/directory/source-directory.ts'
import { person, springfield } from '../../../support/entra-job.ts'

const check = (directory: SourceDirectory, options: Partial<PreflightOptions> = {}) =>
  runPreflight(directory, [], {
    profile: loadProfile('aws'),
    mapping: defaultMappings.aws,
    mappingName: 'aws',
    now: 0,
    ...options,
  })

const withAttributes = (user: SourceUser, more: SourceUser['attributes']): SourceUser => ({
  ...user,
  attributes: { ...user.attributes, ...more },
})

const without = (user: SourceUser, name: string): SourceUser => {
  const { [name]: _, ...attributes } = user.attributes
  return { ...user, attributes }
}

const only = (...users: readonly SourceUser[]): SourceDirectory => ({ users, groups: [], assignments: [] })

const group = (name: string, members: readonly string[]): SourceGroup => ({
  objectId: `id-${name}`,
  attributes: { displayName: name },
  members,
})

const causesIn = ({ causes }: Preflight) =>
  causes.map(({ rule, attribute, count }) => [rule, attribute, count] as const)

const noteIds = ({ notes }: Preflight) => notes.map(({ id, count }) => [id, count] as const)

t.test('a sound directory passes, and the requests of its first cycle are counted', async t => {
  const result = await check(springfield)
  t.notOk(wouldFail(result))
  t.match(result, {
    scope: 'assigned',
    users: { read: 4, accepted: 3, incomplete: 0, rejected: 0, skipped: 0, notReached: 0, outOfScope: 1 },
    groups: { read: 2, accepted: 2 },
    memberships: 3,
    causes: [],
    failures: [],
    // 3 probes; 5 searches and creates; a read and a change for a manager and for each group, which has one or two members.
    cycle: { requests: 20, reads: 11, writes: 9 },
    duration: {
      requestsPerSecond: 25,
      seconds: 1,
      estimate: { leastSeconds: 5, mostSeconds: 38 },
      throttle: { readsPerSecond: 40, writesPerSecond: 25, seconds: 1, exceeded: false },
    },
    limits: [
      { id: 'users', value: 3, maximum: 100_000, exceeded: false },
      { id: 'groups', value: 2, maximum: 100_000 },
      { id: 'membership-changes', value: 1, maximum: 100 },
      { id: 'groups-of-user', value: 2, maximum: 1000 },
    ],
  })
  t.notOk('quarantine' in result)
})

t.test('each failure names the object, the attribute, its value, the rule and a remedy', async t => {
  const user = withAttributes(person('ann', 'Ann', 'Berg'), { jobTitle: 'Chief\u0007' })
  const { failures, users } = await check(only(user))
  t.match(users, { read: 1, accepted: 0, rejected: 1 })
  t.same(failures, [
    {
      type: 'User',
      objectId: 'id-ann',
      name: 'ann@springfield.example',
      step: 'create',
      rule: 'aws/text-characters',
      attribute: 'title',
      source: '[jobTitle]',
      value: 'Chief\u0007',
      detail:
        "1 validation errors detected: Value at 'title' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r ]+",
      rejects: true,
      remedy:
        'Enterprise applications > your application > Provisioning > Attribute mapping > Provision Microsoft Entra ID Users: change the source of title to Replace([jobTitle], , "\\\\u0007", , "", , ), or correct the value in the directory.',
      fix: { target: 'title', source: 'Replace([jobTitle], , "\\\\u0007", , "", , )' },
    },
  ])
})

t.test('all rules that one request violates are reported; the first one rejects it', async t => {
  const user = without(
    withAttributes(person('ann', 'Ann', 'Berg'), { jobTitle: 'x'.repeat(1025), department: 'a\u200bb' }),
    'surname',
  )
  const { failures } = await check(only(user))
  t.same(
    failures.map(({ rule, attribute, value, rejects }) => [rule, attribute, value?.length, rejects]),
    [
      ['aws/required-attributes', 'name.familyName', undefined, true],
      ['aws/text-length', 'title', 81, false],
      [
        'aws/text-characters',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department',
        3,
        false,
      ],
    ],
  )
})

t.test('a directory passes once the lines of the mapping are changed as the remedies say', async t => {
  const directory = only(
    withAttributes(person('ann', 'Ann', 'Berg'), { displayName: 'Ann\u0007', jobTitle: 'x'.repeat(1025) }),
    withAttributes(person('bea', 'Bea', 'Berg'), { displayName: 'B\u200bea', mailNickname: 'ann' }),
    without(person('cleo', 'Cleo', 'Berg'), 'surname'),
    without(person('dora', 'Dora', 'Berg'), 'givenName'),
    withAttributes(person('emma', 'Emma', 'Berg'), { mailNickname: 'two words' }),
  )
  let file = mappingFiles.aws
  let result = await check(directory)
  t.equal(result.users.accepted, 0)
  // A fix may reveal the next error of the same value.
  for (let round = 0; round < 4 && wouldFail(result); round++) {
    const fixes = new Map(result.causes.map(({ fix }) => [fix?.target, fix?.source]))
    t.notOk(fixes.has(undefined), 'each cause has a fix')
    const attributes = file.users.attributes.map(line => ({
      ...line,
      source: fixes.get(line.target) ?? line.source,
    }))
    file = { ...file, users: { attributes } }
    result = await check(directory, { mapping: readMapping(file) })
  }
  t.same(result.causes, [])
  t.equal(result.users.accepted, 5)
})

t.test('the remedy fits the attribute and the rule', async t => {
  const ann = person('ann', 'Ann', 'Berg')
  const remedyFor = async (user: SourceUser, options: Partial<PreflightOptions>) => {
    const { causes } = await check(only(user), options)
    return causes.map(({ rule, attribute, remedy }) => [
      rule,
      attribute,
      remedy.split(' Users: ')[1] ?? remedy,
    ])
  }
  const strict = { profile: loadProfile('aws', { specialCharacters: 'refuse', lineBreaks: 'refuse' }) }
  t.same(await remedyFor(withAttributes(ann, { jobTitle: 'a:b\t<c>' }), strict), [
    [
      'aws/no-special-characters',
      'title',
      'change the source of title to Replace([jobTitle], , "\\\\u003a|\\\\u003c|\\\\u003e", , "", , ), or correct the value in the directory.',
    ],
    [
      'aws/no-line-breaks',
      'title',
      'change the source of title to Replace([jobTitle], , "\\\\u0009", , "", , ), or correct the value in the directory.',
    ],
  ])
  const phones = withAttributes(ann, { telephoneNumber: '+49 1', mobile: '+49 2' })
  t.same(await remedyFor(phones, { mapping: defaultMappings.nonGallery }), [
    [
      'aws/one-value-per-list',
      'phoneNumbers[type eq "work"].value',
      'keep one of the mappings to phoneNumbers[type eq "work"].value, phoneNumbers[type eq "mobile"].value, phoneNumbers[type eq "fax"].value.',
    ],
  ])
  const reserved = withAttributes(ann, { userPrincipalName: 'Administrator' })
  t.same(await remedyFor(reserved, {}), [
    ['aws/reserved-names', 'userName', 'Rename the user or group in the directory.'],
  ])
  const unmapped = readMapping({
    users: { attributes: [{ source: '[userPrincipalName]', target: 'userName', matching: 1 }] },
  })
  t.match(await remedyFor(ann, { mapping: unmapped }), [
    ['aws/required-attributes', 'name.familyName', 'add a mapping to name.familyName.'],
    ['aws/required-attributes', 'name.givenName', 'add a mapping to name.givenName.'],
    ['aws/required-attributes', 'displayName', 'add a mapping to displayName.'],
  ])
})

t.test('of objects with the same matching or unique value, the failing ones are reported', async t => {
  const ann = person('ann', 'Ann', 'Berg')
  const bea = person('bea', 'Bea', 'Berg')
  const cleo = withAttributes(person('cleo', 'Cleo', 'Berg'), { mailNickname: 'ann', mail: 'cleo@x.example' })
  const sameName = withAttributes(bea, { userPrincipalName: 'ANN@springfield.example' })
  const result = await check(only(ann, sameName, cleo))
  t.same(causesIn(result), [['entra/DuplicateSourceEntries', 'userName', 2]])
  t.match(result.failures[0], { step: 'match', value: undefined, remedy: /unique in the directory/ })
  const unique = await check(only(ann, bea, cleo))
  t.same(causesIn(unique), [['scim/uniqueness', 'externalId', 1]])
  t.match(unique.failures, [
    { objectId: 'id-cleo', value: 'ann', fix: { target: 'externalId', source: '[objectId]' } },
  ])
})

t.test('nested groups are rejected as members, by name', async t => {
  const directory = {
    users: springfield.users,
    groups: [group('inner', ['id-moe']), group('outer', ['id-marge', 'id-inner'])],
    assignments: [],
  }
  const result = await check(directory)
  t.match(result.groups, { read: 2, accepted: 1, incomplete: 1, rejected: 0 })
  t.match(result.failures, [
    { type: 'Group', name: 'outer', step: 'members', rule: 'scim/noSuchMember', value: 'inner' },
  ])
  t.match(result.failures[0]?.remedy, /assign the inner groups themselves/)
  t.same(noteIds(result), [
    ['nested-groups', 1],
    ['client/mail-nickname-as-external-id', 4],
  ])
  const assigned = await check({ ...directory, assignments: [{ principal: 'id-outer' }] })
  t.notOk(wouldFail(assigned), 'a group that is not assigned is no member')
  t.same(noteIds(assigned), [
    ['not-assigned', 4],
    ['nested-groups', 1],
    ['members-out-of-scope', 1],
    ['client/mail-nickname-as-external-id', 1],
  ])
})

t.test('objects that are not provisioned are counted by the reason', async t => {
  const users = [
    { ...person('ann', 'Ann', 'Berg'), accountEnabled: false },
    { ...person('bea', 'Bea', 'Berg'), deletedAt: 0 },
    withAttributes(person('cleo', 'Cleo', 'Berg'), { department: 'Sales' }),
    person('dora', 'Dora', 'Berg'),
  ]
  const clauses = [{ attribute: 'department', operator: 'EQUALS', value: 'Sales' }]
  const mapping = readMapping({
    ...mappingFiles.aws,
    users: { ...mappingFiles.aws.users, scope: [{ clauses: [...clauses] }] },
  })
  const filtered = await check(only(...users), { mapping })
  t.match(filtered.users, { read: 4, accepted: 1, skipped: 0, outOfScope: 3 })
  t.match(noteIds(filtered).slice(0, 2), [
    ['filtered-out', 2],
    ['deleted', 1],
  ])
  const all = await check(only(...users))
  t.match(all.users, { accepted: 2, skipped: 1, outOfScope: 1 })
  t.match(
    noteIds(all).find(([id]) => id === 'disabled-users'),
    ['disabled-users', 1],
  )
})

t.test('unstable matching and guests are noted', async t => {
  const guest = withAttributes(person('ann', 'Ann', 'Berg'), {
    userPrincipalName: 'ann_x.example#EXT#@y.example',
  })
  const byMail = readMapping({
    ...mappingFiles.aws,
    users: {
      attributes: mappingFiles.aws.users.attributes.map(line =>
        line.target === 'userName' ? { ...line, source: '[mail]' } : line,
      ),
    },
  })
  t.same(noteIds(await check(only(guest))), [
    ['client/mail-nickname-as-external-id', 1],
    ['client/guest-user-name', 1],
  ])
  const notes = (await check(only(guest), { mapping: byMail })).notes
  t.match(
    notes.find(({ id }) => id === 'unstable-matching'),
    { severity: 'warning', count: 1, objects: ['ann_x.example#EXT#@y.example'], detail: /\[mail\]/ },
  )
})

t.test('lists of 20 members and groups without members are noted', async t => {
  const users = Array.from({ length: 21 }, (_, index) => person(`user${index}`, 'Ann', `${index}`))
  const ids = users.map(({ objectId }) => objectId)
  const notesFor = async (...groups: readonly SourceGroup[]) =>
    noteIds(await check({ users, groups, assignments: [] })).map(([id]) => id)
  t.ok((await notesFor(group('twenty', ids.slice(1)))).includes('short-member-lists'))
  t.notOk((await notesFor(group('twenty', ids.slice(1)), group('all', ids))).includes('short-member-lists'))
  t.ok((await notesFor(group('empty', []))).includes('no-memberships'))
})

t.test('more members per request than AWS allows are rejected by its rule', async t => {
  const directory = generateDirectory({ users: 150, groups: 1, groupSize: 120, seed: 1 })
  const result = await check(directory, { memberBatchSize: 120 })
  t.match(result.failures, [{ step: 'members', rule: 'aws/at-most-100-membership-changes' }])
  t.match(
    result.limits.find(({ id }) => id === 'membership-changes'),
    { value: 120, maximum: 100, exceeded: true },
  )
})

t.test('a profile that rejects the connection test stops the job', async t => {
  const profile = loadProfile('aws', { unsupportedParameters: 'refuse' })
  const result = await check(springfield, { profile })
  t.ok(wouldFail(result))
  t.match(result, {
    users: { accepted: 0, notReached: 3 },
    groups: { notReached: 2 },
    failures: [{ type: 'Group', step: 'probe', rule: 'aws/no-unsupported-parameters' }],
    quarantine: { reason: 'EncounteredQuarantineException' },
  })
})

t.test('the attribute is found by trial where no rule names it', async t => {
  const user = withAttributes(person('ann', 'Ann', 'Berg'), { country: 'Germany' })
  const { failures } = await check(only(user), {
    profile: loadProfile('rfc', { valueForms: 'refuse' }),
    mapping: defaultMappings.nonGallery,
  })
  t.match(failures, [
    { attribute: 'addresses[type eq "work"].country', source: '[country]', value: 'Germany' },
  ])
})

t.test('texts that a server rejects in JSON have the attribute that contains them', async t => {
  const directory = only(
    withAttributes(person('ann', 'Ann', 'Berg'), { displayName: 'A\0n' }),
    withAttributes(person('bea', 'Bea', 'Berg'), { userPrincipalName: 'bea\ud83d@x.example' }),
    person('cleo', 'Cleo', 'Berg'),
  )
  const { failures, users } = await check(directory)
  t.match(users, { accepted: 1, rejected: 2 })
  t.match(failures, [
    { objectId: 'id-ann', rule: 'scim/invalidJson', attribute: 'displayName', source: '[displayName]' },
    {
      objectId: 'id-bea',
      step: 'match',
      rule: 'scim/invalidFilter',
      attribute: 'userName',
      value: 'bea\ud83d@x.example',
    },
  ])
})

t.test('2,000 users with 60 groups are checked', async t => {
  const directory = generateDirectory({ users: 2000, groups: 60, seed: 7 })
  const result = await check(directory)
  t.match(result, { users: { accepted: 2000 }, groups: { accepted: 60 }, failures: [] })
  t.ok(result.cycle.requests > 10_000)
})
