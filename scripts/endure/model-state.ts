/** The resources of one client in a directory. Only that client changes them, so the acknowledged state is exact. */
export type LaneState = {
  readonly users: ReadonlyMap<string, UserState>
  readonly groups: ReadonlyMap<string, GroupState>
  /** Deleted users and groups, by id. */
  readonly gone: ReadonlyMap<string, GoneState>
  /** The client's members in the group that all clients of a tenant change concurrently. */
  readonly shared: SharedState
}
export type UserState = {
  readonly name: string
  readonly title: string | undefined
  readonly active: boolean
  readonly version: number
}
export type GroupState = {
  readonly name: string
  readonly version: number
  readonly members: ReadonlySet<string>
}
type GoneState = {
  readonly type: 'User' | 'Group'
  readonly name: string
  readonly version: number
  readonly purged: boolean
}
export type SharedState = {
  /** Undefined if the tenant has no shared group. */
  readonly id: string | undefined
  readonly members: ReadonlySet<string>
  /** The number of the group's versions that this client created. */
  readonly changes: number
}

export const nothing = (shared?: string): LaneState => ({
  users: new Map(),
  groups: new Map(),
  gone: new Map(),
  shared: { id: shared, members: new Set(), changes: 0 },
})

/** A request; `created` is the ID in its response. */
export type Operation =
  | { readonly do: 'create user' | 'create group'; readonly name: string; created?: string }
  | { readonly do: 'set title'; readonly id: string; readonly title: string }
  | { readonly do: 'set active'; readonly id: string; readonly active: boolean }
  | {
      readonly do: 'replace'
      readonly id: string
      readonly name: string
      readonly title: string | undefined
    }
  | { readonly do: 'rename group'; readonly id: string; readonly name: string }
  | { readonly do: 'join' | 'leave'; readonly group: string; readonly user: string }
  | { readonly do: 'delete user' | 'delete group' | 'read'; readonly id: string }
  | { readonly do: 'find'; readonly name: string }
  | { readonly do: 'purge'; readonly ids: readonly string[] }

/** The short result of a request. */
export type Result = 'done' | 'missing' | 'taken' | `shows ${string}`

type Step = { readonly result: Result; readonly next: LaneState }

export type Rules = { readonly unknownMembers: 'reject' | 'keep' }

/** The result of a request, and the client's state after it. */
export function stepOf(state: LaneState, operation: Operation, rules: Rules): Step {
  const same = (result: Result): Step => ({ result, next: state })
  switch (operation.do) {
    case 'create user': {
      if (idOf(state, operation.name) !== undefined) return same('taken')
      const user = { name: operation.name, title: undefined, active: true, version: 1 }
      return { result: 'done', next: { ...state, users: put(state.users, operation.created ?? '', user) } }
    }
    case 'create group': {
      const group = { name: operation.name, version: 1, members: new Set<string>() }
      return { result: 'done', next: { ...state, groups: put(state.groups, operation.created ?? '', group) } }
    }
    case 'set title':
      return withUser(state, operation.id, user => ({ ...user, title: operation.title }))
    case 'set active':
      return withUser(state, operation.id, user => ({ ...user, active: operation.active }))
    case 'replace':
      return withUser(state, operation.id, user => ({ ...user, title: operation.title, active: true }))
    case 'rename group': {
      const group = state.groups.get(operation.id)
      if (!group) return same('missing')
      const renamed = { ...group, name: operation.name, version: group.version + 1 }
      return { result: 'done', next: { ...state, groups: put(state.groups, operation.id, renamed) } }
    }
    case 'join':
      if (!hasGroup(state, operation.group)) return same('missing')
      if (rules.unknownMembers === 'reject' && !state.users.has(operation.user)) return same('missing')
      return { result: 'done', next: withMember(state, operation.group, operation.user, true) }
    case 'leave':
      if (!hasGroup(state, operation.group)) return same('missing')
      return { result: 'done', next: withMember(state, operation.group, operation.user, false) }
    case 'delete user':
      return withoutUser(state, operation.id)
    case 'delete group': {
      const group = state.groups.get(operation.id)
      if (!group) return same('missing')
      const { name, version } = group
      return {
        result: 'done',
        next: {
          ...state,
          groups: without(state.groups, operation.id),
          gone: put(state.gone, operation.id, { type: 'Group', name, version, purged: false }),
        },
      }
    }
    case 'read': {
      const user = state.users.get(operation.id)
      return same(user ? `shows ${shown(user.name, user.title, user.active)}` : 'missing')
    }
    case 'find':
      return same(`shows ${idOf(state, operation.name) ?? 'none'}`)
    case 'purge': {
      const retained = operation.ids.filter(id => state.gone.get(id)?.purged === false)
      return { result: `shows ${shown(...retained)}`, next: purged(state, retained) }
    }
  }
}

export const shown = (...values: readonly unknown[]): string => JSON.stringify(values)

/** The state with these deleted resources, or all of them, purged. */
export const purged = (state: LaneState, ids: Iterable<string> = state.gone.keys()): LaneState => {
  const gone = new Map(state.gone)
  for (const id of ids) {
    const one = gone.get(id)
    if (one) gone.set(id, { ...one, purged: true })
  }
  return { ...state, gone }
}

const idOf = (state: LaneState, name: string): string | undefined => {
  for (const [id, user] of state.users) if (user.name === name) return id
  return undefined
}

const hasGroup = (state: LaneState, id: string) => state.groups.has(id) || state.shared.id === id

function withUser(state: LaneState, id: string, change: (user: UserState) => UserState): Step {
  const user = state.users.get(id)
  if (!user) return { result: 'missing', next: state }
  const next = change(user)
  if (next.title === user.title && next.active === user.active) return { result: 'done', next: state }
  return {
    result: 'done',
    next: { ...state, users: put(state.users, id, { ...next, version: user.version + 1 }) },
  }
}

/** Creates no version if nothing changes. */
function withMember(state: LaneState, groupId: string, user: string, isMember: boolean): LaneState {
  const change = (members: ReadonlySet<string>) => {
    const next = new Set(members)
    if (isMember) next.add(user)
    else next.delete(user)
    return next
  }
  if (groupId === state.shared.id) {
    const { members, changes } = state.shared
    if (members.has(user) === isMember) return state
    return { ...state, shared: { id: groupId, members: change(members), changes: changes + 1 } }
  }
  const group = state.groups.get(groupId)
  if (!group || group.members.has(user) === isMember) return state
  const next = { ...group, members: change(group.members), version: group.version + 1 }
  return { ...state, groups: put(state.groups, groupId, next) }
}

function withoutUser(state: LaneState, id: string): Step {
  const user = state.users.get(id)
  if (!user) return { result: 'missing', next: state }
  const groups = [...state.groups.keys(), ...(state.shared.id === undefined ? [] : [state.shared.id])]
  const left = groups.reduce((before, group) => withMember(before, group, id, false), state)
  const { name, version } = user
  return {
    result: 'done',
    next: {
      ...left,
      users: without(left.users, id),
      gone: put(left.gone, id, { type: 'User', name, version, purged: false }),
    },
  }
}

const put = <Value>(map: ReadonlyMap<string, Value>, id: string, value: Value) => new Map(map).set(id, value)

const without = <Value>(map: ReadonlyMap<string, Value>, id: string) => {
  const rest = new Map(map)
  rest.delete(id)
  return rest
}
