import { LRUCache } from 'lru-cache'
import type { Exchange } from '../../../domain/journal/exchange.ts'
import type {
  Directory,
  ExchangeEffects,
  HistoryEntry,
  PastResource,
} from '../../../domain/ports/directory.ts'
import type { Journal } from '../../../domain/ports/journal.ts'
import type { Tenant } from '../../../domain/tenants/tenant.ts'
import { groupType, userType } from '../../../scim/core-schemas.ts'
import { differencesBetween } from '../../../scim/differences.ts'
import { resourceFromDocument } from '../../../scim/document.ts'
import { isObject, type Json } from '../../../scim/json.ts'
import { isConvincing } from '../../../scim/recognition/products.ts'
import { typeByName } from '../../../scim/resource-types.ts'
import type {
  ClientHabits,
  DiagnosisSubject,
  DirectWrite,
  EmptyGroup,
  ListCut,
  Stranger,
  TokenUse,
} from './subject.ts'

/** Clients, and groups and look-ups of each, that are followed: the most recent ones. */
const maxFollowedClients = 1000
const maxGroups = 1000
const maxMatched = 10_000

/** Options of a cache that takes memory for its entries only. With `max`, it takes 20 bytes for each possible entry at once. */
export const atMost = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 })

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
  read: new LRUCache(atMost(maxGroups)),
  matched: new LRUCache(atMost(maxMatched)),
  empty: new LRUCache(atMost(maxGroups)),
  configReads: 0,
  addsAfterRead: 0,
  hasRemoved: false,
  lastUserRequest: 0,
})

/** Follows what clients do with groups, by their access tokens. Call it for each exchange, in the order of responses. */
export function createHabitTracker(): (subject: DiagnosisSubject) => ClientHabits | undefined {
  const states = new LRUCache<string, ClientState>(atMost(maxFollowedClients))
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

const foundIds = ({ lookup, answer }: DiagnosisSubject): readonly string[] =>
  lookup && Array.isArray(answer?.Resources)
    ? (answer.Resources as readonly Json[]).flatMap(resource =>
        isObject(resource) && typeof resource.id === 'string' ? [resource.id] : [],
      )
    : []

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

type History = TokenUse & {
  readonly exchange: string
  readonly requests: number
  readonly expiredToken?: string
}

const maxTokenClients = 10_000

const noHistory: History = { exchange: '', requestedInRow: 0, expiredInRow: 0, requests: 0 }

/** Follows how clients use their access tokens. Call it for each exchange, in the order of responses. */
export function createTokenUseCounter(): (exchange: Exchange) => TokenUse | undefined {
  const histories = new LRUCache<string, History>(atMost(maxTokenClients))
  return exchange => {
    const { id, tenant, credential } = exchange
    if (credential?.kind !== 'client') return undefined
    const key = `${tenant} ${credential.client}`
    const before = histories.get(key) ?? noHistory
    // An exchange is analyzed again if its findings could not be saved.
    const after = before.exchange === id ? before : { ...nextHistory(before, exchange), exchange: id }
    histories.set(key, after)
    return after
  }
}

function nextHistory(before: History, exchange: Exchange): Omit<History, 'exchange'> {
  const { operation, status, refusal, credential } = exchange
  if (operation === 'token') {
    if (status !== 200) return before
    const isRepeated = before.requestedInRow > 0 && before.requests <= 1
    return { requestedInRow: isRepeated ? before.requestedInRow + 1 : 1, expiredInRow: 0, requests: 0 }
  }
  const used = { ...before, requests: before.requests + 1 }
  const token = credential?.kind === 'client' ? credential.accessToken : undefined
  if (refusal !== 'expired' || token === undefined) return { ...used, expiredInRow: 0 }
  const isSame = token === before.expiredToken
  return { ...used, expiredToken: token, expiredInRow: isSame ? before.expiredInRow + 1 : 1 }
}

/** Lists with fewer resources are connection tests: Okta requests two. */
const minShown = 10

export async function readListCut(
  exchange: Exchange,
  tenant: Tenant,
  counts: Directory['counts'],
): Promise<ListCut | undefined> {
  const type = exchange.target?.type
  const shown = isWholeList(exchange) ? shownIn(exchange) : 0
  if (type === undefined || shown < minShown) return undefined
  const [found] = await counts([tenant.key])
  const { active = 0, disabled = 0 } = found?.[type] ?? {}
  const existing = active + disabled
  return existing > shown ? { type, shown, existing } : undefined
}

const isWholeList = ({ method, status, profile, target, url }: Exchange): boolean => {
  if (method !== 'GET' || status !== 200 || profile !== 'aws' || target?.id !== undefined) return false
  const parameters = new URLSearchParams(url.split('?')[1] ?? '')
  return !parameters.has('filter') && !parameters.has('cursor')
}

/** The beginning of a truncated response is enough. */
const shownIn = ({ response: { body = '' } }: Exchange): number =>
  Number(/"itemsPerPage"\s*:\s*(\d+)/.exec(body)?.[1] ?? 0)

type StrangerDeps = { readonly history: Directory['history']; readonly findExchange: Journal['find'] }

/** A resource with a longer history is not examined. */
const maxHistory = 20

/** Undefined if the request's token also created or changed the resource, or if the creator is unknown. */
export async function readStranger(
  { id, method, status, api, token, target }: Exchange,
  tenant: Tenant,
  { history, findExchange }: StrangerDeps,
): Promise<Stranger | undefined> {
  if (method !== 'DELETE' || status >= 300 || api !== undefined || !token || target?.id === undefined)
    return undefined
  const page = await history(tenant.key, target.type, target.id, { limit: maxHistory })
  const entries = page?.items ?? []
  const creation = entries.find(entry => entry.kind === 'version' && entry.action === 'created')
  if (!creation) return undefined
  const others = entries.filter(entry => entry.exchange !== id && entry.via === undefined)
  const exchanges = await Promise.all([...new Set(others.flatMap(exchangeOf))].map(findExchange))
  if (exchanges.some(exchange => exchange?.token?.id === token.id)) return undefined
  if (creation.via?.api === 'identity-store') return { accessKey: creation.via.accessKey }
  const client = exchanges.find(exchange => exchange?.id === creation.exchange)?.notes?.recognized
  return client && isConvincing(client) ? { createdBy: client.product } : undefined
}

const exchangeOf = ({ exchange }: HistoryEntry): readonly string[] =>
  exchange === undefined ? [] : [exchange]

type DirectWriteDeps = {
  readonly effects: Pick<ExchangeEffects, 'causedBy' | 'stateBefore'>
  readonly authors: Directory['authors']
}

export async function readDirectWrite(
  { id, api, apiOperation = '', status, target, tenantTime }: Exchange,
  tenant: Tenant,
  { effects, authors }: DirectWriteDeps,
): Promise<DirectWrite | undefined> {
  const type = typeByName(tenant.profile.schema.resourceTypes, target?.type ?? '')
  const isWrite = api === 'identity-store' && status < 400 && /^(Create|Update|Delete)/.test(apiOperation)
  if (!isWrite || !type || target?.id === undefined) return undefined
  const moment = { exchange: id, at: tenantTime }
  const [before, { resources, memberships }] = await Promise.all([
    effects.stateBefore(tenant.key, type.name, target.id, moment),
    effects.causedBy(tenant.key, type.name, target.id, moment),
  ])
  const changed = resources.find(one => one.id === target.id)
  if (!changed && memberships.length === 0) return undefined
  const after = changed?.after.document
  const isDeleted = changed !== undefined && after === undefined
  return {
    kind: before === undefined ? 'created' : isDeleted ? 'deleted' : 'changed',
    type,
    isProvisioned: before !== undefined && (await isProvisioned(before, tenant, authors)),
    differences:
      before === undefined || after === undefined
        ? []
        : differencesBetween(
            type,
            resourceFromDocument(before),
            resourceFromDocument({ document: after }),
          ).filter(({ path }) => type.nonScim === undefined || !path.startsWith(type.nonScim.name)),
    memberships,
  }
}

export async function isProvisioned(
  { key, document }: PastResource,
  tenant: Tenant,
  authors: Directory['authors'],
): Promise<boolean> {
  const stored: Json = JSON.parse(document)
  if (isObject(stored) && stored.externalId !== undefined) return true
  return (await authors(tenant.key, [key])).get(key)?.created === undefined
}
