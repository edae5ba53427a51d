import type { Cycle } from '../../../domain/contract/cycles.ts'
import type { Exchange } from '../../../domain/contract/exchanges.ts'
import type { ExchangeList } from './exchange-list.ts'

/** Milliseconds: until it is analyzed, a request belongs to the cycle of the client's request before it. */
const guessWindow = 120_000

export type Sections = {
  readonly ofCycle: ReadonlyMap<string, readonly Exchange[]>
  readonly others: readonly Exchange[]
}

export function toSections(list: ExchangeList): Sections {
  const ofCycle = new Map<string, Exchange[]>()
  const others: Exchange[] = []
  const cycles = listCycles(list)
  for (let index = 0; index < list.length; index++) {
    const exchange = list.at(index)
    const cycle = cycles[index]
    if (!exchange) continue
    if (cycle === undefined) others.push(exchange)
    else addTo(ofCycle, cycle, exchange)
  }
  return { ofCycle, others }
}

function addTo<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const list = lists.get(key)
  if (list) list.push(item)
  else lists.set(key, [item])
}

function listCycles(list: ExchangeList): readonly (string | undefined)[] {
  const cycles: (string | undefined)[] = new Array(list.length)
  const last = new Map<string, { readonly cycle: string; readonly at: number }>()
  for (let index = list.length - 1; index >= 0; index--) {
    const exchange = list.at(index)
    if (!exchange) continue
    const client = `${exchange.tenant} ${exchange.token?.id}`
    const cycle = exchange.analyzed ? exchange.cycle : guessCycle(exchange, last.get(client))
    cycles[index] = cycle
    if (cycle !== undefined) last.set(client, { cycle, at: Date.parse(exchange.at) })
  }
  return cycles
}

const guessCycle = (
  { at }: Exchange,
  previous: { readonly cycle: string; readonly at: number } | undefined,
): string | undefined => (previous && Date.parse(at) - previous.at < guessWindow ? previous.cycle : undefined)

export type ListRow = { readonly id: string } & (
  | { readonly kind: 'cycle'; readonly loaded: number }
  /** Neighboring cycles without work. */
  | { readonly kind: 'idle'; readonly cycles: readonly string[] }
  /** Calls of AWS's APIs with one access key; requests in a row that differ in whom they are about only. */
  | { readonly kind: 'calls' | 'run'; readonly exchanges: readonly Exchange[] }
  | { readonly kind: 'exchange'; readonly exchange: Exchange }
  /** `of`: a cycle; absent for exchanges of no cycle, or of any cycle in a search. */
  | { readonly kind: 'more'; readonly of?: string }
)

type Calls = { readonly kind: 'calls'; readonly id: string; readonly exchanges: readonly Exchange[] }

type View = {
  readonly headed: readonly Pick<Cycle, 'id' | 'last'>[]
  readonly isOpen: (cycle: string) => boolean
  readonly isIncomplete: (cycle: string, loaded: readonly Exchange[]) => boolean
  /** The time down to which the exchanges of the list are loaded; undefined if all are. */
  readonly loadedDownTo: string | undefined
  /** Absent for a search, whose matches are all shown. */
  readonly folds?: {
    readonly isIdle: (cycle: string) => boolean
    readonly isUnfolded: (id: string) => boolean
  }
}

type Group = { readonly kind: 'cycle'; readonly id: string; readonly last: string } | Calls

// A cycle has the ID of its first exchange.
const rowOf = (exchange: Exchange): ListRow => ({ kind: 'exchange', id: `request ${exchange.id}`, exchange })

export function buildRows({ ofCycle, others }: Sections, view: View): readonly ListRow[] {
  const rows: ListRow[] = []
  const { folds } = view
  const calls = folds ? groupCalls(others) : []
  const grouped = new Set(calls.flatMap(({ exchanges }) => exchanges))
  const loose = grouped.size === 0 ? others : others.filter(exchange => !grouped.has(exchange))
  let next = 0
  let { loadedDownTo } = view
  const addLoose = (until: string) => {
    for (; next < loose.length; next++) {
      const exchange = loose[next]
      if (!exchange || exchange.at < until) break
      rows.push(rowOf(exchange))
    }
    if (loadedDownTo === undefined || until >= loadedDownTo) return
    rows.push({ kind: 'more', id: 'more' })
    loadedDownTo = undefined
  }
  const addRequests = (exchanges: readonly Exchange[]) => {
    for (const run of folds ? runsIn(exchanges) : exchanges.map(exchange => [exchange])) {
      const id = `run ${run[0]?.id}`
      if (run.length >= shortestRun) rows.push({ kind: 'run', id, exchanges: run })
      if (run.length >= shortestRun && !folds?.isUnfolded(id)) continue
      for (const exchange of run) rows.push(rowOf(exchange))
    }
  }
  let idle: string[] = []
  const addIdle = () => {
    const id = `idle ${idle.at(-1)}`
    if (idle.length > 1) rows.push({ kind: 'idle', id, cycles: idle })
    if (idle.length === 1 || folds?.isUnfolded(id))
      for (const cycle of idle) rows.push({ kind: 'cycle', id: cycle, loaded: 0 })
    idle = []
  }
  for (const group of orderGroups(ofCycle, view.headed, calls)) {
    const last = lastOf(group)
    const isIdle = group.kind === 'cycle' && !view.isOpen(group.id) && folds?.isIdle(group.id)
    if (!isIdle || (loose[next]?.at ?? '') >= last || last < (loadedDownTo ?? '')) addIdle()
    addLoose(last)
    if (isIdle) idle.push(group.id)
    else if (group.kind === 'calls') {
      rows.push(group)
      if (folds?.isUnfolded(group.id)) addRequests(group.exchanges)
    } else {
      const exchanges = ofCycle.get(group.id) ?? []
      rows.push({ kind: 'cycle', id: group.id, loaded: countRequests(exchanges) })
      if (!view.isOpen(group.id)) continue
      addRequests(exchanges)
      if (view.isIncomplete(group.id, exchanges))
        rows.push({ kind: 'more', id: `more ${group.id}`, of: group.id })
    }
  }
  addIdle()
  addLoose('')
  return rows
}

const lastOf = (group: Group): string =>
  group.kind === 'cycle' ? group.last : (group.exchanges[0]?.at ?? '')

function orderGroups(
  ofCycle: Sections['ofCycle'],
  headed: View['headed'],
  calls: readonly Calls[],
): readonly Group[] {
  const last = new Map(headed.map(cycle => [cycle.id, cycle.last]))
  for (const [id, [newest]] of ofCycle) {
    const at = newest?.at ?? ''
    if (at > (last.get(id) ?? '')) last.set(id, at)
  }
  const cycles = [...last].map(([id, last]): Group => ({ kind: 'cycle', id, last }))
  return [...cycles, ...calls].sort((one, other) => {
    const [at, than] = [lastOf(one), lastOf(other)]
    return at < than ? 1 : at > than ? -1 : 0
  })
}

/** Milliseconds between calls with an access key that belong together. */
const callPause = 300_000

/** Each group has the ID of its oldest call: newer ones may follow. */
function groupCalls(others: readonly Exchange[]): readonly Calls[] {
  const groups: Exchange[][] = []
  const newest = new Map<string, Exchange[]>()
  for (const exchange of others) {
    if (exchange.accessKey === undefined) continue
    const key = `${exchange.tenant} ${exchange.accessKey}`
    const before = newest.get(key)
    const previous = before?.at(-1)
    if (before && previous && Date.parse(previous.at) - Date.parse(exchange.at) < callPause) {
      before.push(exchange)
      continue
    }
    const group = [exchange]
    groups.push(group)
    newest.set(key, group)
  }
  return groups
    .filter(({ length }) => length > 1)
    .map(exchanges => ({ kind: 'calls', id: `calls ${exchanges.at(-1)?.id}`, exchanges }))
}

const shortestRun = 5

const isAlike = (one: Exchange, other: Exchange): boolean =>
  (one.operation === 'look-up' || one.api !== undefined) &&
  other.action === one.action &&
  other.apiOperation === one.apiOperation &&
  one.status < 400 &&
  other.status < 400 &&
  !one.fault &&
  !other.fault

function runsIn(exchanges: readonly Exchange[]): readonly (readonly Exchange[])[] {
  const runs: Exchange[][] = []
  for (const exchange of exchanges) {
    const run = runs.at(-1)
    if (run?.[0] && isAlike(run[0], exchange)) run.push(exchange)
    else runs.push([exchange])
  }
  return runs
}

/** The operations of a bulk request are one request with it. */
const countRequests = (exchanges: readonly Exchange[]): number =>
  exchanges.some(({ parent }) => parent !== undefined)
    ? new Set(exchanges.map(({ id, parent }) => parent ?? id)).size
    : exchanges.length
