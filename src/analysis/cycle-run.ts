import type { ClientKind, Exchange } from '../journal/exchange.ts'
import { clientShownBy, complianceMarkIn, isAnsweredProbe, looksUpGuid, type ShownClient } from './client.ts'
import type { Cycle, CycleKind } from './cycle.ts'
import { dialectOf } from './dialect.ts'

/** After so long without a request the next one begins a new run. Milliseconds, by the tenant's clock. */
const silence = 5 * 60_000
/** The probes of one activity follow each other at once; after a pause they are those of the next. */
const betweenProbes = 30_000
/** A compliance run sends its requests one right after the other. */
const withinCompliance = 10_000

/** Clients whose runs are remembered, those that have spoken last: a name may be different with each request. */
export const mostClients = 1000

/** The newest run of each client, by `clientOfCycle`. */
export type LastCycles = ReadonlyMap<string, Cycle>

/** Who sent an exchange, and the run that it is part of, with the exchange counted in. */
export type Placed = { readonly client: ClientKind; readonly cycle?: Cycle }

/**
 * Places an exchange: the client's newest run goes on, or a new one begins, whose id is that of its first exchange. To
 * be asked for each exchange, in the order of answering.
 */
export function placed(exchange: Exchange, last: LastCycles): Placed {
  // What the console sends again is no client's doing.
  if (exchange.replayOf !== undefined) return { client: 'ad-hoc' }
  const shown = clientShownBy(exchange)
  if (isOutside(exchange)) return { client: shown?.kind ?? 'ad-hoc' }
  const before = isSample(exchange) ? runOf(exchange, sample, last) : runBefore(exchange, shown, last)
  const client = isSample(exchange) ? sample : clientIn(before, shown)
  const cycle = cycleWith(before, exchange, client)
  return { client: cycle.client, cycle }
}

/** A request without a known token is part of no run, unless it is let in for the console's sample. */
const isOutside = (exchange: Exchange): boolean => {
  const { tenant, token, refusal } = exchange
  return tenant === undefined || (token === undefined && (refusal !== undefined || isDiscovery(exchange)))
}

/** Only the console's own sample is let in without a token. */
const isSample = ({ token }: Exchange): boolean => token === undefined

type Client = Pick<Cycle, 'client' | 'userAgent' | 'dialect'>

const sample: Client = { client: 'sample' }
const compliance: Client = { client: 'compliance' }
/** Sends no name, and hasn't shown yet that it is Entra ID. */
const unknown: Client = { client: 'ad-hoc' }
const namelessOther: Client = { client: 'ad-hoc', dialect: 'other' }

/** Whether a run may still turn out to be Entra ID's. */
const isUndecided = ({ client, userAgent, dialect }: Client): boolean =>
  client === 'ad-hoc' && userAgent === undefined && dialect !== 'other'

const keyOf = (tenant: string, token: string | undefined, client: Client): string =>
  JSON.stringify([tenant, token, isUndecided(client) ? 'entra' : client.client, client.userAgent])

/** What tells the runs of one client from those of others. */
export const clientOfCycle = ({ tenant, token, ...client }: Cycle): string => keyOf(tenant, token?.id, client)

const runOf = ({ tenant = '', token }: Exchange, client: Client, last: LastCycles): Cycle | undefined =>
  last.get(keyOf(tenant, token?.id, client))

const shownAs = ({ kind, name }: ShownClient): Client => {
  if (kind !== 'ad-hoc' || name !== undefined) {
    return { client: kind, ...(name !== undefined && { userAgent: name }) }
  }
  return namelessOther
}

/** The newest run of the client that has probably sent an exchange. */
function runBefore(exchange: Exchange, shown: ShownClient | undefined, last: LastCycles): Cycle | undefined {
  if (shown?.certain) return runOf(exchange, shownAs(shown), last)
  // It could be anybody's who sends no name: the one who has spoken last.
  const since = (run: Cycle | undefined) =>
    run ? Math.abs(exchange.at - run.last) : Number.POSITIVE_INFINITY
  const own = [unknown, ...(shown ? [] : [namelessOther])].map(client => runOf(exchange, client, last))
  const suite = runOf(exchange, compliance, last)
  const candidates = since(suite) <= withinCompliance ? [...own, suite] : own
  const [nearest] = candidates.toSorted((one, other) => since(one) - since(other))
  return nearest
}

/** Of whom an exchange is, given the run of which it is probably part. */
function clientIn(before: Cycle | undefined, shown: ShownClient | undefined): Client {
  if (shown?.certain) return shownAs(shown)
  if (before && (before.client === 'compliance' || !isUndecided(before))) return before
  return shown ? shownAs(shown) : unknown
}

function cycleWith(before: Cycle | undefined, exchange: Exchange, sender: Client): Cycle {
  const dialect = dialectOf(exchange)
  const mark = sender.client === 'compliance' ? complianceMarkIn(exchange) : undefined
  const role = roleOf(exchange, sender)
  const open = before && goesOn(before, exchange, role, mark) ? before : undefined
  // Somebody who goes on without a sign of who it is doesn't become another.
  const client = open && isUndecided(sender) ? open : sender
  const cycle = open ?? begunBy(exchange)
  return {
    ...cycle,
    client: client.client,
    ...(client.userAgent !== undefined && { userAgent: client.userAgent }),
    kind: kindOf(cycle, client.client, role),
    ...(mark !== undefined && { mark }),
    ...(dialect && { dialect }),
    started: Math.min(cycle.started, exchange.at),
    tenantStarted: Math.min(cycle.tenantStarted, exchange.tenantTime),
    last: Math.max(cycle.last, exchange.at),
    tenantLast: Math.max(cycle.tenantLast, exchange.tenantTime),
    ...counted(cycle, exchange),
  }
}

const begunBy = ({ id, tenant = '', token, at, tenantTime }: Exchange): Cycle => ({
  id,
  tenant,
  ...(token && { token }),
  client: 'ad-hoc',
  kind: 'test-connection',
  started: at,
  tenantStarted: tenantTime,
  last: at,
  tenantLast: tenantTime,
  requests: 0,
  created: 0,
  changed: 0,
  disabled: 0,
  deleted: 0,
  failed: 0,
})

function kindOf({ kind }: Cycle, client: ClientKind, role: Role): CycleKind {
  if (client === 'compliance' || client === 'ad-hoc') return client
  return role === 'work' || kind === 'cycle' ? 'cycle' : 'test-connection'
}

/** Probes begin a run once there has been work; looking around neither begins one nor is it work. */
type Role = 'probe' | 'looking' | 'work'

// The clock may have been set back.
function goesOn(run: Cycle, exchange: Exchange, role: Role, mark: string | undefined): boolean {
  const gap = Math.abs(exchange.tenantTime - run.tenantLast)
  if (gap > silence) return false
  if (mark !== undefined && run.mark !== undefined && mark !== run.mark) return false
  return role !== 'probe' || (run.kind !== 'cycle' && gap <= betweenProbes)
}

/** Whether the newest cycle of a client can't go on any more, at a time of the tenant's clock. */
export const isOver = ({ tenantLast }: Cycle, tenantTime: number): boolean =>
  tenantTime - tenantLast > silence

/** A client that isn't Entra ID may well look up UUIDs between its work. */
function roleOf(exchange: Exchange, { client }: Client): Role {
  const probes = client === 'entra' || client === 'sample'
  if (looksUpGuid(exchange)) {
    if (!probes) return 'looking'
    // Without a response a probe looks like the look-up of an object id, which may happen amidst work.
    if (exchange.status >= 400) return exchange.refusal ? 'probe' : 'looking'
    return isAnsweredProbe(exchange) ? 'probe' : 'work'
  }
  return isDiscovery(exchange) ? 'looking' : 'work'
}

const isDiscovery = ({ method, url }: Exchange): boolean =>
  method === 'GET' && /\/(Schemas|ResourceTypes|ServiceProviderConfigs?)(\/|\?|$)/i.test(url)

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
