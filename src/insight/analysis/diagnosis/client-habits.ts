import { LRUCache } from 'lru-cache'
import type { Exchange } from '../../../domain/journal/exchange.ts'
import { groupType, userType } from '../../../scim/core-schemas.ts'
import { isObject, type Json } from '../../../scim/json.ts'
import type { ClientHabits, DiagnosisSubject, EmptyGroup } from './subject.ts'

/** Clients, and groups and look-ups of each, that are followed: the most recent ones. */
const maxClients = 1000
const maxGroups = 1000
const maxMatched = 10_000

/** Milliseconds that a client has for the members of a group that it created. */
const memberDelay = 10 * 60 * 1000

type ClientState = {
  readonly read: LRUCache<string, true>
  readonly matched: LRUCache<string, true>
  readonly empty: LRUCache<string, EmptyGroup>
  configReads: number
  addsAfterRead: number
  hasRemoved: boolean
  lastUserRequest: number
  /** An exchange is analyzed again if its findings could not be saved. */
  last?: { readonly exchange: string; readonly habits: ClientHabits }
}

const newState = (): ClientState => ({
  read: new LRUCache({ max: maxGroups }),
  matched: new LRUCache({ max: maxMatched }),
  empty: new LRUCache({ max: maxGroups }),
  configReads: 0,
  addsAfterRead: 0,
  hasRemoved: false,
  lastUserRequest: 0,
})

/** Follows what clients do with groups, by their access tokens. Call it for each exchange, in the order of responses. */
export function createHabitTracker(): (subject: DiagnosisSubject) => ClientHabits | undefined {
  const states = new LRUCache<string, ClientState>({ max: maxClients })
  return subject => {
    const { id, tenant, token } = subject.exchange
    if (tenant === undefined || token === undefined) return undefined
    const key = `${tenant} ${token.id}`
    const state = states.get(key) ?? newState()
    states.set(key, state)
    if (state.last?.exchange === id) return state.last.habits
    const habits = follow(state, subject)
    state.last = { exchange: id, habits }
    return habits
  }
}

function follow(state: ClientState, subject: DiagnosisSubject): ClientHabits {
  const { exchange, type } = subject
  const { method, status, target, tenantTime } = exchange
  for (const found of foundIds(subject)) state.matched.set(found, true)
  if (type === userType && status < 300) state.lastUserRequest = tenantTime
  state.configReads = announcesPaging(subject) ? state.configReads + 1 : 0
  const adds = type === groupType && target?.id !== undefined && status < 300 && followGroup(state, subject)
  const emptyGroup = method === 'GET' && type === groupType ? undefined : takeEmptyGroup(state, tenantTime)
  return {
    configReads: state.configReads,
    addsAfterRead: adds && !state.hasRemoved ? state.addsAfterRead : 0,
    hasMatched: state.matched.has(target?.id ?? ''),
    ...(emptyGroup && { emptyGroup }),
  }
}

/** Whether the response is a ServiceProviderConfig with the member of RFC 9865. */
const announcesPaging = ({ exchange: { method, url, status }, answer }: DiagnosisSubject): boolean =>
  method === 'GET' &&
  status === 200 &&
  /\/ServiceProviderConfigs?(\?|$)/i.test(url) &&
  isObject(answer?.pagination)

/** The ids in the response to a look-up. */
const foundIds = ({ lookup, answer }: DiagnosisSubject): readonly string[] =>
  lookup && Array.isArray(answer?.Resources)
    ? (answer.Resources as readonly Json[]).flatMap(resource =>
        isObject(resource) && typeof resource.id === 'string' ? [resource.id] : [],
      )
    : []

/** Whether the request adds members to a group that the client had read. */
function followGroup(state: ClientState, subject: DiagnosisSubject): boolean {
  const { exchange } = subject
  const { method, target, tenantTime } = exchange
  const id = target?.id ?? ''
  switch (method) {
    case 'GET':
      if (readsMembers(exchange)) state.read.set(id, true)
      return false
    case 'POST':
      if (!writesMembers(subject)) state.empty.set(id, { label: target?.label ?? id, created: tenantTime })
      return false
    case 'DELETE':
      state.empty.delete(id)
      return false
    default: {
      if (writesMembers(subject)) state.empty.delete(id)
      if (removesMembers(subject)) state.hasRemoved = true
      const isAdd = state.read.has(id) && writesMembers(subject)
      if (isAdd) state.addsAfterRead++
      return isAdd
    }
  }
}

/** Entra ID requests groups without their members. */
const readsMembers = ({ url }: Exchange): boolean =>
  !url
    .slice(url.indexOf('?') + 1)
    .split('&')
    .some(parameter => /^excludedAttributes=.*members/i.test(parameter))

const writesMembers = ({ writtenValues }: DiagnosisSubject): boolean =>
  writtenValues.some(({ path, op, value }) => isMemberPath(path) && !isRemoval(op) && value !== null)

/** Members are also removed when they are replaced, or the whole group is. */
const removesMembers = ({ exchange, operations }: DiagnosisSubject): boolean =>
  exchange.method === 'PUT' ||
  operations.some(
    ({ op, path = '', value }) =>
      (isRemoval(op) && isMemberPath(path)) ||
      (/^replace$/i.test(op) && (isMemberPath(path) || hasMembers(value))),
  )

const isMemberPath = (path: string): boolean => /^members\b/i.test(path)

const isRemoval = (op: string | undefined): boolean => /^remove$/i.test(op ?? '')

const hasMembers = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).some(isMemberPath)

/** Each group is returned once. */
function takeEmptyGroup({ empty, lastUserRequest }: ClientState, now: number): EmptyGroup | undefined {
  for (const [id, group] of empty.entries()) {
    if (now - group.created < memberDelay || lastUserRequest < group.created) continue
    empty.delete(id)
    return group
  }
  return undefined
}
