import { newUser, userNameOf } from './data.ts'
import { type Endpoint, load, type RequestSpec } from './driver.ts'
import { type BenchOptions, type Fixture, smallUsers } from './fixture.ts'
import type { PartResult } from './part.ts'
import { type Measured, medianOf } from './statistics.ts'
import { latency, number, table } from './table.ts'

const count = 100
const bulkOperations = 700

type Case = {
  readonly name: string
  readonly endpoint?: 'newcomers'
  readonly request: () => RequestSpec
}

const list = (name: string, query: Query): Case => {
  const path = listPath({ count, ...query })
  return { name, request: () => ({ method: 'GET', path }) }
}

type Query = Readonly<Record<string, string | number>>

export const listPath = (query: Query): string => {
  const values = Object.entries(query).map(([name, value]) => [name, String(value)])
  return `/Users?${new URLSearchParams(Object.fromEntries(values))}`
}

const containsFilter = 'name.familyName co "x"'

const casesOf = (users: number, cursors: Cursors): readonly Case[] => [
  list('first page by index', { startIndex: 1 }),
  list('last page by index', { startIndex: users - count + 1 }),
  list('second page by cursor', { cursor: cursors.second }),
  list('last page by cursor', { cursor: cursors.last }),
  list('emails.value eq "…"', { filter: `emails.value eq "${userNameOf(users >> 1)}"` }),
  list(containsFilter, { filter: containsFilter }),
  list('page sorted by userName', { sortBy: 'userName' }),
  list('page sorted by title', { sortBy: 'title', sortOrder: 'descending' }),
  {
    name: `bulk of ${bulkOperations} creates`,
    endpoint: 'newcomers',
    request: () => ({ method: 'POST', path: '/Bulk', body: bulkOfCreates(bulkOperations) }),
  },
]

export const bulkOfCreates = (operations: number): string =>
  JSON.stringify({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: Array.from({ length: operations }, (_, at) => ({
      method: 'POST',
      path: '/Users',
      bulkId: String(at),
      data: newUser(),
    })),
  })

type Cursors = { readonly second: string; readonly last: string }

/** Pages through all users; returns the cursors of the second and the last page. */
async function cursorsOf({ base, headers }: Endpoint): Promise<Cursors> {
  let second = ''
  let last = ''
  for (let next: string | undefined = ''; next !== undefined; ) {
    const response = await fetch(`${base}/Users?count=${count}&attributes=id&cursor=${next}`, { headers })
    const page = (await response.json()) as { nextCursor?: string }
    next = page.nextCursor
    if (next !== undefined) last = next
    second ||= last
  }
  return { second, last }
}

type Row = { readonly name: string; readonly measured: Measured }

async function measureAt(
  fixture: Fixture,
  size: 'small' | 'large',
  { seconds, turns }: BenchOptions,
): Promise<readonly Row[]> {
  const target = await fixture.serve('rfc', size)
  const users = target.seeded.users.length
  try {
    const rows: Row[] = []
    for (const { name, endpoint = 'directory', request } of casesOf(
      users,
      await cursorsOf(target.directory),
    )) {
      const forSeconds = (seconds: number) =>
        load({ name, endpoint: target[endpoint], connections: 1, limit: { seconds }, next: request })
      // Until attributes that have no index yet are indexed in the background.
      await forSeconds(Math.max(seconds, users / 10_000))
      const measured: Measured[] = []
      for (let turn = 0; turn < turns; turn++) measured.push(await forSeconds(seconds))
      rows.push({ name, measured: medianOf(measured) })
    }
    return rows
  } finally {
    await target.stop()
  }
}

/** Lists and bulk requests of the `rfc` profile, at two numbers of users. */
export async function lists(fixture: Fixture, options: BenchOptions): Promise<PartResult> {
  const small = await measureAt(fixture, 'small', options)
  const large = await measureAt(fixture, 'large', options)
  const rows = large.map(({ name, measured }, at) => {
    const other = small[at]?.measured ?? measured
    return [name, latency(other), latency(measured), (measured.median / other.median).toFixed(2)]
  })
  const contains = large.find(({ name }) => name === containsFilter)
  return {
    text: table([['', `${number(smallUsers)} users`, `${number(options.users)} users`, 'growth'], ...rows]),
    figures: { 'list with co': contains?.measured.median ?? 0 },
  }
}
