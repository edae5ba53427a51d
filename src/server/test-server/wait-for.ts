import { clearTimeout, setTimeout } from 'node:timers'
import { viewExchangeDetail } from '../../console/views/exchange.ts'
import type { ExchangeDetail } from '../../domain/contract/exchanges.ts'
import { type Exchange, errorDetail } from '../../domain/journal/exchange.ts'
import { createMatcher } from '../../domain/journal/search/matches.ts'
import { parseSearch, type Search, type Term } from '../../domain/journal/search/parse.ts'
import { printable } from '../cli/output.ts'
import type { RunningServer } from '../server.ts'
import { checkMemberOptions } from './options.ts'

export type WaitForOptions = {
  /** How many requests must match: 1 by default. */
  readonly times?: number
  /** Milliseconds: 3000 by default. */
  readonly timeout?: number
}

/** Below the 5 seconds after which Vitest and Jest end a test, without the list of requests. */
const defaultTimeout = 3000

const maxListed = 10

type WaitForDeps = JournalReader & {
  readonly endpoint: string
  readonly closed: AbortSignal
}

export async function waitFor(
  query: string,
  options: WaitForOptions,
  deps: WaitForDeps,
): Promise<readonly ExchangeDetail[]> {
  const search = readQuery('waitFor', query)
  const { times, timeout } = readWaitForOptions(options)
  const arrivals = watchArrivals(search, timeout, deps)
  try {
    do {
      const found = await findExchanges('waitFor', search, deps)
      if (found.length >= times) return viewRequests(found)
    } while (await arrivals.next())
  } finally {
    arrivals.stop()
  }
  if (deps.closed.aborted) throw new Error(`${formatCall(query, times)}: the server was closed.`)
  // Created here, so that its stack has the line of the test.
  throw new Error(await describeArrivals({ query, search, times, timeout }, deps))
}

function readWaitForOptions(options: WaitForOptions): Required<WaitForOptions> {
  const call = "waitFor('operation:create', { times: 2, timeout: 1000 })"
  checkMemberOptions('waitFor', options, { names: ['times', 'timeout'], call })
  const { times = 1, timeout = defaultTimeout } = options
  if (!Number.isInteger(times) || times < 1) {
    throw new TypeError('waitFor: times must be a whole number from 1.')
  }
  if (!Number.isInteger(timeout) || timeout < 0 || timeout > 2 ** 31 - 1) {
    throw new TypeError('waitFor: timeout must be a whole number of milliseconds.')
  }
  return { times, timeout }
}

function watchArrivals(search: Search, timeout: number, { journal, analysis, closed }: WaitForDeps) {
  const matches = createMatcher(search)
  let hasArrived = false
  let isOver = closed.aborted
  let hasEnded = false
  let wake = () => {}
  const arrive = (exchange: Exchange) => {
    if (!matches(exchange)) return
    hasArrived = true
    wake()
  }
  const end = () => {
    isOver = true
    wake()
  }
  const timer = setTimeout(end, timeout)
  closed.addEventListener('abort', end)
  const stops = [
    journal.subscribe(({ exchange }) => arrive(exchange())),
    // A search may need the result of the analysis.
    analysis.subscribe(event => {
      if (event.kind === 'analyzed') event.items.forEach(arrive)
    }),
    () => closed.removeEventListener('abort', end),
    () => clearTimeout(timer),
  ]
  return {
    /** True for a request since the last call, or from shortly before; false after the timeout. */
    async next(): Promise<boolean> {
      if (hasEnded) return false
      if (!hasArrived && !isOver) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
      hasEnded = isOver
      const isNew = hasArrived
      hasArrived = false
      return isNew
    },
    stop: () => {
      for (const stop of stops) stop()
    },
  }
}

type Expected = Required<WaitForOptions> & { readonly query: string; readonly search: Search }

async function describeArrivals(
  { query, search, times, timeout }: Expected,
  deps: WaitForDeps,
): Promise<string> {
  const found = await findExchanges('waitFor', search, deps)
  const matches = createMatcher(search)
  const tests = search.map(term => ({ text: formatTerm(term), matches: createMatcher([term]) }))
  const explain = (exchange: Exchange) =>
    `← not ${tests
      .filter(test => !test.matches(exchange))
      .map(({ text }) => text)
      .join(' ')}`
  const { newest, total } = await findNewest(deps, maxListed, exchange => !matches(exchange))
  const others = total - found.length
  const heading =
    others > newest.length
      ? `The newest ${newest.length} of ${others} other requests:`
      : newest.length === 1
        ? 'Another request:'
        : 'Other requests:'
  return [
    `${formatCall(query, times)}: ${found.length} of ${times} arrived within ${timeout} ms.`,
    ...(found.length === 0
      ? []
      : ['Matching requests:', ...found.slice(-maxListed).map(one => formatRequest(one))]),
    ...(newest.length === 0 ? [] : [heading, ...newest.map(one => formatRequest(one, explain(one)))]),
    ...(total === 0 ? [`No request arrived at all. Does the client use ${deps.endpoint}?`] : []),
  ].join('\n')
}

const formatCall = (query: string, times: number) =>
  `waitFor(${JSON.stringify(query)}${times === 1 ? '' : `, { times: ${times} }`})`

function formatTerm({ key, value, not }: Term): string {
  const text = /[\s"]/.test(value) ? JSON.stringify(value) : value
  return `${not ? '-' : ''}${key === 'words' ? '' : `${key}:`}${text}`
}

export type JournalReader = Pick<RunningServer, 'journal' | 'analysis'>

/** Throws a TypeError with all mistakes. */
export function readQuery(member: string, query: unknown): Search {
  if (typeof query !== 'string') {
    throw new TypeError(`${member}: the query must be a string, such as 'operation:create status:201'.`)
  }
  const { terms, errors } = parseSearch(query, Date.now())
  if (errors.length > 0) throw new TypeError(`${member}: ${errors.map(({ message }) => message).join(' ')}`)
  return terms
}

/** Milliseconds; the analysis of a test's requests takes a few. */
const analysisTimeout = 30_000

/** Resolves when all requests that have arrived are analyzed, so that the results of a test do not depend on its speed. */
export async function awaitAnalysis(member: string, { analysis }: JournalReader): Promise<void> {
  if (await analysis.caughtUp(analysisTimeout)) return
  throw new Error(`${member}: the requests are not analyzed; the server was closed, or is overloaded.`)
}

/** Oldest first. */
export async function findExchanges(
  member: string,
  search: Search,
  server: JournalReader,
): Promise<readonly Exchange[]> {
  await awaitAnalysis(member, server)
  const found: Exchange[] = []
  for await (const exchanges of server.journal.batches({ search })) found.push(...exchanges)
  return found.reverse()
}

export const viewRequests = (exchanges: readonly Exchange[]): readonly ExchangeDetail[] =>
  exchanges.map(viewExchangeDetail)

/** The newest requests that match a test, oldest first, and how many requests the journal has. */
export async function findNewest(
  { journal }: JournalReader,
  limit: number,
  isWanted: (exchange: Exchange) => boolean = () => true,
): Promise<{ readonly newest: readonly Exchange[]; readonly total: number }> {
  const newest: Exchange[] = []
  for await (const exchanges of journal.batches({})) {
    newest.push(...exchanges.filter(isWanted).slice(0, limit - newest.length))
    if (newest.length === limit) break
  }
  return { newest: newest.reverse(), total: (await journal.extent()).exchanges }
}

export function formatRequest(exchange: Exchange, remark?: string): string {
  const { status, method, url, action, target, tenant } = exchange
  const base = `/${tenant}/scim/v2`
  const path = url.startsWith(`${base}/`) ? url.slice(base.length) : url
  const about = target?.label ?? target?.id
  const detail = errorDetail(exchange)
  const parts = [
    `${status} ${method.padEnd(6)} ${shorten(path, 60)}`,
    about === undefined ? action : `${action} ${shorten(about, 60)}`,
    ...(detail === undefined ? [] : [`(${shorten(detail, 160)})`]),
    ...(remark === undefined ? [] : [remark]),
  ]
  return `  ${parts.map(printable).join('  ')}`
}

const shorten = (text: string, length: number) => (text.length > length ? `${text.slice(0, length)}…` : text)
