import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { userNameOf, userOf } from './data.ts'
import { type Measured, medianOf } from './median.ts'
import { seedUsers } from './seed-scimulator.ts'
import { serveScimulator } from './servers.ts'
import { cell, table } from './table.ts'

const tenant = 'bench'
const token = 'a-token-for-the-benchmark-only'
const count = 100
const bulkOperations = 1_000
const connections = 5

type Turns = { readonly seconds: number; readonly turns: number }
type RequestSpec = { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: () => string }
type Case = { readonly name: string; readonly request: RequestSpec }

const get = (name: string, query: Readonly<Record<string, string | number>>): Case => ({
  name,
  request: {
    method: 'GET',
    path: `/Users?${new URLSearchParams({ count: String(count), ...strings(query) })}`,
  },
})

const strings = (query: Readonly<Record<string, string | number>>) =>
  Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))

/** The number of the first user that bulk requests create. */
let created = 50_000_000

const bulk = (): string =>
  JSON.stringify({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: Array.from({ length: bulkOperations }, () => {
      const number = created++
      // Minimal users: a thousand of them fit into the maximum body.
      const { schemas, userName, name } = userOf(number)
      return { method: 'POST', path: '/Users', bulkId: String(number), data: { schemas, userName, name } }
    }),
  })

async function casesOf(base: string, users: number): Promise<readonly Case[]> {
  const { first, last } = await cursorsOf(base)
  return [
    get('first page by index', { startIndex: 1 }),
    get('last page by index', { startIndex: users - count + 1 }),
    get('second page by cursor', { cursor: first }),
    get('last page by cursor', { cursor: last }),
    get('filter with an index', { filter: `emails.value eq "${userNameOf(users >> 1)}"` }),
    get('filter without an index', { filter: 'name.familyName co "x"' }),
    get('page sorted by userName', { sortBy: 'userName' }),
    get('page sorted by title', { sortBy: 'title', sortOrder: 'descending' }),
    { name: `bulk of ${bulkOperations} creates`, request: { method: 'POST', path: '/Bulk', body: bulk } },
  ]
}

const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' }

/** Pages through all users; returns the cursors of the second and the last page. */
async function cursorsOf(base: string): Promise<{ first: string; last: string }> {
  let first = ''
  let last = ''
  for (let next: string | undefined = ''; next !== undefined; ) {
    const response = await fetch(`${base}/Users?count=${count}&attributes=id&cursor=${next}`, { headers })
    const page = (await response.json()) as { nextCursor?: string }
    next = page.nextCursor
    if (next !== undefined) last = next
    first ||= last
  }
  return { first, last }
}

async function load(base: string, { name, request: spec }: Case, seconds: number): Promise<Measured> {
  const root = new URL(base).pathname
  const { method, path, body } = spec
  const result = await autocannon({
    url: base,
    connections,
    duration: seconds,
    requests: [
      {
        setupRequest: request => ({
          ...request,
          method,
          path: `${root}${path}`,
          // A copy: autocannon stores the body length in it.
          headers: { ...headers },
          ...(body && { body: body() }),
        }),
      },
    ],
  })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${name}: ${result.non2xx} rejected, ${result.errors} failed`)
  }
  return { perSecond: result.requests.average, p99: result.latency.p99 }
}

type Row = { readonly name: string; readonly measured: Measured }

async function measureAt(users: number, { seconds, turns }: Turns): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-bench-'))
  const file = join(folder, 'scimulator.db')
  await seedUsers(file, tenant, token, users)
  const { base, stop } = await serveScimulator(file)
  try {
    const rows: Row[] = []
    for (const one of await casesOf(base, users)) {
      await load(base, one, seconds)
      const measured: Measured[] = []
      for (let turn = 0; turn < turns; turn++) measured.push(await load(base, one, seconds))
      rows.push({ name: one.name, measured: medianOf(measured) })
    }
    return rows
  } finally {
    await stop()
    rmSync(folder, { recursive: true })
  }
}

/** Lists and bulk requests of the `rfc` profile, at two numbers of users. */
export async function lists(turns: Turns, sizes: readonly [number, number]): Promise<string> {
  const small = await measureAt(sizes[0], turns)
  const large = await measureAt(sizes[1], turns)
  return table([
    ['', `${sizes[0].toLocaleString('en')} users`, `${sizes[1].toLocaleString('en')} users`, 'growth'],
    ...small.map(({ name, measured }, at) => {
      const other = large[at]?.measured ?? measured
      return [name, cell(measured), cell(other), (measured.perSecond / other.perSecond).toFixed(2)]
    }),
  ])
}
