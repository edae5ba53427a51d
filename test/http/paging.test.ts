import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { assertProperty } from '../support/property.ts'
import { aUser } from '../support/samples.ts'
import { buildTestApp, createScimClient, type ScimClient, type TestResponse } from '../support/scim.ts'

const idsOf = (resources: readonly { id: string }[]) => resources.map(({ id }) => id)

/** Creates users `user-0`, `user-1` …; every other one in the department of the filters. */
async function users(client: ScimClient, count: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let at = 0; at < count; at += 1) {
    ids.push((await client.create('Users', aUser(`user-${at}`, { title: at % 2 ? 'odd' : 'even' }))).id)
  }
  return ids
}

t.test('R-118 R-119 R-120 R-121 a page by index matches the parameters, limited to their range', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const ids = await users(client, 7)
  const rows = [
    ['startIndex=1&count=3', 1, ids.slice(0, 3)],
    ['startIndex=4&count=3', 4, ids.slice(3, 6)],
    ['startIndex=7&count=3', 7, ids.slice(6)],
    ['startIndex=0&count=2', 1, ids.slice(0, 2)],
    ['startIndex=-5&count=2', 1, ids.slice(0, 2)],
    ['startIndex=8&count=3', 8, []],
    ['count=0', 1, []],
    ['count=-1', 1, []],
    ['startIndex=3', 3, ids.slice(2)],
    ['', 1, ids],
  ] as const
  for (const [query, startIndex, expected] of rows) {
    const { status, body } = await client.get(`/Users?${query}`)
    t.same(
      [status, body.totalResults, body.itemsPerPage, body.startIndex, idsOf(body.Resources)],
      [200, 7, expected.length, startIndex, expected],
      query,
    )
  }
})

t.test('R-123 no page is longer than advertised', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await Promise.all(Array.from({ length: 1005 }, (_, at) => client.create('Users', aUser(`user-${at}`))))
  const { filter, pagination } = (await client.get('/ServiceProviderConfig')).body
  const long = (await client.get('/Users?count=5000')).body
  t.same([long.itemsPerPage, long.totalResults], [filter.maxResults, 1005])
  const bare = (await client.get('/Users')).body
  t.same([bare.itemsPerPage, bare.totalResults], [pagination.defaultPageSize, 1005])
})

t.test('R-122 the pages by index, joined, are the list', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const ids = await users(client, 23)
  await assertProperty(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async count => {
      const walked: string[] = []
      for (let start = 1; start <= 23; start += count) {
        walked.push(...idsOf((await client.get(`/Users?startIndex=${start}&count=${count}`)).body.Resources))
      }
      assert.deepEqual(walked, ids)
    }),
    { numRuns: 15 },
  )
})

t.test(
  'R-124 R-125 R-133 an AWS cursor walk returns the list, without totalResults and startIndex',
  async t => {
    const { client } = await buildTestApp(t, 'aws')
    const ids = await users(client, 23)
    await assertProperty(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom('cursor', 'cursor='),
        async (count, first) => {
          const walked: string[] = []
          let cursor: string | undefined = first
          while (cursor !== undefined) {
            const { status, body } = await client.get(`/Users?${cursor}&count=${count}`)
            const { itemsPerPage, nextCursor, schemas, Resources, ...more } = body
            assert.deepEqual(
              { status, more, itemsPerPage, schemas: schemas.length },
              { status: 200, more: {}, itemsPerPage: Resources.length, schemas: 1 },
            )
            if (nextCursor !== undefined) assert.match(nextCursor, /^[-a-zA-Z0-9+=/:_]+$/)
            walked.push(...idsOf(Resources))
            cursor = nextCursor === undefined ? undefined : `cursor=${encodeURIComponent(nextCursor)}`
          }
          assert.deepEqual(walked, ids)
        },
      ),
      { numRuns: 15 },
    )
  },
)

t.test('R-121 without a cursor, AWS returns one page by index, without a next page', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const ids = await users(client, 5)
  const { body } = await client.get('/Users?count=3&startIndex=2')
  t.same(Object.keys(body), ['totalResults', 'itemsPerPage', 'startIndex', 'schemas', 'Resources'])
  t.same(
    [body.totalResults, body.itemsPerPage, body.startIndex, idsOf(body.Resources)],
    [3, 3, 1, ids.slice(0, 3)],
  )
})

t.test(
  'R-129 R-130 AWS rejects a cursor with another filter, an invented cursor and an invalid count',
  async t => {
    const { client } = await buildTestApp(t, 'aws')
    await users(client, 5)
    const group = await client.create('Groups', { displayName: 'All', members: [] })
    const filter = encodeURIComponent(`groups.value eq "${group.id}"`)
    const { nextCursor } = (await client.get('/Users?cursor&count=2')).body
    for (const query of [
      `cursor=${nextCursor}&count=2&filter=${filter}`,
      'cursor=made-up',
      'cursor=%00',
      'cursor=%C3%A4',
      'count=0',
      'count=-1',
      'count=ten',
    ]) {
      t.match(
        await client.get(`/Users?${query}`),
        { status: 400, body: { status: '400', detail: /\S/ } },
        query,
      )
    }
  },
)

t.test('deletions and creations do not disturb a cursor walk', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const ids = await users(client, 6)
  const first = (await client.get('/Users?cursor&count=3')).body
  await client.delete(`/Users/${ids[0]}`)
  await client.delete(`/Users/${ids[2]}`)
  const late = (await client.create('Users', aUser('late'))).id
  const second = (await client.get(`/Users?cursor=${first.nextCursor}&count=10`)).body
  t.same(idsOf(second.Resources), [...ids.slice(3), late])
})

type Page = TestResponse['body']
const names = ({ Resources }: Page) =>
  Resources.map(({ userName }: { userName: string }) => userName).join('')

/** Creates users named a, b, c … */
async function usersNamed(client: ScimClient, letters: string): Promise<readonly string[]> {
  const ids: string[] = []
  for (const letter of letters) ids.push((await client.create('Users', aUser(letter))).id)
  return ids
}

/** The page of a cursor; an empty cursor requests the first. */
const page = async (client: ScimClient, cursor: string, query = ''): Promise<Page> => {
  const { status, body } = await client.get(`/Users?cursor=${cursor}${query}`)
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body
}

t.test('R-124 R-125 R-126 R-091 cursors lead from the first page to the last and back', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await usersNamed(client, 'abcde')
  for (const first of ['cursor', 'cursor=']) {
    const { status, body } = await client.get(`/Users?${first}&count=2`)
    t.same(Object.keys(body), ['totalResults', 'itemsPerPage', 'nextCursor', 'schemas', 'Resources'], first)
    t.same([status, body.totalResults, body.itemsPerPage, names(body)], [200, 5, 2, 'ab'])
  }
  const one = await page(client, '', '&count=2')
  const two = await page(client, one.nextCursor)
  const three = await page(client, two.nextCursor)
  t.same([names(one), names(two), names(three)], ['ab', 'cd', 'e'])
  t.same(
    [one, two, three].map(({ totalResults, previousCursor, nextCursor }) => [
      totalResults,
      previousCursor !== undefined,
      nextCursor !== undefined,
    ]),
    [
      [5, false, true],
      [5, true, true],
      [5, true, false],
    ],
  )
  const twoAgain = await page(client, three.previousCursor)
  const oneAgain = await page(client, twoAgain.previousCursor)
  t.same([names(twoAgain), names(oneAgain)], ['cd', 'ab'])
  t.equal(oneAgain.previousCursor, undefined)
  t.equal(names(await page(client, oneAgain.nextCursor)), 'cd')
})

t.test('R-125 a list of one page, or an empty one, has no cursors', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  t.same((await client.get('/Users?cursor')).body, {
    totalResults: 0,
    itemsPerPage: 0,
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    Resources: [],
  })
  await usersNamed(client, 'ab')
  for (const query of ['', '&sortBy=userName', '&filter=title%20eq%20null']) {
    const { nextCursor, previousCursor, ...rest } = await page(client, '', `&count=2${query}`)
    t.same(
      [nextCursor, previousCursor, rest.totalResults, names(rest)],
      [undefined, undefined, 2, 'ab'],
      query,
    )
  }
})

t.test('R-127 cursors contain only URL-safe characters', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await usersNamed(client, 'abc')
  const first = await page(client, '', '&count=1')
  const second = await page(client, first.nextCursor)
  const sorted = await page(client, '', '&count=1&sortBy=userName')
  for (const cursor of [first.nextCursor, second.previousCursor, sorted.nextCursor]) {
    t.match(cursor, /^[A-Za-z0-9\-._~]+$/)
  }
})

t.test('R-128 count is a maximum: negative values mean 0, and 0 returns only the total', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await usersNamed(client, 'abc')
  for (const query of ['count=0', 'count=-3', 'count=0&sortBy=userName', 'count=0&filter=userName%20pr']) {
    const { totalResults, itemsPerPage, nextCursor, Resources } = await page(client, '', `&${query}`)
    t.same([totalResults, itemsPerPage, nextCursor, Resources], [3, 0, undefined, []], query)
  }
  t.equal(names(await page(client, '')), 'abc', 'without count, the page has the default size')
})

t.test('R-129 R-130 a cursor with changed parameters is rejected with the reason', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await usersNamed(client, 'abcd')
  const filter = encodeURIComponent('userName pr')
  const query = `filter=${filter}&sortBy=userName&count=2`
  const { nextCursor } = await page(client, '', `&${query}`)
  const rows = [
    [`/Groups?filter=${encodeURIComponent('displayName pr')}&count=2`, 'invalidCursor', /^The endpoint has/],
    ['/Users?sortBy=userName&count=2', 'invalidCursor', /^The filter has changed/],
    [`/Users?filter=${filter}&count=2`, 'invalidCursor', /^"sortBy" or "sortOrder" has changed/],
    [`/Users?${query}&sortOrder=descending`, 'invalidCursor', /^"sortBy" or "sortOrder" has changed/],
    [`/Users?filter=${filter}&sortBy=userName&count=3`, 'invalidCount', /was 2 .* is now 3/],
    [`/Users?filter=${filter}&sortBy=userName&count=0`, 'invalidCount', /was 2 .* is now 0/],
    [`/Users?filter=${filter}&sortBy=userName&count=two`, 'invalidCount', /whole number, not "two"/],
  ] as const
  for (const [address, scimType, detail] of rows) {
    const response = await client.get(`${address}&cursor=${nextCursor}`)
    t.match(response, { status: 400, body: { status: '400', scimType, detail } }, address)
  }
  t.equal((await client.get('/Users?cursor&count=two')).body.scimType, 'invalidCount')
  t.equal((await client.get(`/Users?cursor=${nextCursor}&startIndex=1`)).body.scimType, 'invalidValue')
  for (const same of [
    query,
    `filter=${filter}&sortBy=userName`,
    `filter=${filter}&sortBy=USERNAME&sortOrder=ascending&attributes=userName`,
  ]) {
    t.equal(names(await page(client, nextCursor, `&${same}`)), 'cd', same)
  }
})

t.test('R-130 R-136 R-137 invented, modified and foreign cursors all return the same error', async t => {
  const { client, app, deps, tenant, another } = await buildTestApp(t, 'rfc')
  await usersNamed(client, 'abc')
  const { nextCursor } = await page(client, '', '&count=1')
  const other = await another('rfc')
  await usersNamed(other.client, 'xyz')
  const theirs = await page(other.client, '', '&count=1')
  const { text } = await deps.tenants.createToken(tenant)
  const sameTenant = createScimClient(app, `/${tenant.id}/scim/v2`, text)
  const flipped = (at: number) =>
    `${nextCursor.slice(0, at)}${nextCursor[at] === '0' ? '1' : '0'}${nextCursor.slice(at + 1)}`
  const expected = (await client.get('/Users?cursor=00')).body
  t.match(expected, {
    status: '400',
    scimType: 'invalidCursor',
    detail: /^The cursor was not issued by this/,
  })
  for (const [who, cursor] of [
    [client, 'made-up'],
    [client, '%C3%A4'],
    [client, '0'],
    [client, 'ab'.repeat(28)],
    [client, 'ab'.repeat(60)],
    [client, 'ab'.repeat(2000)],
    [client, nextCursor.slice(0, -2)],
    [client, nextCursor.slice(2)],
    [client, `${nextCursor}00`],
    [client, nextCursor.toUpperCase()],
    [client, flipped(0)],
    [client, flipped(40)],
    [client, flipped(nextCursor.length - 1)],
    [client, theirs.nextCursor],
    [other.client, nextCursor],
    [sameTenant, nextCursor],
  ] as const) {
    const { status, body } = await who.get(`/Users?cursor=${cursor}`)
    t.same([status, body], [400, expected], cursor)
  }
  const elsewhere = await buildTestApp(t, 'rfc')
  t.same(
    (await elsewhere.client.get(`/Users?cursor=${nextCursor}`)).body,
    expected,
    'a cursor of another process',
  )
  t.equal(names(await page(client, nextCursor)), 'b', 'its owner can still use it')
})

t.test('R-130 R-135 a cursor expires as configured, by the tenant’s clock', async t => {
  const { client, advance } = await buildTestApp(t, 'rfc')
  const { pagination } = (await client.get('/ServiceProviderConfig')).body
  await usersNamed(client, 'abc')
  const first = await page(client, '', '&count=1')
  await advance(pagination.cursorTimeout * 1000 - 5000)
  const second = await page(client, first.nextCursor)
  t.equal(names(second), 'b')
  await advance(10_000)
  t.match(await client.get(`/Users?cursor=${first.nextCursor}`), {
    status: 400,
    body: { scimType: 'expiredCursor', detail: /older than 3600 seconds/ },
  })
  t.equal(names(await page(client, second.nextCursor)), 'c', 'each page has a cursor of its own')
})

t.test('R-131 a sorted walk returns each resource once, even if sort values change', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const [a = '', b = '', c = '', d = ''] = await usersNamed(client, 'abcdef')
  const rename = (id: string, value: string) =>
    client.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value })
  const query = '&sortBy=userName&sortOrder=descending&count=2'
  const one = await page(client, '', query)
  t.equal(names(one), 'fe')
  await rename(a, 'z')
  await rename(c, 'y')
  await client.delete(`/Users/${d}`)
  await client.create('Users', aUser('n'))
  const two = await page(client, one.nextCursor, query)
  t.equal(names(two), 'yb', 'the renamed c and b; d was deleted')
  const three = await page(client, two.nextCursor, query)
  t.same([names(three), three.nextCursor, three.totalResults], ['z', undefined, 6])
  await client.delete(`/Users/${b}`)
  const back = await page(client, three.previousCursor, query)
  t.equal(names(back), 'ey', 'the previous page has the full size')
  t.same(names(await page(client, back.previousCursor, query)), 'f')
})

t.test('R-132 without a cursor, pages go by index, also where cursors are not supported', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  t.equal((await client.get('/ServiceProviderConfig')).body.pagination.defaultPaginationMethod, 'index')
  await usersNamed(client, 'abc')
  t.match((await client.get('/Users?count=1')).body, { startIndex: 1, totalResults: 3 })
  const entra = await buildTestApp(t, 'entra')
  await usersNamed(entra.client, 'abc')
  const { startIndex, nextCursor } = (await entra.client.get('/Users?cursor&count=1')).body
  t.same([startIndex, nextCursor], [1, undefined])
})

t.test('an AWS cursor is valid for its own list only, at any age and page size', async t => {
  const { client, advance } = await buildTestApp(t, 'aws')
  await usersNamed(client, 'abcd')
  const first = await page(client, '', '&count=1')
  t.match(first.nextCursor, /^[-a-zA-Z0-9+=/:]+$/)
  t.equal((await client.get(`/Groups?cursor=${first.nextCursor}&count=1`)).status, 400)
  await advance(30 * 24 * 3600 * 1000)
  const second = await page(client, first.nextCursor, '&count=2')
  t.same([names(second), second.totalResults, second.previousCursor], ['bc', undefined, undefined])
})

t.test('R-095 a long list is paged, not rejected', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  await Promise.all(Array.from({ length: 130 }, (_, at) => client.create('Users', aUser(`user-${at}`))))
  for (const query of ['', '?cursor', '?sortBy=userName', '?count=1000000&filter=userName%20pr']) {
    const { status, body } = await client.get(`/Users${query}`)
    t.same([status, body.totalResults, body.itemsPerPage > 0], [200, 130, true], query)
  }
})
