import t from 'tap'
import { aGroup, aUser, enterpriseUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, type ScimClient } from '../support/scim.ts'
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

type Values = Readonly<Record<string, unknown>>

/** Users in the given order of creation, with a label each. */
async function users(client: ScimClient, values: Readonly<Record<string, Values>>): Promise<void> {
  for (const [userName, more] of Object.entries(values)) await client.create('Users', aUser(userName, more))
}

const sorted = async (client: ScimClient, query: string): Promise<string> => {
  const { status, body } = await client.get(`/Users?${query}`)
  if (status !== 200) return `${status} ${body.scimType}`
  return body.Resources.map(({ userName }: { userName: string }) => userName).join(' ')
}

t.test('R-114 sortBy without sortOrder is ascending, and descending is the reverse', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await users(client, { b: { title: 'x' }, C: { title: 'x' }, a: { title: 'X' }, D: { title: 'a' } })
  t.equal(await sorted(client, 'sortBy=userName'), 'a b C D')
  t.equal(await sorted(client, 'sortBy=userName&sortOrder=ascending'), 'a b C D')
  t.equal(await sorted(client, 'sortBy=userName&sortOrder=descending'), 'D C b a')
  t.equal(await sorted(client, 'sortBy=title'), 'D b C a', 'equals stay in order of creation')
  t.equal(await sorted(client, 'sortBy=title&sortOrder=descending'), 'a C b D')
  t.equal(await sorted(client, 'sortBy=&sortOrder=descending'), 'b C a D', 'an empty name is none')
})

t.test(
  'R-115 strings are sorted by code point, by case only if it is exact; times and booleans by value',
  async t => {
    const { client, advance } = await buildTestApp(t, 'rfc')
    await client.create('Users', aUser('é', { externalId: 'b', active: true, nickName: '\uffee' }))
    await advance(5000)
    await client.create('Users', aUser('Z', { externalId: 'C', active: false, nickName: '😀' }))
    await advance(5000)
    await client.create('Users', aUser('a', { externalId: 'a', active: true, nickName: 'É' }))
    t.equal(await sorted(client, 'sortBy=externalId'), 'Z a é', 'externalId is case exact')
    t.equal(await sorted(client, 'sortBy=userName'), 'a Z é')
    t.equal(await sorted(client, 'sortBy=nickName'), 'a é Z', 'beyond U+FFFF, too')
    t.equal(await sorted(client, 'sortBy=meta.created&sortOrder=descending'), 'a Z é')
    t.equal(await sorted(client, 'sortBy=active'), 'Z é a')
    const id = await client.get('/Users?sortBy=id')
    const ids = id.body.Resources.map((user: { id: string }) => user.id)
    t.same(ids, ids.toSorted())
  },
)

t.test(
  'R-116 the primary value is compared, or else the first; a complex attribute needs a sub-attribute',
  async t => {
    const { client } = await buildTestApp(t, 'rfc')
    await users(client, {
      first: { emails: [{ value: 'm@x.org', type: 'work' }, { value: 'a@x.org' }] },
      primary: { emails: [{ value: 'a@x.org' }, { value: 'z@x.org', type: 'home', primary: true }] },
      none: {},
      lone: { emails: [{ value: 'b@x.org' }], name: { givenName: 'Marge', familyName: 'Abel' } },
    })
    t.equal(await sorted(client, 'sortBy=emails'), 'lone first primary none')
    t.equal(await sorted(client, 'sortBy=emails.value&sortOrder=descending'), 'none primary first lone')
    t.equal(await sorted(client, 'sortBy=emails.type'), 'primary first none lone')
    t.equal(await sorted(client, 'sortBy=name.familyName'), 'lone first primary none')
    t.equal(await sorted(client, 'sortBy=name'), '400 invalidPath')
  },
)

t.test('R-117 resources without a value come last, and first when descending', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
  await users(client, {
    none: {},
    b: { [urn]: { department: 'B' } },
    other: { [urn]: { costCenter: '1' } },
    a: { [urn]: { department: 'A' } },
  })
  const department = encodeURIComponent(`${urn.toUpperCase()}:DEPARTMENT`)
  t.equal(await sorted(client, `sortBy=${department}`), 'a b none other')
  t.equal(await sorted(client, `sortBy=${department}&sortOrder=Descending`), 'other none b a')
})

t.test('an attribute that cannot be sorted is rejected with the reason', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await client.create('Users', aUser('a'))
  for (const [query, scimType, detail] of [
    ['sortBy=shoeSize', 'invalidPath', '"sortBy" names "shoeSize", but no User has such an attribute.'],
    ['sortBy=password', 'invalidPath', /"password": it is never returned/],
    ['sortBy=groups.value', 'invalidPath', /the server computes it/],
    ['sortBy=meta.location', 'invalidPath', /the server computes it/],
    ['sortBy=addresses', 'invalidPath', /only sub-attributes/],
    [
      'sortBy=userName&sortOrder=up',
      'invalidValue',
      '"sortOrder" must be "ascending" or "descending", not "up".',
    ],
    ['sortBy=userName&sortBy=title', 'invalidValue', /occurs more than once/],
  ] as const) {
    t.match(await client.get(`/Users?${query}`), { status: 400, body: { scimType, detail } }, query)
  }
  t.equal((await client.get('/Users?sortOrder=up')).status, 200, 'an order of nothing means nothing')
})

t.test('a sorted list is filtered and paged like any other', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await users(client, { d: {}, a: { title: 'x' }, c: { title: 'x' }, b: { title: 'x' } })
  const filter = encodeURIComponent('title eq "x"')
  t.match((await client.get(`/Users?filter=${filter}&sortBy=userName&startIndex=2&count=1`)).body, {
    totalResults: 3,
    itemsPerPage: 1,
    startIndex: 2,
    Resources: [{ userName: 'b' }],
  })
  t.equal(await sorted(client, 'sortBy=userName&startIndex=2&count=2'), 'b c')
  t.equal(await sorted(client, 'sortBy=userName&startIndex=9'), '')
})

t.test('R-148 sorting works where it is advertised, and is ignored elsewhere', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  t.same((await client.get('/ServiceProviderConfig')).body.sort, { supported: true })
  await client.create('Groups', aGroup('b'))
  await client.create('Groups', aGroup('a'))
  const names = (body: { Resources: readonly { displayName: string }[] }) =>
    body.Resources.map(({ displayName }) => displayName)
  t.same(names((await client.get('/Groups?sortBy=displayName')).body), ['a', 'b'])
  for (const profile of ['entra', 'aws'] as const) {
    const { client } = await buildTestApp(t, profile)
    t.same((await client.get('/ServiceProviderConfig')).body.sort, { supported: false })
    await users(client, { b: {}, a: {} })
    t.equal(await sorted(client, 'sortBy=shoeSize'), 'b a', profile)
  }
})

t.test('a filter may have thirty comparisons that no index answers', async t => {
  const comparisons = (test: string, count: number, connective: string) =>
    encodeURIComponent(Array.from({ length: count }, () => test).join(` ${connective} `))
  for (const profile of ['rfc', 'entra'] as const) {
    const { client } = await buildTestApp(t, profile)
    await client.create('Users', aUser('homer', { title: 'x' }))
    const total = async (filter: string) => (await client.get(`/Users?filter=${filter}`)).body.totalResults
    t.equal(await total(comparisons('title co "x"', 30, 'and')), 1, profile)
    t.equal(await total(comparisons('userName eq "homer"', 100, 'or')), 1, 'look-ups count as none')
    isScimError(
      t,
      await client.get(`/Users?filter=${comparisons('not (emails[value co "x"])', 31, 'and')}`),
      {
        status: 400,
        scimType: 'tooMany',
        detail: /31 comparisons that no index answers; the maximum is 30/,
      },
    )
  }
})
