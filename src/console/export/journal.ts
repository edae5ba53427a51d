import { csvMediaType, csvRow } from '../../domain/client-text.ts'
import type { JournalFormat } from '../../domain/contract/exchanges.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import type { Search } from '../../domain/journal/search/parse.ts'
import type { Bodies, Journal } from '../../domain/ports/journal.ts'
import { describeCredential } from '../../domain/tenants/credential.ts'
import { viewExchangeDetail } from '../views/exchange.ts'
import {
  type ExportSource,
  harEntry,
  harFooter,
  harHeader,
  trailEntry,
  trailFooter,
  trailHeader,
} from './har.ts'

type Column = readonly [name: string, of: (exchange: Exchange) => string | number | undefined]

/** Without headers and bodies, which are too large for the cells of spreadsheets. New columns are the last ones. */
const columns: readonly Column[] = [
  ['id', ({ id }) => id],
  ['at', ({ at }) => toIsoTime(at)],
  ['tenantTime', ({ tenantTime }) => toIsoTime(tenantTime)],
  ['tenant', ({ tenant }) => tenant],
  ['method', ({ method }) => method],
  ['url', ({ url }) => url],
  ['status', ({ status }) => status],
  ['milliseconds', ({ microseconds }) => microseconds / 1000],
  ['action', ({ action }) => action],
  ['targetType', ({ target }) => target?.type],
  ['targetId', ({ target }) => target?.id],
  ['targetLabel', ({ target }) => target?.label],
  ['token', ({ token }) => token?.id],
  ['tokenEnding', ({ token }) => token?.ending],
  ['refusal', ({ refusal }) => refusal],
  ['rule', ({ rule }) => rule],
  ['profile', ({ profile }) => profile],
  ['remoteAddress', ({ remoteAddress }) => remoteAddress],
  ['parent', ({ parent }) => parent],
  ['replayOf', ({ replayOf }) => replayOf],
  ['fault', ({ fault }) => fault?.summary],
  ['dialect', ({ notes }) => notes?.dialect],
  ['cycle', ({ notes }) => notes?.cycle],
  ['findings', ({ notes }) => notes?.findings.join(' ')],
  ['api', ({ api }) => api],
  ['apiOperation', ({ apiOperation }) => apiOperation],
  ['accessKey', ({ accessKey }) => accessKey],
  ['credential', ({ credential }) => credential && describeCredential(credential)],
  ['client', ({ notes }) => notes?.recognized?.product],
  ['evidence', ({ notes }) => notes?.recognized?.evidence],
]

export const csvHeader: string = csvRow(columns.map(([name]) => name))

export const toCsvRow = (exchange: Exchange): string => csvRow(columns.map(([, of]) => of(exchange)))

type ListFormat = Exclude<JournalFormat, 'recording'>

export const journalMediaTypes: Readonly<Record<ListFormat, string>> = {
  ndjson: 'application/x-ndjson',
  har: 'application/json',
  csv: csvMediaType,
  cloudtrail: 'application/json',
}

export const journalFiles: Readonly<Record<ListFormat, string>> = {
  ndjson: 'exchanges.ndjson',
  har: 'exchanges.har',
  csv: 'exchanges.csv',
  cloudtrail: 'exchanges.cloudtrail.json',
}

type Layout = {
  readonly bodies: Bodies
  readonly head: string
  readonly entry: (exchange: Exchange) => string | undefined
  readonly between: string
  readonly tail: string
}

const layouts: Readonly<Record<ListFormat, (source: ExportSource) => Layout>> = {
  ndjson: () => ({
    bodies: 'all',
    head: '',
    entry: exchange => `${JSON.stringify(viewExchangeDetail(exchange))}\n`,
    between: '',
    tail: '',
  }),
  har: source => ({
    bodies: 'all',
    head: harHeader(source),
    entry: exchange => harEntry(exchange, source),
    between: ',\n',
    tail: harFooter,
  }),
  csv: () => ({ bodies: 'none', head: csvHeader, entry: toCsvRow, between: '', tail: '' }),
  cloudtrail: source => ({
    bodies: 'all',
    head: trailHeader,
    entry: exchange => trailEntry(exchange, source),
    between: ',\n',
    tail: trailFooter,
  }),
}

/** Newest first. Reads the next batch on demand. */
export async function* exportJournal(
  journal: Pick<Journal, 'batches'>,
  query: { readonly search: Search; readonly signal?: AbortSignal },
  format: ListFormat,
  source: ExportSource,
): AsyncGenerator<string> {
  const { bodies, head, entry, between, tail } = layouts[format](source)
  let before = head
  for await (const exchanges of journal.batches({ ...query, bodies })) {
    const entries = exchanges.map(entry).filter(text => text !== undefined)
    if (entries.length === 0) continue
    yield before + entries.join(between)
    before = between
  }
  const end = (before === head ? head : '') + tail
  if (end !== '') yield end
}
