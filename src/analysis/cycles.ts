import type { ClientKind, Exchange } from '../journal/exchange.ts'
import type { Cycle, CycleKind } from '../ports/analysis.ts'
import {
  complianceMark,
  type DetectedClient,
  detectClient,
  detectDialect,
  isGuidLookup,
  isSuccessfulProbe,
} from './client.ts'

/** Entra ID's own period (Microsoft: how provisioning works). Milliseconds. */
const defaultPeriod = 40 * 60_000
/** A client that says nothing for so long is done, for all that can be told. */
const runningWindow = 2 * 60_000

/** A moment by the machine's clock and by the tenant's, in milliseconds since 1970. */
export type ClockReading = { readonly machine: number; readonly tenant: number }

/** When the next cycle is expected; overdue when it should have begun long ago by the tenant's clock. */
export type Forecast = { readonly expected: ClockReading; readonly overdue: boolean }

/** How a cycle stands: whether it goes on, and when the next one is expected, of which only the newest tells. */
export type CycleState = { readonly running: boolean; readonly next?: Forecast }

/** How a cycle stands now, given the last ones of its client, newest first. The next one ends it. */
export function cycleState(cycle: Cycle, recent: readonly Cycle[], now: ClockReading): CycleState {
  if (recent[0]?.id !== cycle.id) return { running: false }
  const next = forecastNext(recent, now)
  return { running: isRunning(cycle, now), ...(next && { next }) }
}

/** Whether the newest cycle of a client may still go on. */
export const isRunning = ({ last, tenantLast }: Cycle, now: ClockReading): boolean =>
  now.machine - last < runningWindow && now.tenant - tenantLast < runningWindow

/**
 * When a client's next cycle is expected, by its last ones, newest first; periods are those of the tenant's clock.
 * Undefined for a client that has never done more than test the connection, and for all that aren't Entra ID: they come
 * when they want.
 */
export function forecastNext(recent: readonly Cycle[], now: ClockReading): Forecast | undefined {
  const [newest] = recent
  if (newest?.client !== 'entra') return undefined
  if (recent.every(({ kind }) => kind !== 'cycle')) return undefined
  const period = typicalPeriod(recent)
  const tenant = newest.tenantStarted + period
  return {
    expected: { tenant, machine: tenant - (now.tenant - now.machine) },
    overdue: now.tenant > tenant + period / 2,
  }
}

/** The median of the times between starts; two of them at least, for one alone says little. */
function typicalPeriod(recent: readonly Cycle[]): number {
  const periods = recent
    .slice(1)
    .map(({ tenantStarted }, at) => (recent[at]?.tenantStarted ?? tenantStarted) - tenantStarted)
    .sort((one, other) => one - other)
  return periods.length < 2 ? defaultPeriod : (periods[Math.floor(periods.length / 2)] ?? defaultPeriod)
}

/** After so long without a request the next one begins a new run. Milliseconds, by the tenant's clock. */
const idleGap = 5 * 60_000
/** The probes of one activity follow each other at once; after a pause they are those of the next. */
const probeGap = 30_000
/** A compliance run sends its requests one right after the other. */
const complianceGap = 10_000

/** The newest run of each client, by `clientOfCycle`. */
export type LatestCycles = ReadonlyMap<string, Cycle>

/** Who sent an exchange, and the run that it is part of, with the exchange counted in. */
export type CycleAssignment = { readonly client: ClientKind; readonly cycle?: Cycle }

/**
 * Places an exchange: the client's newest run goes on, or a new one begins, whose id is that of its first exchange. To
 * be asked for each exchange, in the order of answering.
 */
export function assignCycle(exchange: Exchange, last: LatestCycles): CycleAssignment {
  // What the console sends again is no client's doing.
  if (exchange.replayOf !== undefined) return { client: 'ad-hoc' }
  const shown = detectClient(exchange)
  if (isOutsideCycles(exchange)) return { client: shown?.kind ?? 'ad-hoc' }
  const before = isSample(exchange)
    ? latestCycleOf(exchange, sampleClient, last)
    : previousCycle(exchange, shown, last)
  const client = isSample(exchange) ? sampleClient : resolveClient(before, shown)
  const cycle = addToCycle(before, exchange, client)
  return { client: cycle.client, cycle }
}

/** A request without a known token is part of no run, unless it is let in for the console's sample. */
const isOutsideCycles = (exchange: Exchange): boolean => {
  const { tenant, token, refusal } = exchange
  return tenant === undefined || (token === undefined && (refusal !== undefined || isDiscovery(exchange)))
}

/** Only the console's own sample is let in without a token. */
const isSample = ({ token }: Exchange): boolean => token === undefined

type CycleClient = Pick<Cycle, 'client' | 'userAgent' | 'dialect'>

const sampleClient: CycleClient = { client: 'sample' }
const complianceClient: CycleClient = { client: 'compliance' }
/** Sends no name, and hasn't shown yet that it is Entra ID. */
const unknownClient: CycleClient = { client: 'ad-hoc' }
const unnamedClient: CycleClient = { client: 'ad-hoc', dialect: 'other' }

/** Whether a run may still turn out to be Entra ID's. */
const isUndecided = ({ client, userAgent, dialect }: CycleClient): boolean =>
  client === 'ad-hoc' && userAgent === undefined && dialect !== 'other'

const clientKey = (tenant: string, token: string | undefined, client: CycleClient): string =>
  JSON.stringify([tenant, token, isUndecided(client) ? 'entra' : client.client, client.userAgent])

/** What tells the runs of one client from those of others. */
export const cycleClientKey = ({ tenant, token, ...client }: Cycle): string =>
  clientKey(tenant, token?.id, client)

const latestCycleOf = (
  { tenant = '', token }: Exchange,
  client: CycleClient,
  last: LatestCycles,
): Cycle | undefined => last.get(clientKey(tenant, token?.id, client))

const toCycleClient = ({ kind, name }: DetectedClient): CycleClient => {
  if (kind !== 'ad-hoc' || name !== undefined) {
    return { client: kind, ...(name !== undefined && { userAgent: name }) }
  }
  return unnamedClient
}

/** The newest run of the client that has probably sent an exchange. */
function previousCycle(
  exchange: Exchange,
  shown: DetectedClient | undefined,
  last: LatestCycles,
): Cycle | undefined {
  if (shown?.certain) return latestCycleOf(exchange, toCycleClient(shown), last)
  // It could be anybody's who sends no name: the one who has spoken last.
  const since = (run: Cycle | undefined) =>
    run ? Math.abs(exchange.at - run.last) : Number.POSITIVE_INFINITY
  const own = [unknownClient, ...(shown ? [] : [unnamedClient])].map(client =>
    latestCycleOf(exchange, client, last),
  )
  const suite = latestCycleOf(exchange, complianceClient, last)
  const candidates = since(suite) <= complianceGap ? [...own, suite] : own
  const [nearest] = candidates.toSorted((one, other) => since(one) - since(other))
  return nearest
}

/** Of whom an exchange is, given the run of which it is probably part. */
function resolveClient(before: Cycle | undefined, shown: DetectedClient | undefined): CycleClient {
  if (shown?.certain) return toCycleClient(shown)
  if (before && (before.client === 'compliance' || !isUndecided(before))) return before
  return shown ? toCycleClient(shown) : unknownClient
}

function addToCycle(before: Cycle | undefined, exchange: Exchange, sender: CycleClient): Cycle {
  const dialect = detectDialect(exchange)
  const mark = sender.client === 'compliance' ? complianceMark(exchange) : undefined
  const role = classifyRole(exchange, sender)
  const open = before && continuesCycle(before, exchange, role, mark) ? before : undefined
  // Somebody who goes on without a sign of who it is doesn't become another.
  const client = open && isUndecided(sender) ? open : sender
  const cycle = open ?? startCycle(exchange)
  return {
    ...cycle,
    client: client.client,
    ...(client.userAgent !== undefined && { userAgent: client.userAgent }),
    kind: resolveKind(cycle, client.client, role),
    ...(mark !== undefined && { mark }),
    ...(dialect && { dialect }),
    started: Math.min(cycle.started, exchange.at),
    tenantStarted: Math.min(cycle.tenantStarted, exchange.tenantTime),
    last: Math.max(cycle.last, exchange.at),
    tenantLast: Math.max(cycle.tenantLast, exchange.tenantTime),
    ...countExchange(cycle, exchange),
  }
}

const startCycle = ({ id, tenant = '', token, at, tenantTime }: Exchange): Cycle => ({
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

function resolveKind({ kind }: Cycle, client: ClientKind, role: Role): CycleKind {
  if (client === 'compliance' || client === 'ad-hoc') return client
  return role === 'work' || kind === 'cycle' ? 'cycle' : 'test-connection'
}

/** Probes begin a run once there has been work; looking around neither begins one nor is it work. */
type Role = 'probe' | 'looking' | 'work'

// The clock may have been set back.
function continuesCycle(run: Cycle, exchange: Exchange, role: Role, mark: string | undefined): boolean {
  const gap = Math.abs(exchange.tenantTime - run.tenantLast)
  if (gap > idleGap) return false
  if (mark !== undefined && run.mark !== undefined && mark !== run.mark) return false
  return role !== 'probe' || (run.kind !== 'cycle' && gap <= probeGap)
}

/** Whether the newest cycle of a client can't go on any more, at a time of the tenant's clock. */
export const hasEnded = ({ tenantLast }: Cycle, tenantTime: number): boolean =>
  tenantTime - tenantLast > idleGap

/** A client that isn't Entra ID may well look up UUIDs between its work. */
function classifyRole(exchange: Exchange, { client }: CycleClient): Role {
  const probes = client === 'entra' || client === 'sample'
  if (isGuidLookup(exchange)) {
    if (!probes) return 'looking'
    // Without a response a probe looks like the look-up of an object id, which may happen amidst work.
    if (exchange.status >= 400) return exchange.refusal ? 'probe' : 'looking'
    return isSuccessfulProbe(exchange) ? 'probe' : 'work'
  }
  return isDiscovery(exchange) ? 'looking' : 'work'
}

const isDiscovery = ({ method, url }: Exchange): boolean =>
  method === 'GET' && /\/(Schemas|ResourceTypes|ServiceProviderConfigs?)(\/|\?|$)/i.test(url)

type Counts = Pick<Cycle, 'requests' | 'created' | 'changed' | 'disabled' | 'deleted' | 'failed'>

/** A bulk request is one request; what it does is counted by its operations. */
function countExchange(cycle: Cycle, exchange: Exchange): Counts {
  const became = countedOutcome(exchange)
  const { requests, created, changed, disabled, deleted, failed } = cycle
  const counts = { created, changed, disabled, deleted, failed }
  return {
    requests: requests + (exchange.parent === undefined ? 1 : 0),
    ...counts,
    ...(became && { [became]: counts[became] + 1 }),
  }
}

function countedOutcome({
  method,
  status,
  enabled,
}: Exchange): Exclude<keyof Counts, 'requests'> | undefined {
  if (status >= 400) return 'failed'
  if (status < 200 || status >= 300) return undefined
  switch (method) {
    case 'POST':
      // Searches and bulk requests are answered with 200.
      return status === 201 ? 'created' : undefined
    case 'PUT':
    case 'PATCH':
      return enabled === false ? 'disabled' : 'changed'
    case 'DELETE':
      return 'deleted'
    default:
      return undefined
  }
}
