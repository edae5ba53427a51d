import { join } from 'node:path'
import t from 'tap'
import { oktaTimeout } from '../../../../src/provisioning/okta/client.ts'
import { readOktaDirectory, toOktaDirectory } from '../../../../src/provisioning/okta/directory.ts'
import { folderOf, mistakesOf } from '../../../support/entra-files.ts'

// OC-600: the directory formats.

const users = [
  {
    id: '00u1ero7vZFVEIYLWPBN',
    status: 'ACTIVE',
    created: '2026-01-10T08:00:00.000Z',
    profile: {
      login: 'ada@example.com',
      email: 'ada@example.com',
      firstName: 'Ada',
      lastName: 'Lovelace',
      title: 'Analyst',
      locale: 'en_US',
      manager: 'Charles Babbage',
    },
    credentials: { provider: { type: 'OKTA' } },
    _links: { self: { href: 'https://example.okta.com/api/v1/users/00u1ero7vZFVEIYLWPBN' } },
  },
  { id: '00u2', status: 'SUSPENDED', profile: { login: 'grace@example.com', displayName: 'Grace' } },
  { id: '00u3', status: 'DEPROVISIONED', profile: { login: 'alan@example.com' } },
  { id: '00u4', status: 'STAGED', profile: { login: 'barbara@example.com' } },
]
const groups = [
  { id: '00g1', type: 'OKTA_GROUP', profile: { name: 'Engineers', description: null } },
  { id: '00g2', type: 'OKTA_GROUP', profile: { name: 'Everyone' } },
]
const lists = {
  users,
  groups,
  appUsers: [{ id: '00u1ero7vZFVEIYLWPBN', scope: 'USER' }],
  appGroups: [{ id: '00g2', priority: 0 }],
  groupPushMappings: [
    { id: 'gPm1', sourceGroupId: '00g1', status: 'ACTIVE' },
    { id: 'gPm2', sourceGroupId: '00g2', status: 'INACTIVE' },
  ],
}

const summaryOf = async (path: string) => {
  const { directory, warnings } = await readOktaDirectory(path)
  const { users, groups, assigned, pushed } = toOktaDirectory(directory)
  return {
    users: [...users.values()].map(
      ({ login, displayName, lifecycle }) => `${login} ${displayName} ${lifecycle}`,
    ),
    groups: [...groups.values()].map(({ name, members }) => `${name}: ${members.join()}`),
    assigned: [...assigned],
    pushed: [...pushed],
    warnings,
  }
}

const expected = {
  users: [
    'ada@example.com Ada Lovelace active',
    'grace@example.com Grace suspended',
    'alan@example.com alan@example.com inactive',
    'barbara@example.com barbara@example.com inactive',
  ],
  groups: ['Engineers: 00u1ero7vZFVEIYLWPBN', 'Everyone: 00u2'],
  assigned: ['00u1ero7vZFVEIYLWPBN', '00u2'],
  pushed: ['00g1'],
  warnings: [],
}

t.test('OC-600 a folder with the responses of Okta’s API', async t => {
  const members = {
    'members/00g1.json': [{ id: '00u1ero7vZFVEIYLWPBN' }],
    'members/Everyone.json': [{ id: '00u2' }],
  }
  const files = Object.fromEntries(Object.entries(lists).map(([name, list]) => [`${name}.json`, list]))
  t.same(await summaryOf(await folderOf(t, { ...files, ...members })), expected)
})

t.test('OC-600 one file with them', async t => {
  const withMembers = [
    { ...groups[0], members: ['ada@example.com'] },
    { ...groups[1], members: ['00u2'] },
  ]
  const folder = await folderOf(t, { 'org.json': { ...lists, groups: withMembers }, 'users.json': users })
  t.same(await summaryOf(join(folder, 'org.json')), expected)
  t.match(await summaryOf(join(folder, 'users.json')), { users: expected.users, assigned: [] })
})

t.test('OC-600 our own form, in which assigned groups are pushed unless groups say so', async t => {
  const own = {
    users: [{ id: 'a', userPrincipalName: 'ada@example.com', status: 'suspended' }],
    groups: [
      { id: 'g', displayName: 'Engineers', members: ['a'] },
      { id: 'h', displayName: 'Others' },
    ],
    assignments: ['Engineers'],
  }
  const declared = { ...own, groups: [own.groups[0], { ...own.groups[1], pushed: true }] }
  const folder = await folderOf(t, { 'own.json': own, 'declared.json': declared })
  t.match(await summaryOf(join(folder, 'own.json')), {
    users: ['ada@example.com ada@example.com suspended'],
    assigned: ['a'],
    pushed: ['g'],
    warnings: [],
  })
  t.same((await summaryOf(join(folder, 'declared.json'))).pushed, ['h'])
})

t.test('mistakes of an export are reported with their place', async t => {
  const broken = {
    ...lists,
    users: [...users, users[0]],
    groups: [{ profile: { name: 'x' } }],
    appGroups: [],
  }
  const folder = await folderOf(t, { 'org.json': broken })
  const path = join(folder, 'org.json')
  t.same(await mistakesOf(readOktaDirectory(path)), [
    `${path}: groups[0]: id is missing.`,
    `${path}: users[4] (ada@example.com): the id 00u1ero7vZFVEIYLWPBN is also used by ${path}: users[0] (ada@example.com).`,
  ])
  t.match(await mistakesOf(readOktaDirectory(join(folder, 'missing'))), [/no such file or folder/])
})

t.test(
  'OC-010 OC-111 the ID that Okta sends has 20 characters and begins with 00u; it waits 60 seconds',
  async t => {
    const { directory } = await readOktaDirectory('samples/springfield.json')
    const { users } = toOktaDirectory(directory)
    const ids = [...users.values()].map(({ oktaId }) => oktaId)
    t.equal(new Set(ids).size, ids.length)
    t.same(
      ids.filter(id => !/^00u[0-9A-Za-z]{17}$/.test(id)),
      [],
    )
    t.equal(oktaTimeout, 60_000)
  },
)
