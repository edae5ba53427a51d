import t from 'tap'
import { aGroup, aUser } from '../support/samples.ts'
import { buildTestApp, type ScimClient } from '../support/scim.ts'

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
