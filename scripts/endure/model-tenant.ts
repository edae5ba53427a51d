import { type Client, createClient, groupBody } from './client.ts'
import { type ConsoleCall, createConsole, wholeList } from './console.ts'
import { createLane, type Lane } from './model-lane.ts'
import { pictureOf } from './model-resolve.ts'
import { type GroupState, type LaneState, nothing, type Rules, type UserState } from './model-state.ts'
import type { Random } from './random.ts'
import type { Served } from './server.ts'
import { require } from './trial.ts'

/** The observed state of a tenant: the resources of each client, and the version of the shared group. */
type Seen = { readonly lanes: readonly LaneState[]; readonly sharedVersion: number | undefined }

/** A tenant whose directory is the union of its clients' resources. */
export type ModelTenant = {
  readonly id: string
  readonly lanes: readonly Lane[]
  /** Increases when another tenant is created with the same ID. */
  generation(): number
  /** Creates the tenant and a token. */
  create(): Promise<void>
  /** Deletes the tenant. */
  remove(): Promise<void>
  /** Continues with the tenant on another server. */
  moveTo(server: Served): void
  observe(): Promise<Seen>
  /** Creates the group that its clients share. */
  share(): Promise<void>
  readonly console: ConsoleCall
}

type ListedUser = { readonly userName: string; readonly title?: string; readonly active: boolean }

async function page(client: Client, from: string) {
  const { status, body } = await client.callApi('GET', `/Users?count=50&${from}`)
  require(status === 200, `a list: ${status} ${JSON.stringify(body)}`)
  return body
}

type Options = {
  readonly id: string
  readonly profile: string
  readonly clients: number
  readonly random: Random
  readonly rules: Rules
}

export function createModelTenant(
  first: Served,
  { id, profile, clients, random, rules }: Options,
): ModelTenant {
  let server = first
  let generation = 0
  let token = ''
  let shared = 0
  const owners = new Map<string, number>()
  const base = () => `${new URL(server.base).origin}/${id}/scim/v2`
  const api: ConsoleCall = (...call) => createConsole(`${server.console}/api/v1`)(...call)
  const console: ConsoleCall = (method, path, body) => api(method, `/tenants/${id}${path}`, body)
  const lanes = Array.from({ length: clients }, (_, lane) =>
    createLane({
      name: `${id}-${lane}`,
      random,
      rules,
      console,
      created: created => owners.set(created, lane),
    }),
  )
  const connect = () => {
    for (const lane of lanes) lane.connect(base(), token)
  }
  const ownerOf = (resource: string): number => {
    const owner = owners.get(resource)
    require(owner !== undefined, `no client created ${resource} in ${id}`)
    return owner
  }

  const share = async () => {
    const client = createClient(base(), 1, token)
    const { status, body } = await client.callApi('POST', '/Groups', groupBody(`shared ${id} ${++shared}`))
    client.close()
    require(status === 201, `the shared group: ${status}`)
    for (const lane of lanes) {
      lane.settle({ ...lane.state(), shared: { id: body.id, members: new Set(), changes: 0 } })
    }
  }

  /** The users listed by SCIM, because only SCIM returns titles. Uses cursors if available: AWS pages by cursor only. */
  const listed = async () => {
    const client = createClient(base(), 1, token)
    const found = new Map<string, ListedUser>()
    let count = 0
    let from: string | undefined = 'cursor='
    while (from !== undefined) {
      const { Resources = [], nextCursor, totalResults } = await page(client, from)
      for (const user of Resources) found.set(user.id, user)
      count += Resources.length
      from =
        nextCursor !== undefined
          ? `cursor=${nextCursor}`
          : totalResults > count
            ? `startIndex=${count + 1}`
            : undefined
    }
    client.close()
    require(found.size === count, `${id} lists ${count} users with duplicates`)
    return found
  }

  const observe = async (): Promise<Seen> => {
    const seen = lanes.map(() => ({
      users: new Map<string, UserState>(),
      groups: new Map<string, GroupState>(),
      gone: new Map(),
      members: new Set<string>(),
    }))
    const listedUsers = await listed()
    const put = (kind: 'users' | 'groups' | 'gone', resource: string, value: unknown) =>
      (seen[ownerOf(resource)]?.[kind] as Map<string, unknown> | undefined)?.set(resource, value)
    for (const { id: key, label: name, status, revisions: version } of await wholeList(console, '/users')) {
      if (status === 'active' || status === 'disabled') {
        const user = listedUsers.get(key)
        require(user?.userName ===
          name, `${key} is listed as ${user?.userName} by SCIM and as ${name} by the console`)
        const { title, active } = user as ListedUser
        require(active === (status === 'active'), `${name} has the status ${status}, but active is ${active}`)
        put('users', key, { name, title, active, version })
      } else put('gone', key, { type: 'User', name, version, purged: status === 'removed' })
    }
    const count = seen.reduce((sum, { users }) => sum + users.size, 0)
    require(count === listedUsers.size, `${id}: the console lists ${count} users, SCIM ${listedUsers.size}`)
    let sharedGroup: { readonly id: string; readonly version: number } | undefined
    for (const { id: group, label: name, status, revisions: version } of await wholeList(
      console,
      '/groups',
    )) {
      if (status !== 'active') {
        put('gone', group, { type: 'Group', name, version, purged: status === 'removed' })
        continue
      }
      const found = await wholeList(console, `/groups/${group}/members`)
      const members: readonly string[] = found.map(member => member.id)
      if (owners.has(group)) {
        put('groups', group, { name, version, members: new Set(members) })
        continue
      }
      require(sharedGroup === undefined &&
        name.startsWith('shared '), `${id} has an unexpected group ${name}`)
      sharedGroup = { id: group, version }
      for (const member of members) seen[ownerOf(member)]?.members.add(member)
    }
    return {
      lanes: seen.map(({ users, groups, gone, members }) => ({
        users,
        groups,
        gone,
        shared: { id: sharedGroup?.id, members, changes: 0 },
      })),
      sharedVersion: sharedGroup?.version,
    }
  }

  return {
    id,
    lanes,
    generation: () => generation,
    console,
    share,
    observe,
    async create() {
      generation++
      await api('POST', '/tenants', { id, profile })
      token = (await console('POST', '/tokens', {})).value
      connect()
      for (const lane of lanes) lane.settle(nothing())
      await share()
    },
    remove: () => console('DELETE', ''),
    moveTo(other) {
      server = other
      connect()
    },
  }
}

/** Throws `TrialError` unless a tenant has exactly the resources and versions of its clients. */
export function requireSame(tenant: ModelTenant, seen: Seen, when: string): void {
  for (const [at, lane] of tenant.lanes.entries()) {
    const [actual, expected] = [pictureOf(seen.lanes[at] ?? nothing()), pictureOf(lane.state())]
    require(actual ===
      expected, `${when}: client ${at} of ${tenant.id}: expected ${expected}, found ${actual}`)
  }
  const changes = tenant.lanes.reduce((sum, lane) => sum + lane.state().shared.changes, 0)
  const isShared = tenant.lanes[0]?.state().shared.id !== undefined
  require(seen.sharedVersion ===
    (isShared
      ? 1 + changes
      : undefined), `${when}: the shared group of ${tenant.id} has version ${seen.sharedVersion} after ${changes} changes`)
}
