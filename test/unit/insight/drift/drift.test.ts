import t from 'tap'
import type { Drift } from '../../../../src/domain/contract/drift.ts'
import { type DriftRequest, findDrift } from '../../../../src/insight/drift/drift.ts'
import { RehearsalError } from '../../../../src/insight/rehearsal/played.ts'
import { loadProfile } from '../../../../src/profiles/registry.ts'
import type { JsonObject } from '../../../../src/scim/json.ts'
import type { DirectoryMembership } from '../../../../src/traffic/aws-directory/directory.ts'
import { awsDirectory } from '../../../support/aws-directory.ts'
import { exported, groupId, membershipId, userId } from '../../../support/aws-export.ts'
import {
  agreeing,
  anAwsGroup,
  anAwsUser,
  anEntraGroup,
  anEntraUser,
  exportedAws,
  readExported,
  type Sides,
  sourceFiles,
} from '../../../support/drift.ts'
import { playFiles } from '../../../support/play.ts'

const now = Date.parse('2026-12-01T06:00:00Z')
const { aws, source } = agreeing
const marge = 'marge@springfield.example'
const homer = 'homer@springfield.example'

type Changes = { readonly aws?: Partial<Sides['aws']>; readonly source?: Partial<Sides['source']> }

/** `client: undefined` compares without a source. */
async function driftOf(
  changes: Changes = {},
  {
    files = exportedAws({ aws: { ...aws, ...changes.aws }, source }),
    ...more
  }: { files?: object } & Partial<DriftRequest> = {},
): Promise<Drift> {
  const directory = await readExported(files as Readonly<Record<string, unknown>>)
  const client = { name: 'entra' } as const
  const sides = { aws, source: { ...source, ...changes.source } }
  return findDrift(
    { directory, profile: loadProfile('aws'), now, source: { client, files: sourceFiles(sides) }, ...more },
    { signal: new AbortController().signal },
  )
}

const linesOf = ({ items }: Drift) =>
  items.map(({ severity, category, object, path }) =>
    [severity, category, object.name, path].filter(Boolean).join(' '),
  )

t.test('a directory that agrees with the source has no drift; two runs are equal', async t => {
  const report = await driftOf()
  t.match(report, { drift: 1, counts: {}, states: {}, partial: [], items: [], itemsOmitted: 0 })
  t.same(report.sides, {
    aws: {
      name: 'export.tar',
      store: exported.store,
      started: '2026-11-30T07:00:00.000Z',
      finished: '2026-11-30T07:05:00.000Z',
    },
    source: { client: 'Microsoft Entra ID, mapping aws', files: ['directory.json'] },
  })
  const drifted = () =>
    driftOf({ source: { users: [anEntraUser('marge'), anEntraUser('bart', { mail: marge })] } })
  t.equal(JSON.stringify(await drifted()), JSON.stringify(await drifted()))
})

const byHand = { UpdatedBy: 'arn:aws:iam::999999999999:user/ops', UpdatedAt: '2026-11-30T06:30:00+00:00' }

/** Each category, made by hand once: what differs from both sides that agree, and the lines of the report. */
const cases: Readonly<Record<string, readonly [Changes, ...string[]]>> = {
  'a user is missing': [
    { source: { users: [...source.users, anEntraUser('lisa')] } },
    'error user-missing lisa@springfield.example',
  ],
  'a user with access is not in the source': [
    {
      aws: {
        users: [...aws.users, anAwsUser('ned')],
        members: { ...aws.members, Operators: [marge, homer, 'ned@springfield.example'] },
      },
    },
    'critical user-extra ned@springfield.example',
  ],
  'a user without access is not in the source': [
    { aws: { users: [...aws.users, 'ned@springfield.example'] } },
    'warning user-extra ned@springfield.example',
  ],
  'a disabled user is not in the source': [
    { aws: { users: [...aws.users, { ...anAwsUser('ned'), active: false }] } },
    'note user-extra ned@springfield.example',
  ],
  'attributes of a user differ': [
    {
      aws: {
        users: [
          { ...anAwsUser('marge', { DisplayName: 'Blue Hair' }), externalId: 'other' },
          anAwsUser('homer'),
        ],
      },
    },
    `error user-differs ${marge} externalId`,
    `warning user-differs ${marge} displayName`,
  ],
  'a disabled user of the source is enabled': [
    { source: { users: [anEntraUser('marge', { accountEnabled: false }), anEntraUser('homer')] } },
    `critical user-disabled-differs ${marge} active`,
  ],
  'an enabled user of the source is disabled': [
    { aws: { users: [{ ...anAwsUser('marge'), active: false }, anAwsUser('homer')] } },
    `error user-disabled-differs ${marge} active`,
  ],
  'a group is missing': [
    { source: { groups: [...source.groups, anEntraGroup('Teachers', 'marge')] } },
    'error group-missing Teachers',
  ],
  'a group with access is not in the source': [
    { source: { groups: [anEntraGroup('Auditors', 'homer')] } },
    'critical group-extra Operators',
  ],
  'a group without access is not in the source': [
    { aws: { groups: [...aws.groups, 'Hidden'] } },
    'warning group-extra Hidden',
  ],
  'a group has another name': [
    {
      aws: {
        groups: [{ ...anAwsGroup('Auditors'), displayName: 'Watchers' }, anAwsGroup('Operators')],
        members: { ...aws.members, Watchers: [homer] },
      },
    },
    'warning group-renamed Watchers displayName',
  ],
  'a group has another external ID': [
    { aws: { groups: [{ ...anAwsGroup('Auditors'), externalId: 'other' }, anAwsGroup('Operators')] } },
    'error group-differs Auditors externalId',
  ],
  'a member is missing': [
    { aws: { members: { ...aws.members, Operators: [marge] } } },
    `error member-missing Operators/${homer}`,
  ],
  'a member of a group with access is not in the source': [
    { source: { groups: [anEntraGroup('Operators', 'homer'), anEntraGroup('Auditors', 'homer')] } },
    `critical member-extra Operators/${marge}`,
  ],
  'a member of a group without access is not in the source': [
    { aws: { members: { ...aws.members, Auditors: [homer, marge] } } },
    `warning member-extra Auditors/${marge}`,
  ],
  'the principal of an assignment is gone': [
    { aws: { assignments: [...aws.assignments, { to: userId('gone') }] } },
    `warning assignment-orphaned 111111111111/ReadOnly/${userId('gone')}`,
  ],
  'a disabled user has an assignment': [
    {
      aws: {
        users: [{ ...anAwsUser('marge'), active: false }, anAwsUser('homer')],
        assignments: [...aws.assignments, { to: marge }],
      },
      source: { users: [anEntraUser('marge', { accountEnabled: false }), anEntraUser('homer')] },
    },
    `note assignment-of-disabled 111111111111/ReadOnly/${marge}`,
  ],
  'a group has neither members nor assignments': [
    {
      aws: { members: { Operators: [marge, homer] } },
      source: { groups: [anEntraGroup('Operators', 'marge', 'homer'), anEntraGroup('Auditors')] },
    },
    'note stale-group Auditors',
  ],
  'a user was changed outside SCIM': [
    { aws: { users: [anAwsUser('marge', byHand), anAwsUser('homer')] } },
    `warning changed-outside-scim ${marge}`,
  ],
  'a user has the external ID of another provider': [
    {
      aws: {
        users: [
          anAwsUser('marge', { ExternalIds: [{ Issuer: 'https://old.example', Id: 'm' }] }),
          anAwsUser('homer'),
        ],
      },
    },
    `warning external-id-foreign ${marge}`,
  ],
  'a status is unknown': [
    { aws: { users: [anAwsUser('marge', { UserStatus: null }), anAwsUser('homer')] } },
    `note unknown ${exported.store} status-unknown`,
  ],
}

for (const [title, [changes, ...lines]] of Object.entries(cases)) {
  t.test(`${title}: it is found once`, async t => {
    t.same(linesOf(await driftOf(changes)), lines)
  })
}

t.test('many differences at once: each is found once, and nothing else', async t => {
  const at = (nick: string) => `${nick}@springfield.example`
  const report = await driftOf({
    aws: {
      users: [
        anAwsUser('marge'),
        anAwsUser('homer', byHand),
        anAwsUser('bart', { ...byHand, DisplayName: 'El Barto' }),
        { ...anAwsUser('maggie'), active: false },
        anAwsUser('ned'),
        { ...anAwsUser('moe'), active: false },
      ],
      groups: [...aws.groups, anAwsGroup('Empty'), 'Hidden'],
      members: {
        Operators: [homer, at('ned'), at('moe'), at('bart')],
        Auditors: [homer, at('maggie')],
        Hidden: [marge],
      },
      assignments: [...aws.assignments, { to: 'Hidden' }, { to: at('moe') }, { to: userId('gone') }],
    },
    source: {
      users: [
        ...source.users,
        ...['bart', 'maggie', 'lisa'].map(nick => anEntraUser(nick)),
        anEntraUser('moe', { accountEnabled: false }),
      ],
      groups: [
        anEntraGroup('Operators', 'marge', 'homer', 'lisa'),
        anEntraGroup('Auditors', 'homer'),
        anEntraGroup('Empty'),
        anEntraGroup('Teachers', 'marge'),
      ],
    },
  })
  t.same(linesOf(report), [
    'critical group-extra Hidden',
    `critical member-extra Operators/${at('bart')}`,
    `critical user-extra ${at('ned')}`,
    'error group-missing Teachers',
    `error member-missing Operators/${marge}`,
    `error user-disabled-differs ${at('maggie')} active`,
    `error user-missing ${at('lisa')}`,
    `warning assignment-orphaned 111111111111/ReadOnly/${userId('gone')}`,
    `warning changed-outside-scim ${homer}`,
    `warning member-extra Auditors/${at('maggie')}`,
    `warning member-extra Operators/${at('moe')}`,
    `warning user-differs ${at('bart')} displayName`,
    `note assignment-of-disabled 111111111111/ReadOnly/${at('moe')}`,
    'note stale-group Empty',
  ])
})

t.test('of more than 10,000 items, the worst are listed and all are counted', async t => {
  const strangers = Array.from({ length: 21_000 }, (_, at) =>
    anAwsUser(`u${at}`, { UserStatus: null, ExternalIds: [{ Issuer: 'https://old.example', Id: `${at}` }] }),
  )
  const users = [...aws.users, anAwsUser('bart', byHand), ...strangers]
  const groups = [...aws.groups, anAwsGroup('Empty')]
  const files = exportedAws({ aws: { ...aws, users, groups }, source })
  const report = await driftOf({}, { files, source: undefined } as object)
  t.same(report.counts, {
    warning: { 'changed-outside-scim': 1, 'external-id-foreign': 21_000 },
    note: { 'stale-group': 1, unknown: 1 },
  })
  t.same(Object.keys(report.counts), ['warning', 'note'])
  t.same(report.states, { new: 21_003 })
  t.same([report.items.length, report.itemsOmitted, report.partial.length], [10_000, 11_003, 1])
  t.same(linesOf(report).slice(0, 2), [
    'warning changed-outside-scim bart@springfield.example',
    'warning external-id-foreign u0@springfield.example',
  ])
})

t.test('an item says what differs, since when, by whom, and what to do', async t => {
  const changes = {
    aws: { users: [anAwsUser('marge', { ...byHand, DisplayName: 'Blue Hair' }), anAwsUser('homer')] },
    source: { groups: [anEntraGroup('Operators', 'homer'), anEntraGroup('Auditors', 'homer')] },
  }
  const { items, counts, states, resolved } = await driftOf(changes)
  const [member, user] = items
  t.same(member, {
    id: member?.id,
    category: 'member-extra',
    severity: 'critical',
    state: 'new',
    object: {
      type: 'Membership',
      id: `${groupId('Operators')}/${userId(marge)}`,
      name: `Operators/${marge}`,
    },
    accounts: ['111111111111'],
    since: '2026-11-30T06:00:51.314Z',
    by: 'SCIM',
    remedy: `Add the user to the group in the source, or: aws identitystore delete-group-membership --identity-store-id ${exported.store} --membership-id ${membershipId('Operators', marge)}`,
  })
  t.match(member?.id, /^[0-9a-f]{16}$/)
  t.match(user, {
    object: { type: 'User', id: userId(marge), name: marge },
    path: 'displayName',
    source: 'marge Simpson',
    aws: 'Blue Hair',
    since: '2026-11-30T06:30:00.000Z',
    by: byHand.UpdatedBy,
  })
  t.same(counts, { critical: { 'member-extra': 1 }, warning: { 'user-differs': 1 } })
  t.same([states, resolved], [{ new: 2 }, []])
})

t.test('a membership that was made outside SCIM and that the source has, too, is found', async t => {
  const files = exportedAws()
  const path = `memberships/${groupId('Auditors')}.json`
  const [membership] = (files[path] as { GroupMemberships: JsonObject[] }).GroupMemberships
  const report = await driftOf(
    {},
    { files: { ...files, [path]: { GroupMemberships: [{ ...membership, CreatedBy: byHand.UpdatedBy }] } } },
  )
  t.same(linesOf(report), [`warning changed-outside-scim Auditors/${homer}`])
})

t.test('what an export lacks is partial, and is not taken for a difference', async t => {
  const { [`memberships/${groupId('Auditors')}.json`]: _, ...files } = exportedAws()
  const report = await driftOf({}, { files })
  t.same(linesOf(report), [`note unknown ${exported.store} members-unknown`])
  t.match(report.partial, [/^The members of these groups were not exported/])
  const withoutAssignments = Object.fromEntries(
    Object.entries(exportedAws()).filter(([name]) => !/assignments|accounts|permission/.test(name)),
  )
  const changes = {
    source: { groups: [anEntraGroup('Operators', 'homer'), anEntraGroup('Auditors', 'homer')] },
  }
  t.match(linesOf(await driftOf(changes, { files: withoutAssignments })), [
    `error member-extra Operators/${marge}`,
  ])
})

t.test('an object that AWS rejects is reported with its reason', async t => {
  const { items } = await driftOf({
    source: { users: [...source.users, anEntraUser('bart', { mail: marge })] },
  })
  t.match(items, [
    {
      category: 'user-missing',
      object: { name: 'bart@springfield.example' },
      reason: 'Refused to create a new, duplicate resource.',
    },
  ])
})

const drifted = {
  source: { groups: [anEntraGroup('Operators', 'homer'), anEntraGroup('Auditors', 'homer')] },
}

t.test('ignore rules have a reason and a day', async t => {
  const ignored = async (...ignore: NonNullable<DriftRequest['ignore']>) => {
    const report = await driftOf(drifted, { ignore })
    return report.items.map(({ category, state, reason = '' }) => [category, state, reason].join(' ').trim())
  }
  const rule = { reason: 'agreed', until: '2027-01-31' }
  const applied = ['member-extra ignored agreed']
  t.same(await ignored({ match: { category: 'member-extra' }, ...rule }), applied)
  t.same(await ignored({ match: { name: 'OPERATORS/m?rge@*' }, ...rule }), applied)
  t.same(await ignored({ match: { id: `${groupId('Operators')}/${userId(marge)}` }, ...rule }), applied)
  t.same(await ignored({ match: { path: 'displayName' }, ...rule }), [
    'member-extra new',
    'ignore-unused new agreed (until 2027-01-31)',
  ])
  t.same(await ignored({ match: {}, reason: 'agreed', until: '2026-11-30' }), [
    'member-extra new',
    'ignore-expired new agreed (until 2026-11-30)',
  ])
  t.same(await ignored({ match: {}, reason: 'agreed', until: '2026-12-01' }), applied, 'its last day')
  const late = ignored({ match: {}, reason: 'agreed', until: '2027-12-03' })
  await t.rejects(
    late,
    new RehearsalError([
      { part: 'ignore', message: 'Ignore rule {}: 2027-12-03 is more than a year ahead.' },
    ]),
  )
})

t.test('one rule ignores the groups of Control Tower with their members', async t => {
  const groups = [...aws.groups, 'AWSControlTowerAdmins']
  const members = { ...aws.members, AWSControlTowerAdmins: [marge] }
  const match = { category: 'group-extra', name: 'AWS*' } as const
  const ignore = [{ match, reason: 'Control Tower manages them.', until: '2027-01-31' }]
  const { states, counts } = await driftOf({ aws: { groups, members } }, { ignore })
  t.same([states, counts], [{ ignored: 1 }, {}])
})

t.test('the previous report says what is known and what is resolved', async t => {
  const first = await driftOf(drifted)
  const second = await driftOf(drifted, { previous: first })
  t.same(second.states, { known: 1 })
  const third = await driftOf({}, { previous: second })
  t.same([third.states, third.resolved], [{}, second.items.map(({ id }) => id)])
})

t.test('a difference waits for the client: until it is old enough, or seen twice', async t => {
  const grace = '90m'
  t.same(
    (await driftOf(drifted, { grace })).states,
    { pending: 1 },
    'changed at AWS an hour before the export',
  )
  t.same((await driftOf(drifted, { grace: '60m' })).states, { new: 1 })
  const late = { source: { users: [...source.users, anEntraUser('lisa')] } }
  t.same((await driftOf(late, { grace })).states, { new: 1 }, 'without a previous report')
  const empty = await driftOf({}, { grace })
  const first = await driftOf(late, { grace, previous: empty })
  t.same([first.states, first.counts], [{ pending: 1 }, {}])
  const second = await driftOf(late, { grace, previous: first })
  t.same([second.states, second.counts], [{ new: 1 }, { error: { 'user-missing': 1 } }])
})

t.test('an earlier export stands in for a source, or shows what was created again', async t => {
  const baseline = await readExported(exportedAws())
  const users = [
    { ...anAwsUser('marge'), id: userId('another marge') },
    anAwsUser('homer', { DisplayName: 'Max' }),
  ]
  const groups = [{ ...anAwsGroup('Operators'), id: groupId('other operators') }, anAwsGroup('Watchers')]
  const members = { Operators: [marge], Watchers: [marge] }
  const since = await driftOf({ aws: { users, groups, members } }, { source: undefined, baseline } as object)
  t.same(linesOf(since), [
    'error group-missing Auditors',
    'error group-recreated Operators',
    `error member-missing Operators/${homer}`,
    `error user-recreated ${marge}`,
    'warning group-extra Watchers',
    `warning user-differs ${homer} displayName`,
  ])
  t.match(since.sides, { baseline: { store: exported.store }, source: undefined })
  t.same(linesOf(await driftOf({ aws: { users: [users[0] ?? '', anAwsUser('homer')] } }, { baseline })), [
    `error user-recreated ${marge}`,
  ])
  t.same(linesOf(await driftOf({}, { source: undefined, baseline } as object)), [])
})

for (const name of ['entra', 'okta', 'google', 'ssosync', 'idp-scim-sync'] as const) {
  t.test(`${name}: what it has provisioned has no drift, and a member whom it does not know has`, async t => {
    const files = sourceFiles()
    const { after } = await playFiles(awsDirectory({}), { name }, { 'directory.json': source })
    const records = (documents: typeof after.users) =>
      new Map([...documents].map(([id, document]) => [id, { id, document }]))
    const [users, groups] = [records(after.users), records(after.groups)]
    const memberships = [...groups.keys()].flatMap(group =>
      after.members(group).map(user => ({ group, user })),
    )
    const compared = async (more: readonly DirectoryMembership[]) => {
      const directory = { ...awsDirectory({}), users, groups, memberships: [...memberships, ...more] }
      return linesOf(await driftOf({}, { directory, source: { client: { name }, files } }))
    }
    const stale = 'note unknown d-9067e0c944 times-unknown'
    t.same(await compared([]), users.size === 0 ? [] : [stale])
    const [group] = [...groups].find(([, { document }]) => document.includes('Auditors')) ?? []
    const [user] = [...users].find(([, { document }]) => document.includes('marge')) ?? []
    if (group === undefined || user === undefined) return
    t.same(await compared([{ group, user }]), [`warning member-extra Auditors/${marge}`, stale])
  })
}
