import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { assertProperty } from '../support/property.ts'
import { aUser } from '../support/samples.ts'
import { buildTestApp, type ScimClient } from '../support/scim.ts'

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
