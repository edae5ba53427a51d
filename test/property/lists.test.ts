import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { compareCodePoints, fold } from '../../src/scim/text.ts'
import { assertProperty } from '../support/property.ts'
import { aUser } from '../support/samples.ts'
import { buildTestApp, type ScimClient, type TestResponse } from '../support/scim.ts'

type User = TestResponse['body']
type Value = string | number | boolean | undefined

const one = <Chosen>(values: readonly Chosen[]) => fc.constantFrom(...values)

const texts = ['', 'a', 'A', 'b', 'É', 'é', '\uffee', '😀']
const email = fc.record({ value: one(['a@x.org', 'B@x.org', 'c@x.org']), type: one(['home', 'work']) })
const emails = fc
  .uniqueArray(email, { selector: ({ value, type }) => `${type} ${fold(value)}`, maxLength: 3 })
  .chain(list =>
    fc
      .integer({ min: -1, max: list.length - 1 })
      .map(primary => list.map((each, at) => (at === primary ? { ...each, primary: true } : each))),
  )
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const optional = <Record extends object>(record: { [Name in keyof Record]: fc.Arbitrary<Record[Name]> }) =>
  fc.record(record, { requiredKeys: [] })
const values = optional({
  title: one(texts),
  externalId: one(texts),
  active: fc.boolean(),
  emails,
  nickName: one(texts),
  name: optional({ familyName: one(texts), givenName: one(texts) }),
  [enterprise]: optional({ department: one(texts) }),
})

const mainEmail = ({ emails = [] }: User) =>
  emails.find(({ primary }: { primary?: boolean }) => primary) ?? emails[0]
const folded = (text: string | undefined) => (text === undefined ? undefined : fold(text))

/** The sort values by the RFC, read from the resource in a response. */
const sortings: Readonly<Record<string, (user: User) => Value>> = {
  userName: ({ userName }) => folded(userName),
  title: ({ title }) => folded(title),
  externalId: ({ externalId }) => externalId,
  'name.familyName': ({ name }) => folded(name?.familyName),
  [`${enterprise}:department`]: user => folded(user[enterprise]?.department),
  active: ({ active }) => active,
  emails: user => folded(mainEmail(user)?.value),
  'emails.type': user => folded(mainEmail(user)?.type),
  'meta.created': ({ meta }) => Date.parse(meta.created),
  id: ({ id }) => id,
}

const filters: Readonly<Record<string, (user: User) => boolean>> = {
  'active eq true': ({ active }) => active === true,
  'title pr': ({ title }) => title !== undefined && title !== '',
  'externalId ne "a"': ({ externalId }) => externalId !== 'a',
  'not (emails pr)': ({ emails }) => emails === undefined,
  'title co "A"': ({ title }) => folded(title)?.includes('a') ?? false,
  'title eq "a" or name.givenName ew "É"': ({ title, name }) =>
    folded(title) === 'a' || (folded(name?.givenName)?.endsWith('é') ?? false),
  'name.familyName sw "É"': ({ name }) => folded(name?.familyName)?.startsWith('é') ?? false,
  'not (name.familyName co "")': ({ name }) => name?.familyName === undefined,
  'externalId ew "a"': ({ externalId }) => externalId?.endsWith('a') ?? false,
  'userName sw "U-1"': ({ userName }) => fold(userName).startsWith('u-1'),
  [`${enterprise}:department gt "a"`]: user => {
    const department = folded(user[enterprise]?.department)
    return department !== undefined && compareCodePoints(department, 'a') > 0
  },
  [`${enterprise}:department eq "A" and active eq true`]: user =>
    folded(user[enterprise]?.department) === 'a' && user.active === true,
}

function inOrder(one: Value, other: Value): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined)
  return typeof one === 'string' ? compareCodePoints(one, String(other)) : Number(one) - Number(other)
}

/** A stable sort, so equal values stay in order of creation; descending is the exact reverse. */
function sorted(users: readonly User[], sortBy: string, sortOrder: string): readonly User[] {
  const sortedBy = sortings[sortBy] ?? (() => undefined)
  const ascending = users.toSorted((one, other) => inOrder(sortedBy(one), sortedBy(other)))
  return sortOrder === 'descending' ? ascending.toReversed() : ascending
}

const idsOf = (users: readonly User[]): readonly string[] => users.map(({ id }) => id)

async function page(client: ScimClient, query: Readonly<Record<string, string | number>>): Promise<User> {
  const strings = Object.entries(query).map(([name, value]) => [name, String(value)] as [string, string])
  const text = new URLSearchParams(strings)
  const { status, body } = await client.get(`/Users?${text}`)
  if (status !== 200) throw new Error(`${text}: ${JSON.stringify(body)}`)
  return body
}

type Query = Readonly<Record<string, string>>

async function byIndex(client: ScimClient, query: Query, count: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let startIndex = 1; ; startIndex += count) {
    const { Resources, totalResults } = await page(client, { ...query, startIndex, count })
    ids.push(...idsOf(Resources))
    if (startIndex + count > totalResults) return ids
  }
}

/** The list walked to its end, and back. */
async function byCursor(client: ScimClient, query: Query, count: number) {
  const there: string[] = []
  let at = await page(client, { ...query, cursor: '', count })
  there.push(...idsOf(at.Resources))
  while (at.nextCursor !== undefined) {
    at = await page(client, { ...query, cursor: at.nextCursor })
    there.push(...idsOf(at.Resources))
  }
  const back: string[] = idsOf(at.Resources).slice()
  while (at.previousCursor !== undefined) {
    at = await page(client, { ...query, cursor: at.previousCursor })
    back.unshift(...idsOf(at.Resources))
  }
  return { there, back, total: at.totalResults }
}

t.test(
  'R-114 R-115 R-116 R-117 R-122 R-131 the pages by index and by cursor, joined, are the sorted list',
  async t => {
    const { another } = await buildTestApp(t, 'rfc')
    const query = fc.record({
      sortBy: fc.option(one(Object.keys(sortings)), { nil: undefined }),
      sortOrder: one(['ascending', 'descending']),
      filter: fc.option(one(Object.keys(filters)), { nil: undefined }),
      count: fc.integer({ min: 1, max: 6 }),
    })
    await assertProperty(
      fc.asyncProperty(
        fc.array(values, { maxLength: 14 }),
        fc.array(query, { minLength: 6, maxLength: 6 }),
        async (all, queries) => {
          const { client } = await another('rfc')
          const users: User[] = []
          for (const [at, each] of all.entries()) {
            users.push(await client.create('Users', { ...aUser(`${at % 2 ? 'U' : 'u'}-${at}`), ...each }))
          }
          for (const { sortBy, sortOrder, filter, count } of queries) {
            const found = filter ? users.filter(filters[filter] ?? (() => false)) : users
            const expected = idsOf(sortBy ? sorted(found, sortBy, sortOrder) : found)
            const requested = { ...(sortBy && { sortBy, sortOrder }), ...(filter && { filter }) }
            assert.deepEqual(
              await byIndex(client, requested, count),
              expected,
              `by index ${JSON.stringify(requested)}`,
            )
            assert.deepEqual(
              await byCursor(client, requested, count),
              { there: expected, back: expected, total: expected.length },
              `by cursor ${JSON.stringify(requested)}`,
            )
          }
        },
      ),
      { numRuns: 25 },
    )
  },
)

/** A number selects one of the existing users. */
type Step =
  | { readonly does: 'create'; readonly title: string }
  | { readonly does: 'change'; readonly which: number; readonly title: string }
  | { readonly does: 'delete'; readonly which: number }
  | { readonly does: 'next' | 'previous' }

const title = one(['a', 'b', 'c', 'd', 'e'])
const which = fc.nat(20)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant('create' as const), title }),
  { weight: 2, arbitrary: fc.record({ does: fc.constant('change' as const), which, title }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('delete' as const), which }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('next' as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('previous' as const) }) },
)

/** A walk with all that it has returned in a row; the last page is a section of it. */
async function createWalk(client: ScimClient, living: ReadonlySet<string>, query: Query, count: number) {
  const shown: string[] = []
  let [from, to] = [0, 0]
  let body = await page(client, { ...query, cursor: '', count })
  const alive = (ids: readonly string[]) => ids.filter(id => living.has(id))

  /** The expected resources come first; only after all returned ones may new ones follow. */
  function show(page: readonly string[], expectation: readonly string[]) {
    const news = page.slice(expectation.length)
    if (page.slice(0, expectation.length).join() !== expectation.join())
      throw new Error(`${page} instead of ${expectation}`)
    const twice = news.find(id => shown.includes(id))
    if (twice !== undefined) throw new Error(`${twice} is returned twice`)
    shown.push(...news)
    const [first] = page
    from = first === undefined ? to : shown.indexOf(first)
    to = from + (first === undefined ? 0 : shown.indexOf(page.at(-1) ?? '') - from + 1)
    const isMore = alive(shown.slice(to)).length > 0
    if (isMore && body.nextCursor === undefined) throw new Error('nextCursor is missing')
    const isBefore = alive(shown.slice(0, from)).length > 0
    if (isBefore !== (body.previousCursor !== undefined)) throw new Error('previousCursor is wrong')
  }

  const next = async (): Promise<boolean> => {
    if (body.nextCursor === undefined) return false
    const expectation = alive(shown.slice(to)).slice(0, count)
    body = await page(client, { ...query, cursor: body.nextCursor })
    show(idsOf(body.Resources), expectation)
    return true
  }
  const previous = async () => {
    if (body.previousCursor === undefined) return
    const expectation = alive(shown.slice(0, from)).slice(-count)
    body = await page(client, { ...query, cursor: body.previousCursor })
    // An empty page is before the start of the last one.
    to = from
    const back = idsOf(body.Resources)
    if (back.length > expectation.length) throw new Error(`${back} has more than ${expectation}`)
    show(back, expectation)
  }
  show(idsOf(body.Resources), [])
  return { next, previous, shown: shown as readonly string[] }
}

t.test(
  'R-122 R-126 R-131 a walk returns each resource that exists throughout once, despite other changes',
  async t => {
    const { another } = await buildTestApp(t, 'rfc')
    const queries: readonly Query[] = [
      {},
      { filter: 'userName pr' },
      { sortBy: 'title' },
      { sortBy: 'title', sortOrder: 'descending' },
      { sortBy: 'userName', sortOrder: 'descending' },
      { sortBy: 'title', filter: 'userName pr' },
    ]
    let walks = 0
    await assertProperty(
      fc.asyncProperty(
        fc.array(title, { maxLength: 10 }),
        one(queries),
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 30 }),
        async (titles, query, count, steps) => {
          const { client } = await another('rfc')
          let names = 0
          const living = new Set<string>()
          const create = async (title: string) =>
            living.add((await client.create('Users', aUser(`u-${names++}`, { title }))).id)
          for (const title of titles) await create(title)
          const before = [...living]
          const walk = await createWalk(client, living, query, count)
          for (const each of steps) {
            const id = 'which' in each ? [...living][each.which % Math.max(1, living.size)] : undefined
            if (each.does === 'create') await create(each.title)
            if (each.does === 'next') await walk.next()
            if (each.does === 'previous') await walk.previous()
            if (id !== undefined && each.does === 'change') {
              const value = { title: each.title, userName: `${each.title}-${names++}` }
              await client.patch(`/Users/${id}`, { op: 'replace', value })
            }
            if (id !== undefined && each.does === 'delete') {
              await client.delete(`/Users/${id}`)
              living.delete(id)
            }
          }
          while (await walk.next());
          const missed = before.filter(id => living.has(id) && !walk.shown.includes(id))
          if (missed.length > 0) throw new Error(`${missed} were not returned`)
          walks++
        },
      ),
      { numRuns: 80 },
    )
    t.ok(walks >= 80, `${walks} walks`)
  },
)
