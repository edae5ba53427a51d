import autocannon from 'autocannon'
import { patchOf, type Seeded, userNameOf, userOf } from './data.ts'
import type { Measured } from './median.ts'

export type CaseName =
  | 'create'
  | 'look up by userName'
  | 'get'
  | 'disable by PATCH'
  | 'add or remove a member'

export type Target = {
  readonly base: string
  readonly headers: Readonly<Record<string, string>>
  readonly seeded: Seeded
  /** The endpoint for creating users, if different. */
  readonly newcomers?: Pick<Target, 'base' | 'headers'>
}

type Next = (count: number) => { method: 'GET' | 'POST' | 'PATCH'; path: string; body?: string }

const connections = 25
/** The number of the first user that a load creates, so that loads never create the same user. */
let created = 10_000_000

function requestsFor(name: CaseName, { seeded }: Target, group: 'small' | 'large'): Next {
  const { users, smallGroups, largeGroup, outsiders } = seeded
  // A stride that is prime to the lengths spreads consecutive requests over the tables.
  const at = <Item>(list: readonly Item[], count: number): Item => list[(count * 7919) % list.length] as Item
  switch (name) {
    case 'create':
      return () => ({ method: 'POST', path: '/Users', body: JSON.stringify(userOf(created++)) })
    case 'look up by userName':
      return count => ({
        method: 'GET',
        path: `/Users?filter=userName+eq+%22${encodeURIComponent(userNameOf((count * 7919) % users.length))}%22`,
      })
    case 'get':
      return count => ({ method: 'GET', path: `/Users/${at(users, count)}` })
    case 'disable by PATCH':
      // Each pass over the users inverts the previous one, so that every request changes something.
      return count => ({
        method: 'PATCH',
        path: `/Users/${at(users, count)}`,
        body: patchOf({ op: 'replace', path: 'active', value: Math.floor(count / users.length) % 2 === 1 }),
      })
    case 'add or remove a member':
      return count => {
        const pair = Math.floor(count / 2)
        return {
          method: 'PATCH',
          path: `/Groups/${group === 'large' ? largeGroup : at(smallGroups, pair)}`,
          body: patchOf({
            op: count % 2 === 0 ? 'add' : 'remove',
            path: 'members',
            value: [{ value: at(outsiders, pair) }],
          }),
        }
      }
  }
}

/** Loads a server for some seconds and returns its throughput and latency. Throws on a response other than 2xx. */
export async function load(
  name: CaseName,
  target: Target,
  group: 'small' | 'large',
  seconds: number,
): Promise<Measured> {
  const next = requestsFor(name, target, group)
  const { base, headers: own } = name === 'create' ? (target.newcomers ?? target) : target
  const root = new URL(base).pathname.replace(/\/$/, '')
  let count = 0
  const result = await autocannon({
    url: base,
    connections,
    duration: seconds,
    requests: [
      {
        setupRequest: request => {
          const { method, path, body } = next(count++)
          const headers = { ...own, 'content-type': 'application/scim+json' }
          return { ...request, method, path: `${root}${path}`, headers, ...(body !== undefined && { body }) }
        },
      },
    ],
  })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(
      `${name}: ${result.non2xx} rejected, ${result.errors} failed (${JSON.stringify(result.statusCodeStats)})`,
    )
  return { perSecond: result.requests.average, p99: result.latency.p99 }
}
