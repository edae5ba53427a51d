import type { Exchange } from '../journal/exchange.ts'
import type { Cycle } from './cycle.ts'
import { dialectOf } from './dialect.ts'

/** After so long without a request the next one begins a new run. Milliseconds. */
const silence = 5 * 60_000
/** The probes of one activity follow each other at once; after a pause they are those of the next. */
const betweenProbes = 30_000

/** What tells of whom an exchange's cycle is; undefined for an exchange that isn't part of one. */
export function clientOf(exchange: Exchange): string | undefined {
  const { tenant, token, replayOf } = exchange
  // What the console sends again is not the client's doing.
  if (tenant === undefined || replayOf !== undefined) return undefined
  if (token === undefined && isStrangers(exchange)) return undefined
  return JSON.stringify([tenant, token?.id])
}

/** Without a token the console itself provisions its sample; all others are refused, or may only look around. */
const isStrangers = ({ refusal, action }: Exchange): boolean => refusal !== undefined || isDiscovery(action)

/** The same of a cycle. */
export const clientOfCycle = ({ tenant, token }: Cycle): string => JSON.stringify([tenant, token?.id])

/**
 * The cycle that an exchange belongs to, with it counted in: the client's last one goes on, or a new one begins, whose
 * id is that of its first exchange. To be asked for each exchange of a client, in the order of answering.
 */
export function cycleWith(open: Cycle | undefined, exchange: Exchange): Cycle {
  const dialect = dialectOf(exchange)
  const role = roleOf(exchange, dialect === 'other')
  const cycle = open && goesOn(open, exchange.at, role) ? open : begunBy(exchange)
  return {
    ...cycle,
    ...(role === 'work' && { kind: 'cycle' as const }),
    ...(dialect && { dialect }),
    started: Math.min(cycle.started, exchange.at),
    last: Math.max(cycle.last, exchange.at),
    ...counted(cycle, exchange),
  }
}

const begunBy = ({ id, tenant = '', token, at }: Exchange): Cycle => ({
  id,
  tenant,
  ...(token && { token }),
  kind: 'test-connection',
  started: at,
  last: at,
  requests: 0,
  created: 0,
  changed: 0,
  disabled: 0,
  deleted: 0,
  failed: 0,
})

/** Probes begin a run once there has been work; looking around neither begins one nor is it work. */
type Role = 'probe' | 'looking' | 'work'

// The clock may have been set back.
function goesOn({ kind, last }: Cycle, at: number, role: Role): boolean {
  const gap = Math.abs(at - last)
  if (gap > silence) return false
  return role !== 'probe' || (kind === 'test-connection' && gap <= betweenProbes)
}

/** A client that isn't Entra ID may well look up UUIDs between its work. */
function roleOf(exchange: Exchange, isOther: boolean): Role {
  if (exchange.action === 'test connection') return isOther ? 'looking' : 'probe'
  // Without an answer a probe looks like the look-up of an object id, which may happen amidst of work.
  if (isFailedProbe(exchange)) return exchange.refusal && !isOther ? 'probe' : 'looking'
  return isDiscovery(exchange.action) ? 'looking' : 'work'
}

const isDiscovery = (action: string): boolean =>
  /^read (schemas|resource types|service provider configuration)$/.test(action)

const looksUpUuid =
  /[?&]filter=[^&]*(?:\+|%20)eq(?:\+|%20)(?:%22|")[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?:%22|")(?:&|$)/i

const isFailedProbe = ({ method, status, url }: Exchange): boolean =>
  status >= 400 && method === 'GET' && looksUpUuid.test(url)

type Counts = Pick<Cycle, 'requests' | 'created' | 'changed' | 'disabled' | 'deleted' | 'failed'>

/** A bulk request is one request; what it does is counted by its operations. */
function counted(cycle: Cycle, exchange: Exchange): Counts {
  const became = outcomeOf(exchange)
  const { requests, created, changed, disabled, deleted, failed } = cycle
  const counts = { created, changed, disabled, deleted, failed }
  return {
    requests: requests + (exchange.parent === undefined ? 1 : 0),
    ...counts,
    ...(became && { [became]: counts[became] + 1 }),
  }
}

function outcomeOf({ method, status, action }: Exchange): Exclude<keyof Counts, 'requests'> | undefined {
  if (status >= 400) return 'failed'
  if (status < 200 || status >= 300) return undefined
  switch (method) {
    case 'POST':
      // Searches and bulk requests are answered with 200.
      return status === 201 ? 'created' : undefined
    case 'PUT':
    case 'PATCH':
      return /^disable | \(disabled\)$/.test(action) ? 'disabled' : 'changed'
    case 'DELETE':
      return 'deleted'
    default:
      return undefined
  }
}
