import type { ClientDialect, ClientKind, Exchange } from '../../domain/journal/exchange.ts'
import type { AnalyzedBatch, Cycle, CycleObject } from '../../domain/ports/analysis.ts'
import { compact } from '../../scim/json.ts'
import { memoize } from '../../scim/memoize.ts'
import type { RecognizedClient } from '../../scim/recognition/products.ts'
import { complianceMark, recognize } from '../../scim/recognition/recognize.ts'
import {
  type DetectedClient,
  detectClient,
  detectDialect,
  isDiscovery,
  isGuidLookup,
  isOutsideCycles,
  isSample,
  isSuccessfulProbe,
  tokenOf,
} from './client.ts'

/** Entra ID's own period (Microsoft: how provisioning works). Milliseconds. */
const defaultPeriod = 40 * 60_000
/** Milliseconds. A client without requests for this long has finished. If another request follows, its cycle goes on. */
const runningWindow = 5000
/** Milliseconds. A client that has looked up a name in order to create it may pause for longer before it writes. */
const creatingWindow = 2 * 60_000

/** A moment by the machine's clock and by the tenant's, in milliseconds since 1970. */
export type ClockReading = { readonly machine: number; readonly tenant: number }

/** When the next cycle is expected. Overdue: half a period late by the tenant's clock. */
type Forecast = { readonly expected: ClockReading; readonly overdue: boolean }

export type CycleState = { readonly running: boolean; readonly next?: Forecast }

/**
 * The state of a cycle, given the recent cycles of its client, newest first, without provisioning on demand. The next cycle ends it.
 * `over`: the machine's time when its client was known to have finished.
 */
export function cycleState(
  cycle: Cycle,
  recent: readonly Cycle[],
  now: ClockReading,
  over = Number.NEGATIVE_INFINITY,
): CycleState {
  if (cycle.last <= over) return { running: false }
  if (cycle.kind === 'on-demand') return { running: isRunning(cycle, now) }
  if (recent[0]?.id !== cycle.id) return { running: false }
  const next = forecastNext(recent, now)
  return { running: isRunning(cycle, now), ...compact({ next }) }
}

function isRunning({ last, tenantLast, isCreating }: Cycle, now: ClockReading): boolean {
  const window = isCreating ? creatingWindow : runningWindow
  return now.machine - last < window && now.tenant - tenantLast < window
}

/**
 * When a client's next cycle is expected, by its recent cycles, newest first. Periods are measured by the tenant's
 * clock. Undefined for clients that have only tested the connection, and for clients other than Entra ID, which follow
 * no schedule.
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

function typicalPeriod(recent: readonly Cycle[]): number {
  const periods = recent
    .slice(1)
    .map(({ tenantStarted }, at) => (recent[at]?.tenantStarted ?? tenantStarted) - tenantStarted)
    .sort((one, other) => one - other)
  return periods.length < 2 ? defaultPeriod : (periods[Math.floor(periods.length / 2)] ?? defaultPeriod)
}

/** A request after a pause of this length starts a new cycle. Milliseconds, by the tenant's clock. */
const idleGap = 5 * 60_000
/**
 * Milliseconds since the start of the last cycle, by the tenant's clock. Entra ID starts cycles at regular intervals, so requests
 * that begin well before the next one is due are provisioning on demand.
 */
const earliestNextCycle = 0.75 * defaultPeriod
/** Probes of one cycle follow each other immediately; after a longer pause they belong to the next. */
const probeGap = 30_000
/** A compliance run pauses no longer than this between requests. */
const complianceGap = 10_000

export type LatestCycles = ReadonlyMap<string, Cycle>

export type BatchAnalysis = Pick<AnalyzedBatch, 'items' | 'cycles' | 'tokenClients'> & {
  readonly latestCycles: LatestCycles
}

export type CycleAssignment = {
  readonly client: ClientKind
  readonly cycle?: Cycle
  readonly formerKey?: string
}

/**
 * Assigns an exchange to the client's newest cycle, or to a new one with the id of the exchange. Call it for each
 * exchange, in the order of their responses. `recognized` is the client that the exchange is probably from.
 */
export function assignCycle(
  exchange: Exchange,
  last: LatestCycles,
  recognized: RecognizedClient | undefined = recognize(exchange),
): CycleAssignment {
  // The console sends replays, not the client.
  if (exchange.replayOf !== undefined) return { client: 'ad-hoc' }
  // Administrators send these independently of provisioning.
  if (exchange.api !== undefined) return { client: 'aws' }
  const shown = detectClient(exchange, recognized)
  if (isOutsideCycles(exchange)) return { client: shown?.kind ?? 'ad-hoc' }
  const before = isSample(exchange)
    ? latestCycleOf(exchange, sampleClient, last)
    : previousCycle(exchange, shown, last)
  const client = isSample(exchange) ? sampleClient : resolveClient(before, shown)
  const cycle = addToCycle(before, exchange, client, detectDialect(exchange, recognized))
  const formerKey = before?.id === cycle.id ? cycleClientKey(before) : undefined
  return {
    client: cycle.client,
    cycle,
    ...(formerKey !== cycleClientKey(cycle) && compact({ formerKey })),
  }
}

type CycleClient = Pick<Cycle, 'client' | 'userAgent' | 'recognized' | 'dialect'>

const sampleClient: CycleClient = { client: 'sample' }
const complianceClient: CycleClient = { client: 'compliance' }
/** Sends no User-Agent, and may turn out to be Entra ID. */
const unknownClient: CycleClient = { client: 'ad-hoc' }
const unnamedClient: CycleClient = { client: 'ad-hoc', dialect: 'other' }

const isUndecided = ({ client, userAgent, dialect }: CycleClient): boolean =>
  client === 'ad-hoc' && userAgent === undefined && dialect !== 'other'

const clientKey = (tenant: string, token: string | undefined, client: CycleClient): string =>
  JSON.stringify([
    tenant,
    token,
    isUndecided(client) ? 'entra' : client.client,
    client.userAgent,
    productOf(client),
  ])

const productOf = ({ client, recognized }: CycleClient) =>
  client === 'service' || client === 'ad-hoc' ? recognized?.product : undefined

export const cycleClientKey = memoize(({ tenant, token, ...client }: Cycle): string =>
  clientKey(tenant, token?.id, client),
)

const latestCycleOf = (exchange: Exchange, client: CycleClient, last: LatestCycles): Cycle | undefined =>
  last.get(clientKey(exchange.tenant ?? '', tokenOf(exchange)?.id, client))

const toCycleClient = ({ kind, name, recognized }: DetectedClient): CycleClient => {
  if (kind !== 'ad-hoc' || name !== undefined) {
    return { client: kind, ...compact({ userAgent: name, recognized }) }
  }
  return unnamedClient
}

const beforeRecognition = ({ name }: DetectedClient): CycleClient =>
  name === undefined ? unknownClient : { client: 'ad-hoc', userAgent: name }

function previousCycle(
  exchange: Exchange,
  shown: DetectedClient | undefined,
  last: LatestCycles,
): Cycle | undefined {
  if (shown?.certain) {
    const own = latestCycleOf(exchange, toCycleClient(shown), last)
    if (own || shown.kind !== 'service') return own
    const unrecognized = latestCycleOf(exchange, beforeRecognition(shown), last)
    return unrecognized && isUnrecognized(unrecognized) ? unrecognized : undefined
  }
  // Several clients send no User-Agent: take the most recent one.
  const since = (cycle: Cycle | undefined) =>
    cycle ? Math.abs(exchange.at - cycle.last) : Number.POSITIVE_INFINITY
  const own = [unknownClient, ...(shown ? [] : [unnamedClient])].map(client =>
    latestCycleOf(exchange, client, last),
  )
  const suite = latestCycleOf(exchange, complianceClient, last)
  const candidates = since(suite) <= complianceGap ? [...own, suite] : own
  const [nearest] = candidates.toSorted((one, other) => since(one) - since(other))
  return nearest
}

const isUnrecognized = ({ client, recognized }: Cycle): boolean =>
  client === 'ad-hoc' && recognized === undefined

function resolveClient(before: Cycle | undefined, shown: DetectedClient | undefined): CycleClient {
  if (shown?.certain) return toCycleClient(shown)
  if (before && (before.client === 'compliance' || !isUndecided(before))) return before
  return shown ? toCycleClient(shown) : unknownClient
}

function addToCycle(
  before: Cycle | undefined,
  exchange: Exchange,
  sender: CycleClient,
  dialect: ClientDialect | undefined,
): Cycle {
  const mark = sender.client === 'compliance' ? complianceMark(exchange) : undefined
  const role = classifyRole(exchange, sender)
  const open = before && continuesCycle(before, exchange, role, mark) ? before : undefined
  // An exchange that shows no client keeps the client of its cycle.
  const client = open && isUndecided(sender) ? open : sender
  const { object, isCreating: _, lastCycle, ...cycle } = open ?? startCycle(exchange, before)
  const shown = dialect ?? cycle.dialect
  const next = resolveKind({ ...cycle, ...compact({ object, lastCycle, dialect: shown }) }, exchange, {
    client: client.client,
    role,
  })
  return {
    ...cycle,
    client: client.client,
    ...compact({ userAgent: client.userAgent, recognized: strongest(cycle.recognized, client.recognized) }),
    ...next,
    ...(next.kind !== 'cycle' && compact({ lastCycle })),
    ...compact({ mark }),
    ...(shown && { dialect: shown }),
    ...(isBeforeCreation(exchange, role) && { isCreating: true }),
    started: Math.min(cycle.started, exchange.at),
    tenantStarted: Math.min(cycle.tenantStarted, exchange.tenantTime),
    last: Math.max(cycle.last, exchange.at),
    tenantLast: Math.max(cycle.tenantLast, exchange.tenantTime),
    ...countExchange(cycle, exchange),
  }
}

const strongest = (
  one: RecognizedClient | undefined,
  other: RecognizedClient | undefined,
): RecognizedClient | undefined => (one?.evidence === 'named' ? one : (other ?? one))

function startCycle(exchange: Exchange, before: Cycle | undefined): Cycle {
  const { id, tenant = '', at, tenantTime } = exchange
  return {
    id,
    tenant,
    ...compact({ token: tokenOf(exchange), lastCycle: lastCycleOf(before) }),
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
  }
}

const lastCycleOf = (before: Cycle | undefined): number | undefined =>
  before?.kind === 'cycle' ? before.tenantStarted : before?.lastCycle

function resolveKind(
  cycle: Cycle,
  exchange: Exchange,
  { client, role }: { readonly client: ClientKind; readonly role: Role },
): Pick<Cycle, 'kind' | 'object'> {
  if (client === 'compliance' || client === 'ad-hoc') return { kind: client }
  if (cycle.kind === 'cycle') return { kind: 'cycle' }
  if (role !== 'work') {
    const kind = cycle.kind === 'on-demand' ? 'on-demand' : 'test-connection'
    return { kind, ...compact({ object: cycle.object }) }
  }
  const object = onlyObject(cycle.object, exchange.target)
  return client === 'entra' && object && isOutOfTurn(cycle)
    ? { kind: 'on-demand', object }
    : { kind: 'cycle' }
}

/**
 * Whether Entra ID would start no cycle at this time. Its requests on demand are those of a cycle with one changed object, except
 * that they are in the default dialect whatever the tenant URL says (Microsoft: SCIM compatibility).
 */
const isOutOfTurn = ({ tenantStarted, lastCycle, dialect }: Cycle): boolean =>
  lastCycle !== undefined &&
  dialect !== 'aadOptscim062020' &&
  Math.abs(tenantStarted - lastCycle) < earliestNextCycle

function onlyObject(known: CycleObject | undefined, next: Exchange['target']): CycleObject | undefined {
  if (!next || (next.id === undefined && next.label === undefined)) return undefined
  const isSame =
    known === undefined ||
    (known.type === next.type &&
      ((known.id !== undefined && known.id === next.id) ||
        (known.label !== undefined && known.label === next.label)))
  if (!isSame) return undefined
  return { type: next.type, ...compact({ id: next.id ?? known?.id, label: next.label ?? known?.label }) }
}

const isBeforeCreation = ({ method, url, status, results }: Exchange, role: Role): boolean =>
  role === 'work' && method === 'GET' && status === 200 && results === 0 && /[?&]filter=/i.test(url)

/** A probe after work starts a new cycle. Discovery and look-ups of GUIDs neither start one nor count as work. */
type Role = 'probe' | 'neutral' | 'work'

// The clock may have been set back.
function continuesCycle(cycle: Cycle, exchange: Exchange, role: Role, mark: string | undefined): boolean {
  const gap = Math.abs(exchange.tenantTime - cycle.tenantLast)
  if (gap > idleGap) return false
  if (mark !== undefined && cycle.mark !== undefined && mark !== cycle.mark) return false
  return role !== 'probe' || (cycle.kind !== 'cycle' && cycle.kind !== 'on-demand' && gap <= probeGap)
}

export const hasEnded = ({ tenantLast }: Cycle, tenantTime: number): boolean =>
  tenantTime - tenantLast > idleGap

/** Clients other than Entra ID may look up UUIDs as ordinary work. */
function classifyRole(exchange: Exchange, { client }: CycleClient): Role {
  const probes = client === 'entra' || client === 'sample'
  if (isGuidLookup(exchange)) {
    if (!probes) return 'neutral'
    // A failed probe looks like the look-up of an object id, which is ordinary work.
    if (exchange.status >= 400) return exchange.refusal ? 'probe' : 'neutral'
    return isSuccessfulProbe(exchange) ? 'probe' : 'work'
  }
  return isDiscovery(exchange) ? 'neutral' : 'work'
}

type Outcomes = Pick<Cycle, 'created' | 'changed' | 'disabled' | 'deleted' | 'failed'>
type Counts = Outcomes & Pick<Cycle, 'requests' | 'faults'>

/** A bulk request counts as one request; its operations count as changes. */
function countExchange(cycle: Cycle, exchange: Exchange): Counts {
  const became = countedOutcome(exchange)
  const { requests, created, changed, disabled, deleted, failed } = cycle
  const counts = { created, changed, disabled, deleted, failed }
  return {
    requests: requests + (exchange.parent === undefined ? 1 : 0),
    ...counts,
    ...(became && { [became]: counts[became] + 1 }),
    ...(exchange.fault && { faults: (cycle.faults ?? 0) + 1 }),
  }
}

function countedOutcome({ method, status, enabled }: Exchange): keyof Outcomes | undefined {
  if (status >= 400) return 'failed'
  if (status < 200 || status >= 300) return undefined
  switch (method) {
    case 'POST':
      // Searches and bulk requests return 200.
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
