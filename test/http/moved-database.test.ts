import t from 'tap'
import { migrateDatabase, moveDatabase } from '../../src/server/databases.ts'
import type { RunningServer } from '../../src/server/server.ts'
import { landedFile, writeLandedDatabase } from '../support/landed-database.ts'
import { createSchema, skipWithoutPostgres } from '../support/postgres.ts'
import { startWith } from '../support/started-server.ts'

type Responses = Readonly<Record<'read' | 'scim', readonly (readonly [path: string, body: unknown])[]>>

const { read: consoleReads, scim: scimReads }: Responses = JSON.parse(landedFile('responses.json').toString())

const tokenOf = (tenant: string) => `token-of-${tenant}-that-is-moved`

/** Replaces the newest token of a tenant, which can have two. */
async function createToken({ console }: RunningServer, tenant: string): Promise<void> {
  const address = `${console}/api/v1/tenants/${tenant}/tokens`
  const { items } = (await (await fetch(address)).json()) as { items: readonly { id: string }[] }
  if (items.length === 2) await fetch(`${address}/${items[0]?.id}`, { method: 'DELETE' })
  const { status } = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value: tokenOf(tenant) }),
  })
  t.equal(status, 201)
}

const tenantIn = (path: string): string => path.split('/')[1] ?? ''

/**
 * SQLite lists requests in the order in which they ended, and PostgreSQL in that of their arrival. So pages of incomplete lists
 * may end with different requests.
 */
function inOrderOfIds(response: unknown): unknown {
  if (!isExchangePage(response)) return response
  return response.next === undefined ? response.items.toSorted(compareIds) : response.items.length
}

type ExchangePage = { readonly items: readonly { readonly id: string }[]; readonly next?: string }

const isExchangePage = (response: unknown): response is ExchangePage =>
  typeof response === 'object' && response !== null && 'items' in response && Array.isArray(response.items)

const compareIds = (one: { readonly id: string }, other: { readonly id: string }) =>
  one.id < other.id ? -1 : 1

/** Without the time of the response, addresses and cursors, which each engine has in a form of its own. */
const settled = (text: string, { endpoint, aws }: RunningServer): string =>
  text
    .replaceAll(new URL(endpoint).host, 'scim.test')
    .replaceAll(aws?.url ?? endpoint, 'http://aws.test')
    // Without waiting requests, the analysis has read up to now.
    .replace(/"(now|machine|since|until)":"[^"]*"/g, '"$1":"now"')

/** The order of the members of an object is not compared. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text.startsWith('{') ? text.trimEnd().split('\n').map(parse) : text
  }
}

/** Snapshots are not copied, and timelines end now. */
const isComparable = (path: string) => !/[?&]cursor=|\/(snapshots|timeline)\b/.test(path)

/** The responses to all reads, by path. */
async function readAll(server: RunningServer): Promise<ReadonlyMap<string, unknown>> {
  const responses = new Map<string, unknown>()
  const endpoint = new URL(server.endpoint)
  const read = async (path: string, origin: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${origin}${path}`, { headers })
    const body = parse(settled(await response.text(), server))
    responses.set(path, [response.status, path.startsWith('/api/v1/exchanges?') ? inOrderOfIds(body) : body])
  }
  for (const [path] of consoleReads) {
    if (isComparable(path)) await read(`/api/v1${path.replace('?silent', '?inactive')}`, server.console)
  }
  for (const [path] of scimReads) {
    if (isComparable(path))
      await read(path, endpoint.origin, { authorization: `Bearer ${tokenOf(tenantIn(path))}` })
  }
  return responses
}

t.test('a moved database returns the same responses', { skip: skipWithoutPostgres }, async t => {
  const data = writeLandedDatabase(t)
  const upgraded = await startWith(t, [`--data=${data}`])
  for (const tenant of new Set(scimReads.map(([path]) => tenantIn(path)))) await createToken(upgraded, tenant)
  await upgraded.close()
  const { url, schema } = await createSchema(t)
  await migrateDatabase({ url, schema })
  await moveDatabase({ from: data, to: { url, schema }, onProgress: () => {} })
  const [before, after] = await Promise.all([
    startWith(t, [`--data=${data}`]).then(readAll),
    startWith(t, [`--database-url=${url}`, `--database-schema=${schema}`]).then(readAll),
  ])
  for (const [path, response] of before) t.strictSame(after.get(path), response, path)
  t.ok(before.size > 600, `${before.size} reads`)
})
