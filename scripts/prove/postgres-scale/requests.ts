import type pg from 'pg'
import { userOf } from '../../../bench/data.ts'
import { type Client, createClient, groupBody, patchOp } from '../../endure/client.ts'
import { nameOf } from '../../endure/postgres-users.ts'
import type { Served } from '../../endure/server.ts'

/** Sends the nth request of its kind. Rejects unless it succeeds. */
export type Send = (nth: number) => Promise<void>

export type Requests = { readonly byName: ReadonlyMap<string, Send>; close(): void }

const smallGroups = 20
/** The keys of the users are spread over the table. */
const sampledUsers = 1000

/** The requests of identity providers, in an order in which each finds what it needs, and a scrape. */
export async function createRequests(
  { base, console }: Pick<Served, 'base' | 'console'>,
  admin: pg.Client,
  users: number,
  connections = 8,
): Promise<Requests> {
  const client = createClient(base, connections)
  const call = async (expected: number, ...request: Parameters<Client['callApi']>) => {
    const { status, body } = await client.callApi(...request)
    if (status === expected) return body
    throw new Error(`${request[0]} ${request[1]} returned ${status}: ${JSON.stringify(body)}`)
  }
  const { rows } = await admin.query<{ readonly id: string }>(
    `select id from resources where type = 'User' and key % $1 = 0 order by key limit $2`,
    [Math.max(1, Math.floor(users / sampledUsers)), sampledUsers],
  )
  const groups: string[] = []
  for (let at = 0; at < smallGroups; at++) {
    groups.push((await call(201, 'POST', '/Groups', groupBody(`Small ${at} ${Date.now()}`))).id)
  }
  const one = <Item>(items: readonly Item[], nth: number) => items[nth % items.length] as Item
  const userAt = (nth: number) => one(rows, nth * 7).id
  /** Consecutive members belong to other groups. */
  const groupAt = (nth: number) => one(groups, nth + Math.floor(nth / rows.length))
  const created: string[] = []
  const patch = (path: string, operation: unknown, expected = 200) =>
    call(expected, 'PATCH', `${path}?attributes=displayName`, patchOp(operation))
  const changeMember = (op: 'add' | 'remove', nth: number) => {
    const path = op === 'remove' ? `members[value eq "${userAt(nth)}"]` : 'members'
    const value = op === 'remove' ? {} : { value: [{ value: userAt(nth) }] }
    return patch(`/Groups/${groupAt(nth)}`, { op, path, ...value })
  }
  const list = (query: string) => call(200, 'GET', `/Users?${query}`)
  const lookUp = async (nth: number) => {
    const userName = nameOf((nth * 7919) % users)
    const { totalResults } = await list(`filter=${encodeURIComponent(`userName eq "${userName}"`)}`)
    if (totalResults !== 1) throw new Error(`${userName} has ${totalResults} matches`)
  }
  const byName = new Map<string, Send>([
    [
      'create',
      async nth => {
        created.push((await call(201, 'POST', '/Users', userOf(10_000_000 + nth))).id)
      },
    ],
    ['look-up by userName', lookUp],
    ['GET', nth => call(200, 'GET', `/Users/${userAt(nth)}`)],
    ['PATCH', nth => patch(`/Users/${userAt(nth)}`, { op: 'replace', path: 'title', value: `Title ${nth}` })],
    ['add a member', nth => changeMember('add', nth)],
    ['GET of a group', nth => call(200, 'GET', `/Groups/${groupAt(nth)}`)],
    ['remove a member', nth => changeMember('remove', nth)],
    ['first page of 100', () => list('count=100')],
    ['page of 100 in the middle', () => list(`count=100&startIndex=${Math.floor(users / 2)}`)],
    ['delete', async () => void (await call(204, 'DELETE', `/Users/${created.pop()}`))],
    [
      '/metrics',
      async () => {
        const response = await fetch(`${console}/metrics`)
        if (!(await response.text()).includes('scimulator_identities'))
          throw new Error('/metrics lacks users')
      },
    ],
  ])
  return { byName, close: client.close }
}
