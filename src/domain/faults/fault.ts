import type { Immutable } from '../../scim/json.ts'
import type { NewFault as SentFault } from '../contract/faults.ts'

export type NewFault = Immutable<SentFault>
export type FaultMatch = NewFault['match']
export type FaultEffect = NewFault['effect']
export type FaultOperation = NonNullable<FaultMatch['operations']>[number]
export type FaultApi = NonNullable<FaultMatch['api']>

/** An active fault. It ends with the process on SQLite; PostgreSQL stores it for all instances. */
export type Fault = NewFault & {
  readonly id: string
  readonly summary: string
  /** Machine time in milliseconds since 1970. */
  readonly activeSince: number
  readonly hits: number
  readonly lastHit?: number
}

export type RequestFacts = {
  readonly tenant: string | undefined
  /** Undefined for a request to the AWS APIs that names none of them. */
  readonly api: FaultApi | undefined
  readonly method: string
  readonly type: string | undefined
  readonly operation: FaultOperation | undefined
  readonly url: string
  /** As received. Called only by faults that match a text. */
  readonly body: () => string
}

export const matchesRequest = (match: FaultMatch, request: RequestFacts): boolean =>
  (match.tenant === undefined || match.tenant === request.tenant) &&
  (match.api === undefined || match.api === request.api) &&
  (match.methods === undefined || match.methods.some(name => name === request.method)) &&
  (match.methods === undefined || request.operation !== 'token' || match.operations !== undefined) &&
  (match.type === undefined || match.type.toLowerCase() === request.type?.toLowerCase()) &&
  (match.operations === undefined || match.operations.some(name => name === request.operation)) &&
  (match.text === undefined || hasText(match.text.toLowerCase(), request))

/** Also searches the decoded URL, since people write the text of a filter without percent signs. */
const hasText = (text: string, { url, body }: RequestFacts) =>
  [url, decoded(url), body()].some(place => place.toLowerCase().includes(text))

function decoded(url: string): string {
  try {
    return decodeURIComponent(url.replaceAll('+', ' '))
  } catch {
    return url
  }
}

export const describeFault = ({ match, effect, times }: NewFault): string =>
  `${describeMatch(match)}: ${describeEffect(effect)}${describeTimes(times)}`

function describeMatch({ tenant, api, methods, type, operations, text, skip, every }: FaultMatch): string {
  const kind = describeKind(methods, operations)
  return [
    every !== undefined && every > 1
      ? `every ${ordinal(every)} ${kind ?? 'request'}`
      : (kind ?? 'every request'),
    type && `${kind ? 'of' : 'about'} a ${type}`,
    api && `to ${apiNames[api]}`,
    tenant && `in ${tenant}`,
    text && `containing "${text}"`,
    skip && `after the first ${skip === 1 ? 'one' : skip}`,
  ]
    .filter(Boolean)
    .join(' ')
}

const apiNames: Readonly<Record<FaultApi, string>> = {
  scim: 'SCIM',
  'identity-store': 'the Identity Store API',
  'sso-admin': 'the SSO Admin API',
  sts: 'STS',
}

function describeKind(methods: FaultMatch['methods'] = [], operations: FaultMatch['operations'] = []) {
  const method = joinAlternatives(methods)
  const operation = joinAlternatives(operations)
  return method && operation ? `${method} (${operation})` : (method ?? operation)
}

export function describeEffect(effect: FaultEffect): string {
  switch (effect.kind) {
    case 'status':
      return `${effect.status}${effect.retryAfter === undefined ? '' : `, Retry-After ${effect.retryAfter}`}`
    case 'delay':
      return `delayed ${describeSeconds(effect.milliseconds)}`
    case 'reset':
      return effect.when === 'before'
        ? 'connection reset, request not handled'
        : 'request handled, connection reset before the response'
    case 'truncate':
      return 'request handled, half of the response body sent'
    case 'body':
      return `request handled, response replaced by ${effect.status === undefined ? '' : `${effect.status} `}${bodyKind(effect)}`
    case 'token-expired':
      return '401, token expired'
    case 'token-lifetime':
      return `access token valid for ${describeSeconds(effect.seconds * 1000)}`
  }
}

const bodyKind = ({ body, mediaType }: Extract<FaultEffect, { kind: 'body' }>) =>
  body === '' ? 'empty body' : `${mediaType.split(';')[0]}`

const describeTimes = (times: number | undefined) => {
  if (times === undefined) return ''
  return times === 1 ? ', once' : `, ${times} times`
}

const describeSeconds = (milliseconds: number) => {
  const seconds = milliseconds / 1000
  return `${seconds} second${seconds === 1 ? '' : 's'}`
}

const ordinal = (number: number) => {
  const isTeen = number % 100 > 10 && number % 100 < 14
  return `${number}${(!isTeen && { 1: 'st', 2: 'nd', 3: 'rd' }[number % 10]) || 'th'}`
}

function joinAlternatives(names: readonly string[]): string | undefined {
  const last = names.at(-1)
  if (last === undefined || names.length === 1) return last
  return `${names.slice(0, -1).join(', ')} or ${last}`
}

export const maxFaults = 100

export class FaultLimitError extends Error {
  constructor() {
    super(`${maxFaults} faults are active, which is the maximum. Turn one off first.`)
    this.name = 'FaultLimitError'
  }
}

type FaultsEvent = { readonly kind: 'changed' }

/** The active faults. All are held in memory; changes are acknowledged once they apply to all requests. */
export interface Faults {
  list(): readonly Fault[]
  /** Throws FaultLimitError. */
  activate(newFault: NewFault): Promise<Fault>
  deactivate(id: string): Promise<boolean>
  deactivateAll(): Promise<void>
  deactivateForTenant(tenant: string): Promise<void>
  /**
   * Returns the fault to inject into this request, and counts the hit. It is the first one that is due, in the order of
   * activation; later faults don't count the request. `facts` is called only if a fault is active. Returns a promise only
   * where processes share the faults, and one of them matches the request.
   */
  trigger(facts: () => RequestFacts): Fault | undefined | Promise<Fault | undefined>
  /** Reports activations, hits and deactivations. Returns a function that unsubscribes. Listeners must not throw. */
  subscribe(listener: (event: FaultsEvent) => void): () => void
}

type ActiveFault = {
  fault: Fault
  matched: number
}

type FaultEnvironment = {
  readonly newId: () => string
  /** Returns machine time in milliseconds since 1970. */
  readonly clock: () => number
}

export function createActiveFaults({ newId, clock }: FaultEnvironment): Faults {
  const listeners = new Set<(event: FaultsEvent) => void>()
  let active: readonly ActiveFault[] = []

  const notifyListeners = () => {
    for (const listener of listeners) listener({ kind: 'changed' })
  }
  const keepOnly = (remaining: readonly ActiveFault[]) => {
    const isChange = remaining.length < active.length
    active = remaining
    if (isChange) notifyListeners()
    return isChange
  }
  const countHit = (hit: ActiveFault): Fault => {
    const hits = hit.fault.hits + 1
    hit.fault = { ...hit.fault, hits, lastHit: clock() }
    if (hits === hit.fault.times) keepOnly(active.filter(other => other !== hit))
    else notifyListeners()
    return hit.fault
  }

  return {
    list: () => active.map(({ fault }) => fault),
    async activate(newFault) {
      if (active.length >= maxFaults) throw new FaultLimitError()
      const summary = describeFault(newFault)
      const fault = { ...newFault, id: newId(), summary, activeSince: clock(), hits: 0 }
      active = [...active, { fault, matched: 0 }]
      notifyListeners()
      return fault
    },
    deactivate: async id => keepOnly(active.filter(({ fault }) => fault.id !== id)),
    deactivateAll: async () => {
      keepOnly([])
    },
    deactivateForTenant: async tenant => {
      keepOnly(active.filter(({ fault }) => fault.match.tenant !== tenant))
    },
    trigger(facts) {
      if (active.length === 0) return undefined
      const request = facts()
      const due = active.find(candidate => matchesRequest(candidate.fault.match, request) && isDue(candidate))
      return due && countHit(due)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

function isDue(active: ActiveFault): boolean {
  active.matched++
  return isDueAt(active.matched, active.fault.match)
}

/** Whether a fault applies to the matching request with this number, from 1, by `skip` and `every`. */
export const isDueAt = (matched: number, { skip = 0, every = 1 }: FaultMatch): boolean =>
  matched > skip && (matched - skip) % every === 0
