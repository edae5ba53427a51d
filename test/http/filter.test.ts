import t from 'tap'
import { aGroup, aUser, enterpriseUrn, userUrn } from '../support/samples.ts'
import { buildTestApp } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

const people = [
  aUser('Marge', {
    title: 'Artist',
    emails: [
      { value: 'marge@Work.example', type: 'work' },
      { value: 'm@home.example', type: 'home' },
    ],
  }),
  aUser('Homer', { active: false, externalId: 'Ext-H', [enterpriseUrn]: { department: 'Sector 7G' } }),
  aUser('Lisa', {
    title: 'Saxophonist',
    name: { givenName: 'Lisa' },
    emails: [{ value: 'lisa@home.example', type: 'home' }],
  }),
  aUser('Ångström', { displayName: 'say "hi" \\ there', active: undefined }),
]

const all = 'Marge Homer Lisa Ångström'
/** The expected results. */
const found: readonly (readonly [ids: string, filter: string, names: string])[] = [
  ['R-097 R-099', 'userName eq "Homer"', 'Homer'],
  ['R-099', 'userName ne "Homer"', 'Marge Lisa Ångström'],
  ['R-099 R-030', 'active eq false', 'Homer'],
  ['R-110', 'userName eq "mARGE"', 'Marge'],
  ['R-110', 'userName eq "åNGSTRÖM"', 'Ångström'],
  ['R-110', 'externalId eq "Ext-H"', 'Homer'],
  ['R-110', 'externalId eq "ext-h"', ''],
  ['R-100', 'userName co "ar"', 'Marge'],
  ['R-100', 'userName sw "l"', 'Lisa'],
  ['R-100', 'userName ew "ER"', 'Homer'],
  ['R-101', 'title pr', 'Marge Lisa'],
  ['R-101', 'not (title pr)', 'Homer Ångström'],
  ['R-101', 'name pr', all],
  ['R-101', `${enterpriseUrn}:manager pr`, ''],
  ['R-102', 'userName gt "lisa"', 'Marge Ångström'],
  ['R-102', 'userName le "LISA"', 'Homer Lisa'],
  ['R-104', 'USERNAME Eq "homer"', 'Homer'],
  ['R-105', 'userName eq "Homer" or userName eq "Marge" and title pr', 'Marge Homer'],
  ['R-105', '(userName eq "Homer" or userName eq "Marge") and title pr', 'Marge'],
  ['R-105', 'not (userName eq "Homer") and title pr', 'Marge Lisa'],
  ['R-106', 'emails co "home.example"', 'Marge Lisa'],
  ['R-106', 'emails.value eq "MARGE@work.example"', 'Marge'],
  ['R-106', 'emails.type eq "work"', 'Marge'],
  ['R-107', 'emails[type eq "work" and value co "home"]', ''],
  ['R-107', 'emails[type eq "home" and value co "home"]', 'Marge Lisa'],
  ['R-106', 'emails.type eq "work" and emails.value co "home"', 'Marge'],
  ['R-098', 'displayName eq "say \\"hi\\" \\\\ there"', 'Ångström'],
  ['R-098', 'userName eq "\\u004darge"', 'Marge'],
  ['R-098', `${userUrn}:userName eq "Homer"`, 'Homer'],
  ['R-098', `${enterpriseUrn}:department sw "sector"`, 'Homer'],
  ['R-112', `schemas eq "${enterpriseUrn}"`, 'Homer'],
  ['R-108', 'name.givenName eq "lisa"', 'Lisa'],
  ['R-113', 'meta.lastModified gt "2020-01-01T00:00:00Z"', all],
  ['R-113', 'meta.created lt "2020-01-01T01:00:00+01:00"', ''],
  ['R-112', 'meta.resourceType eq "User"', all],
]

/** Filters that are invalid or not supported. */
const rejected: readonly (readonly [ids: string, filter: string, detail: RegExp])[] = [
  ['R-098', '', /\S/],
  ['R-098', 'userName', /\S/],
  ['R-098', 'userName eq', /\S/],
  ['R-098', 'userName eq Homer', /\S/],
  ['R-098', "userName eq 'Homer'", /\S/],
  ['R-098', 'userName eq "Homer', /\S/],
  ['R-098', '(userName eq "Homer"', /\S/],
  ['R-098', 'userName eq "a" and', /\S/],
  ['R-098', 'userName eq "a" userName eq "b"', /\S/],
  ['R-098', 'not userName eq "a"', /\S/],
  ['R-098', 'emails[type eq "work"', /\S/],
  ['R-098', 'emails[type eq "work"] and', /\S/],
  ['R-098', 'name.givenName.first eq "x"', /\S/],
  ['R-103', 'active gt false', /active/],
  ['R-103', 'x509Certificates.value lt "AAAA"', /"value".*binary.*"lt".*position/],
  ['R-108', 'name eq "Lisa"', /name/],
  ['R-109', 'userName like "a"', /like/],
  ['R-109', 'userName = "a"', /=/],
  ['R-097', 'shoeSize eq 43', /shoeSize/],
  ['R-099', 'active eq "maybe"', /active/],
  ['R-102', 'meta.created gt "yesterday"', /yesterday|meta\.created/],
]

const path = (filter: string) => `/Users?filter=${encodeURIComponent(filter)}`

t.test(
  'R-097 R-098 R-099 R-100 R-101 R-102 R-104 R-105 R-106 R-107 R-108 R-110 R-112 R-113 a filter returns and counts exactly the matching resources',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    for (const person of people) await client.create('Users', person)
    for (const [ids, filter, names] of found) {
      const { status, body } = await client.get(path(filter))
      const expectation = names === '' ? [] : names.split(' ')
      const given = (body.Resources ?? []).map(({ userName }: { userName: string }) => userName)
      t.same([status, body.totalResults, given], [200, expectation.length, expectation], `${ids} ${filter}`)
    }
  },
)

t.test('R-098 R-103 R-108 R-109 an invalid filter is rejected with invalidFilter', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  for (const [ids, filter, detail] of rejected)
    isScimError(
      t,
      await client.get(path(filter)),
      { status: 400, scimType: 'invalidFilter', detail },
      `${ids} ${filter}`,
    )
})

t.test('R-106 R-073 users are found by their groups, groups by their members', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const [marge, homer] = [
    await client.create('Users', aUser('marge')),
    await client.create('Users', aUser('homer')),
  ]
  const group = await client.create('Groups', aGroup('Family', [marge.id]))
  await client.create('Groups', aGroup('Empty'))
  const rows = [
    [`/Users`, `groups.value eq "${group.id}"`, [marge.id]],
    [`/Users`, `groups eq "${group.id}"`, [marge.id]],
    [`/Users`, `not (groups.value eq "${group.id}")`, [homer.id]],
    [`/Groups`, `members.value eq "${marge.id}"`, [group.id]],
    [`/Groups`, `members[value eq "${marge.id}"]`, [group.id]],
    [`/Groups`, `members.value eq "${homer.id}"`, []],
    [`/Groups`, `displayName eq "family" and members.value eq "${marge.id}"`, [group.id]],
    [`/Groups`, `id eq "${group.id}"`, [group.id]],
  ] as const
  for (const [endpoint, filter, expected] of rows) {
    const { body } = await client.get(`${endpoint}?filter=${encodeURIComponent(filter)}`)
    t.same(
      body.Resources?.map(({ id }: { id: string }) => id),
      expected,
      filter,
    )
  }
})

t.test(
  'R-098 R-099 R-101 R-106 R-107 R-110 all returned attributes of members and groups can be filtered',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    const [marge, homer] = [
      await client.create('Users', aUser('marge', { displayName: 'Märge' })),
      await client.create('Users', aUser('homer', { displayName: 'Homer' })),
    ]
    const inner = await client.create('Groups', aGroup('Parents', [marge.id, homer.id]))
    await client.create('Groups', aGroup('Family', [marge.id, inner.id]))
    await client.create('Groups', aGroup('Empty'))
    const rows = [
      ['Groups', 'members.type eq "group"', 'Family'],
      ['Groups', 'members[type eq "User"]', 'Parents Family'],
      ['Groups', 'members.type ne "User"', 'Family Empty'],
      ['Groups', 'members[type ne "User"]', 'Family'],
      ['Groups', 'not (members[type eq "Group"])', 'Parents Empty'],
      ['Groups', 'members.display eq "MÄRGE"', 'Parents Family'],
      ['Groups', 'members.display co "ome"', 'Parents'],
      ['Groups', 'members.display pr', 'Parents Family'],
      ['Groups', 'members.display gt "märge"', 'Family'],
      [`Groups`, `members[value eq "${marge.id}" and type eq "User"]`, 'Parents Family'],
      [`Groups`, `members[value eq "${marge.id}" and type eq "Group"]`, ''],
      [`Groups`, `members[value eq "${homer.id}" or display eq "parents"]`, 'Parents Family'],
      [`Groups`, `members[not (value eq "${marge.id}")]`, 'Parents Family'],
      [`Groups`, `members.value ne "${marge.id}"`, 'Parents Family Empty'],
      [`Groups`, `members.value sw "${homer.id.slice(0, 20)}"`, 'Parents'],
      ['Groups', 'members.value eq null', 'Empty'],
      ['Groups', 'members[value eq null]', ''],
      ['Groups', 'displayName eq "family" and members[type eq "User"]', 'Family'],
      ['Users', 'groups.display eq "FAMILY"', 'marge'],
      ['Users', 'groups[display sw "p" and type eq "direct"]', 'marge homer'],
      ['Users', 'groups.type eq "indirect"', ''],
      ['Users', 'groups.type pr', 'marge homer'],
      ['Users', `groups.value ew "${inner.id.slice(-20)}"`, 'marge homer'],
    ] as const
    for (const [endpoint, filter, expected] of rows) {
      const { status, body } = await client.get(`/${endpoint}?filter=${encodeURIComponent(filter)}`)
      const names = (body.Resources ?? []).map(
        (one: { userName?: string; displayName: string }) => one.userName ?? one.displayName,
      )
      t.same([status, body.totalResults, names.join(' ')], [200, names.length, expected], filter)
    }
    for (const filter of ['members.$ref pr', 'members[$ref co "x"]', 'members.smell pr', 'members.type gt 5'])
      isScimError(t, await client.get(`/Groups?filter=${encodeURIComponent(filter)}`), {
        status: 400,
        scimType: 'invalidFilter',
      })
  },
)

t.test('R-111 a filter evaluates the returned values of its own tenant only', async t => {
  const { client, another } = await buildTestApp(t, 'aws')
  const { active: _left, ...silent } = aUser('marge')
  t.equal((await client.create('Users', silent)).active, false, 'AWS sets what is left out')
  const other = await another('rfc')
  t.equal((await other.client.get(path('userName eq "marge"'))).body.totalResults, 0)
})

t.test('emails[type eq "work"] eq "…" is a filter for Entra’s clients only', async t => {
  const { client, another } = await buildTestApp(t, 'entra')
  const filter = encodeURIComponent('emails[type eq "work"] eq "MARGE@work.example" and active eq true')
  const [marge] = people
  const { id } = await client.create('Users', marge)
  await client.create('Users', aUser('Bart', { emails: [{ value: 'marge@work.example', type: 'home' }] }))
  t.match((await client.get(`/Users?filter=${filter}`)).body, { totalResults: 1, Resources: [{ id }] })
  for (const profile of ['rfc', 'aws'] as const) {
    const other = await another(profile)
    const { status, body } = await other.client.get(`/Users?filter=${filter}`)
    t.same(
      { status, scimType: body.scimType },
      { status: 400, scimType: profile === 'rfc' ? 'invalidFilter' : undefined },
      profile,
    )
  }
})
