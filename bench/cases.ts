import { newUser, patchOf, type Seeded, spread, userNameOf } from './data.ts'
import type { RequestSpec } from './driver.ts'
import type { BenchOptions, Target } from './fixture.ts'

/** A kind of requests. */
export type Case = {
  readonly name: string
  /** The tenant that the requests are sent to. */
  readonly endpoint: 'directory' | 'newcomers'
  readonly connections: number
  /** The names of servers that do not take part. */
  readonly without?: readonly string[]
  /** Returns the request with this number. */
  readonly request: (target: Target, at: number) => RequestSpec
}

export const get: Case = {
  name: 'GET',
  endpoint: 'directory',
  connections: 25,
  request: ({ seeded: { users } }, at) => ({ method: 'GET', path: `/Users/${spread(users, at)}` }),
}

/**
 * How many users of a directory a PATCH has disabled or enabled. Each pass over them inverts the previous one, also that of another part:
 * a request that changes nothing would cost less.
 */
const switched = new WeakMap<Seeded, number>()

export const onHotPaths: readonly Case[] = [
  get,
  {
    ...get,
    name: 'look-up by userName',
    request: ({ seeded: { users } }, at) => ({
      method: 'GET',
      path: `/Users?filter=userName+eq+%22${encodeURIComponent(userNameOf((at * 7919) % users.length))}%22`,
    }),
  },
  {
    ...get,
    name: 'look-up without a hit',
    request: (_target, at) => ({
      method: 'GET',
      path: `/Users?filter=userName+eq+%22absent-${at}%40example.com%22`,
    }),
  },
  {
    ...get,
    name: 'page of 100',
    // Reads all users for each page.
    without: ['SCIMMY'],
    request: () => ({ method: 'GET', path: '/Users?count=100' }),
  },
  {
    ...get,
    name: 'create',
    endpoint: 'newcomers',
    request: () => ({ method: 'POST', path: '/Users', body: JSON.stringify(newUser()) }),
  },
  {
    ...get,
    name: 'disable by PATCH',
    request: ({ seeded }) => {
      const { users } = seeded
      const at = switched.get(seeded) ?? 0
      switched.set(seeded, at + 1)
      return {
        method: 'PATCH',
        path: `/Users/${spread(users, at)}`,
        body: patchOf({ op: 'replace', path: 'active', value: Math.floor(at / users.length) % 2 === 1 }),
      }
    },
  },
]

export const selectedCases = ({ operations }: BenchOptions): readonly Case[] =>
  onHotPaths.filter(({ name }) => operations?.includes(name) ?? true)

/** One connection, as Entra ID sends members one by one. */
export const memberCase = (size: 'small' | 'large'): Case => ({
  name: `add or remove a member, ${size} group`,
  endpoint: 'directory',
  connections: 1,
  // Has no groups here.
  without: ['SCIMMY'],
  request: ({ seeded: { smallGroups, largeGroup, outsiders } }, at) => {
    const pair = at >> 1
    return {
      method: 'PATCH',
      path: `/Groups/${size === 'large' ? largeGroup : spread(smallGroups, pair)}`,
      body: patchOf({
        op: at % 2 === 0 ? 'add' : 'remove',
        path: 'members',
        value: [{ value: spread(outsiders, pair) }],
      }),
    }
  },
})
