import { type Client, type ClientResponse, createClient, groupBody, patchOp, userBody } from './client.ts'
import type { ConsoleCall } from './console.ts'
import type { Log, Sent } from './model-resolve.ts'
import {
  type LaneState,
  nothing,
  type Operation,
  type Result,
  type Rules,
  shown,
  stepOf,
} from './model-state.ts'
import type { Random } from './random.ts'
import { require } from './trial.ts'

type LaneOptions = {
  readonly name: string
  readonly random: Random
  readonly rules: Rules
  /** Calls the console's API below the tenant. */
  readonly console: ConsoleCall
  /** Receives each ID that the server assigned to a resource of this client. */
  readonly created: (id: string) => void
}

/** A client and the expected state of its resources. */
export type Lane = {
  connect(base: string, token: string): void
  /** Sends a random request; throws `TrialError` if the response is not the expected one. */
  act(): Promise<void>
  /** Sends a given request. */
  send(operation: Operation): Promise<Result>
  /**
   * From now on responses are not checked, because the data may be replaced at any moment; `log` must explain them
   * afterwards.
   */
  loosen(): void
  state(): LaneState
  log(): Log
  /** Sets the known state, and checks responses again. */
  settle(state: LaneState): void
  close(): void
}

const maxUsers = 12
const maxGroups = 3

export function createLane(options: LaneOptions): Lane {
  const { name, random, rules, console, created } = options
  let client: Client | undefined
  let state = nothing()
  let before = state
  let sent: Sent[] = []
  let isLoose = false
  let names = 0

  const send = async (operation: Operation): Promise<Result> => {
    if (!client) throw new Error('The lane is not connected.')
    const began = performance.now()
    const result = await resultOf(client, console, operation)
    if ('created' in operation && operation.created !== undefined) created(operation.created)
    sent.push({ operation, result, sent: began, receivedAt: performance.now() })
    const step = stepOf(state, operation, rules)
    if (step.result === result) state = step.next
    else require(isLoose, `${shown(operation)} returned "${result}" instead of "${step.result}"`)
    return result
  }

  return {
    connect(base, token) {
      client?.close()
      client = createClient(base, 1, token)
    },
    send,
    act: async () => {
      await send(randomOperation(state, random, () => `${name}-${++names}`))
    },
    loosen: () => {
      isLoose = true
    },
    state: () => state,
    log: () => ({ before, sent }),
    settle(known) {
      state = known
      before = known
      sent = []
      isLoose = false
    },
    close: () => client?.close(),
  }
}

/** A random request that fits the client's state. */
function randomOperation(state: LaneState, random: Random, freshName: () => string): Operation {
  const users = [...state.users]
  const groups = [...state.groups]
  const gone = [...state.gone]
  const any = <Item>(items: readonly Item[]) => (items.length === 0 ? undefined : random.of(items))
  const user = any(users)
  const group = any(groups)
  const deletedUser = any(gone.filter(([, { type }]) => type === 'User'))
  const create = (): Operation => ({ do: 'create user', name: freshName() })
  if (!user) return create()
  const [id, { name }] = user
  // Sometimes a deleted user.
  const target = deletedUser && random.chance(0.05) ? deletedUser[0] : id
  const title = random.chance(0.2) ? undefined : `title ${random.below(4)}`
  const roll = random.below(100)
  if (roll < 12) return users.length < maxUsers ? create() : { do: 'delete user', id: target }
  if (roll < 15) return { do: 'create user', name: deletedUser?.[1].name ?? name }
  if (roll < 17) return { do: 'create user', name }
  if (roll < 31) return { do: 'set title', id: target, title: title ?? 'another' }
  if (roll < 37) return { do: 'set active', id: target, active: random.chance(0.5) }
  if (roll < 45) return { do: 'replace', id, name, title }
  if (roll < 51) return { do: 'delete user', id: target }
  if (roll < 55)
    return groups.length < maxGroups || !group
      ? { do: 'create group', name: freshName() }
      : { do: 'delete group', id: group[0] }
  if (roll < 58 && group) return { do: 'rename group', id: group[0], name: freshName() }
  if (roll < 78) {
    const which = random.chance(0.5) ? state.shared.id : group?.[0]
    const member = any([...(group?.[1].members ?? [])])
    if (which === undefined) return create()
    return random.chance(0.6)
      ? { do: 'join', group: which, user: id }
      : { do: 'leave', group: which, user: member ?? id }
  }
  if (roll < 90) return { do: 'read', id: target }
  if (roll < 98) return { do: 'find', name: deletedUser && random.chance(0.2) ? deletedUser[1].name : name }
  return { do: 'purge', ids: gone.slice(0, 3).map(([goneId]) => goneId) }
}

async function resultOf(client: Client, console: ConsoleCall, operation: Operation): Promise<Result> {
  const patch = async (path: string, change: object) =>
    doneOf(await client.callApi('PATCH', path, patchOp(change)), operation)
  switch (operation.do) {
    case 'create user':
    case 'create group': {
      const [path, body] =
        operation.do === 'create user'
          ? (['/Users', userBody(operation.name)] as const)
          : (['/Groups', groupBody(operation.name)] as const)
      const response = await client.callApi('POST', path, body)
      if (response.status === 201) operation.created = response.body.id
      return doneOf(response, operation)
    }
    case 'set title':
      return patch(`/Users/${operation.id}`, { op: 'replace', path: 'title', value: operation.title })
    case 'set active':
      return patch(`/Users/${operation.id}`, { op: 'replace', path: 'active', value: operation.active })
    case 'replace': {
      const body = { ...userBody(operation.name, operation.title), id: operation.id }
      return doneOf(await client.callApi('PUT', `/Users/${operation.id}`, body), operation)
    }
    case 'rename group':
      return patch(`/Groups/${operation.id}`, { op: 'replace', path: 'displayName', value: operation.name })
    case 'join':
      return patch(`/Groups/${operation.group}`, {
        op: 'add',
        path: 'members',
        value: [{ value: operation.user }],
      })
    case 'leave':
      return patch(`/Groups/${operation.group}`, {
        op: 'remove',
        path: `members[value eq "${operation.user}"]`,
      })
    case 'delete user':
      return doneOf(await client.callApi('DELETE', `/Users/${operation.id}`), operation)
    case 'delete group':
      return doneOf(await client.callApi('DELETE', `/Groups/${operation.id}`), operation)
    case 'read': {
      const response = await client.callApi('GET', `/Users/${operation.id}`)
      const { userName, title, active } = response.body ?? {}
      return response.status === 200 ? `shows ${shown(userName, title, active)}` : doneOf(response, operation)
    }
    case 'find': {
      const filter = encodeURIComponent(`userName eq "${operation.name}"`)
      const response = await client.callApi('GET', `/Users?filter=${filter}`)
      require(response.status === 200 && response.body.totalResults < 2, `find: ${shown(response)}`)
      return `shows ${response.body.Resources?.[0]?.id ?? 'none'}`
    }
    case 'purge': {
      if (operation.ids.length === 0) return `shows ${shown()}`
      const { purged } = await console('POST', '/stale/purge', { ids: operation.ids })
      return `shows ${shown(...purged)}`
    }
  }
}

function doneOf({ status, body }: ClientResponse, operation: Operation): Result {
  if (status < 300) return 'done'
  if (status === 404 || (status === 400 && operation.do === 'join')) return 'missing'
  require(status === 409, `${shown(operation)} returned ${status} ${shown(body)}`)
  return 'taken'
}
