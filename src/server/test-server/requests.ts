import { viewExchangeDetail } from '../../console/views/exchange.ts'
import type { ExchangeDetail } from '../../domain/contract/exchanges.ts'
import { type Exchange, errorDetail } from '../../domain/journal/exchange.ts'
import { parseSearch, type Search } from '../../domain/journal/search/parse.ts'
import { printable } from '../cli/output.ts'
import type { RunningServer } from '../server.ts'

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
