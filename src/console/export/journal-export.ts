import type { Exchange } from '../../journal/exchange.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Search } from '../../journal/search/search.ts'
import { viewWholeExchange } from '../api/exchange-view.ts'
import { csvHead, csvOf } from './exchange-csv.ts'
import { type HarSource, harEntry, harHead, harTail } from './har.ts'

export const journalFormats = ['ndjson', 'har', 'csv'] as const
export type JournalFormat = (typeof journalFormats)[number]

export const journalMediaTypes: Readonly<Record<JournalFormat, string>> = {
  ndjson: 'application/x-ndjson',
  har: 'application/json',
  csv: 'text/csv; charset=utf-8; header=present',
}

/** How a file is put together. */
type Layout = {
  readonly head: string
  readonly entry: (exchange: Exchange) => string
  readonly between: string
  readonly tail: string
}

const layouts: Readonly<Record<JournalFormat, (source: HarSource) => Layout>> = {
  ndjson: () => ({
    head: '',
    entry: exchange => `${JSON.stringify(viewWholeExchange(exchange))}\n`,
    between: '',
    tail: '',
  }),
  har: source => ({
    head: harHead(source),
    entry: exchange => harEntry(exchange, source),
    between: ',\n',
    tail: harTail,
  }),
  csv: () => ({ head: csvHead, entry: csvOf, between: '', tail: '' }),
}

/** A file of the exchanges that a search finds, newest first. The next portion is read when it is wanted. */
export async function* exportJournal(
  journal: Pick<Journal, 'portions'>,
  query: { readonly search: Search; readonly signal?: AbortSignal },
  format: JournalFormat,
  source: HarSource,
): AsyncGenerator<string> {
  const { head, entry, between, tail } = layouts[format](source)
  let before = head
  for await (const exchanges of journal.portions(query)) {
    yield before + exchanges.map(entry).join(between)
    before = between
  }
  // A file without an exchange has a head all the same.
  const end = (before === head ? head : '') + tail
  if (end !== '') yield end
}
