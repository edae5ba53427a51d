import { setTimeout as pause } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { readEvents } from '../../domain/contract/event-stream.ts'
import type {
  Exchange,
  ExchangeDetail,
  ExchangeFormat,
  JournalFormat,
  Message,
  SearchQuery,
} from '../../domain/contract/exchanges.ts'
import { describeClient, formatClient } from '../../scim/recognition/products.ts'
import { ConnectionError, fetchItems, fetchPage } from './api-client.ts'
import { explainCommand } from './explain.ts'
import { limitOption, searchCommand, tenantFilter, wholeNumber } from './options.ts'
import { formatTenantTime, formatTime, printableJson, printableLines } from './output.ts'
import { saveExport } from './save-export.ts'
import { createSession, list, type Session } from './session.ts'
import { type Column, formatCell, formatRecord, toneOfStatus } from './table.ts'

const exchangeColumns: readonly Column<Exchange>[] = [
  { name: 'time', of: ({ at, tenantTime }) => formatTenantTime(at, tenantTime), shows: 'whole' },
  { name: 'status', of: ({ status }) => status, tone: ({ status }) => toneOfStatus(status) },
  { name: 'method', of: ({ method }) => method, isExtra: true },
  { name: 'action', of: ({ action }) => action },
  { name: 'object', of: formatTarget },
  { name: 'client', of: ({ recognized }) => recognized && formatClient(recognized), isExtra: true },
  { name: 'tenant', of: ({ tenant }) => tenant, isExtra: true },
  { name: 'request', of: ({ id }) => id, shows: 'whole' },
]

function formatTarget({ target }: Exchange): string | undefined {
  return target?.label ?? target?.id
}

/** A request and its response, with headers and bodies. */
const formatExchange = (exchange: ExchangeDetail): string =>
  [
    formatFacts(exchange),
    `${printableLines(`${exchange.method} ${exchange.url}`)}\n${formatMessage(exchange.request)}`,
    `Status ${exchange.status}\n${formatMessage(exchange.response)}`,
  ].join('\n')

const formatFacts = (exchange: Exchange): string =>
  formatRecord([
    ['request', exchange.id],
    ...fact('part of', exchange.parent),
    ...fact('replay of', exchange.replayOf),
    ['time', formatTenantTime(exchange.at, exchange.tenantTime)],
    ...fact('server time', exchange.at === exchange.tenantTime ? undefined : formatTime(exchange.at)),
    ['duration', `${exchange.microseconds / 1000} ms`],
    ['tenant', exchange.tenant],
    ['profile', exchange.profile],
    ['action', exchange.action],
    ['object', formatTarget(exchange)],
    ...fact('API', exchange.api),
    ...fact('operation', exchange.apiOperation),
    ...fact('access key', exchange.accessKey),
    ...fact('region', exchange.region),
    ...(exchange.api === undefined
      ? [['token', exchange.token && `${exchange.token.id}, ends in ${exchange.token.ending}`] as const]
      : []),
    ...formatCredential(exchange.credential),
    ['client IP', exchange.remoteAddress],
    ...fact('rejected', formatRefusal(exchange)),
    ...fact('rule', exchange.rule),
    ...fact('fault', exchange.fault?.summary),
    ...fact('client', exchange.recognized ? describeClient(exchange.recognized) : exchange.client),
    ...fact('dialect', exchange.dialect),
    ...fact('cycle', exchange.cycle),
    ...exchange.findings.map(finding => ['finding', finding] as const),
  ])

function formatRefusal({ api, refusal }: Exchange): string | undefined {
  if (refusal === undefined || refusal.endsWith('-signature') || refusal === 'clock-skew') return refusal
  return `${refusal} ${api === undefined ? 'token' : 'access key'}`
}

function formatCredential(credential: Exchange['credential']): readonly (readonly [string, string])[] {
  if (!credential) return []
  if (credential.kind === 'client') return [['client', `${credential.name} (${credential.client})`]]
  const { header, claims } = credential.jwt
  return [
    ...(credential.kind === 'issuer' ? fact('issuer', `${credential.name} (${credential.issuer})`) : []),
    ['JWT header', JSON.stringify(header)],
    ['JWT claims', JSON.stringify(claims)],
  ]
}

/** A line for an optional value. */
const fact = (name: string, value: string | undefined): readonly (readonly [string, string])[] =>
  value === undefined ? [] : [[name, value]]

function formatMessage({ headers, body, cutFrom }: Message): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  if (body) lines.push('', indentBody(body))
  if (cutFrom !== undefined) lines.push(`(truncated; the body has ${cutFrom} bytes)`)
  return `${printableLines(lines.join('\n'))}\n`
}

/** JSON on several lines; other text unchanged. */
function indentBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2)
  } catch {
    return body
  }
}

const firstDelay = 500
const maxDelay = 8000

/**
 * Writes the newest requests and then each new one, one per line and newest last, until `stop` aborts. Resumes after a
 * lost connection.
 */
async function follow(
  { api, json }: Session,
  query: SearchQuery,
  limit: number,
  stop: AbortSignal,
): Promise<void> {
  let shown: readonly string[] | undefined
  let lastId: string | undefined
  let delay = firstDelay

  const write = (exchange: Exchange) => {
    process.stdout.write(json ? `${printableJson(exchange)}\n` : formatLine(exchange))
  }
  const remember = (exchanges: readonly Exchange[]) => {
    shown = [...exchanges.map(({ id }) => id), ...(shown ?? [])].slice(0, maxRemembered)
    lastId = shown[0]
  }
  const writeRecent = async () => {
    const { items } = await fetchItems(api.call, 'GET /exchanges', { query }, Math.max(1, limit))
    items.slice(0, limit).toReversed().forEach(write)
    remember(items)
  }
  const writeMissed = async () => {
    const missed = await fetchNewer(new Set(shown), api, query)
    missed.toReversed().forEach(write)
    remember(missed)
  }
  const receive = async () => {
    const isResumed = lastId !== undefined
    // Opened before the journal is read, so that no request is missed in between.
    const stream = await api.events(query, lastId, stop)
    delay = firstDelay
    if (shown === undefined) await writeRecent()
    else if (!isResumed) await writeMissed()
    for await (const { event, data } of readEvents(stream)) {
      if (event === 'gap') await writeMissed()
      if (event !== 'exchange') continue
      const exchange: Exchange = JSON.parse(data)
      if (shown?.includes(exchange.id)) continue
      write(exchange)
      remember([exchange])
    }
  }

  while (!stop.aborted) {
    await receive().catch(error => {
      if (!stop.aborted && (shown === undefined || !(error instanceof ConnectionError))) throw error
    })
    if (stop.aborted) return
    process.stderr.write('scimulator: Connection lost. Reconnecting…\n')
    await pause(delay, undefined, { signal: stop }).catch(() => {})
    delay = Math.min(delay * 2, maxDelay)
  }
}

/** The number of shown requests that are remembered: pruning must not make older ones look new. */
const maxRemembered = 1000

/** Reads the journal back to the first request that was shown. */
async function fetchNewer(
  shown: ReadonlySet<string>,
  api: Session['api'],
  query: SearchQuery,
): Promise<readonly Exchange[]> {
  const fresh: Exchange[] = []
  let cursor: string | undefined
  do {
    const page = await fetchPage(api.call, 'GET /exchanges', { query }, 200, cursor)
    const known = page.items.findIndex(({ id }) => shown.has(id))
    fresh.push(...page.items.slice(0, known < 0 ? undefined : known))
    cursor = known < 0 ? page.next : undefined
  } while (cursor !== undefined)
  return fresh
}

const formatLine = ({ at, tenantTime, status, method, action, target, tenant, id }: Exchange): string => {
  const about = target?.label ?? target?.id
  const summary = about === undefined ? formatCell(action) : `${formatCell(action)}: ${formatCell(about)}`
  const time = formatTenantTime(at, tenantTime)
  return `${time}  ${status}  ${method.padEnd(6)}  ${formatCell(tenant)}  ${summary}  ${id}\n`
}

type Filters = Omit<SearchQuery, 'q'>
type Limited = Filters & { readonly limit: number }

/** `scimulator journal`: the recorded requests. */
export function journalCommand(journal: Command): void {
  addPeriodOptions(addFilterOptions(searchCommand(journal, 'list', 'List requests, newest first')))
    .addOption(limitOption(50))
    .action(listExchanges)
  addPeriodOptions(
    addFilterOptions(journal.command('count [query...]').description('Count requests, up to 10,000')),
  ).action(countExchanges)
  journal
    .command('show <id>')
    .description('Show a request and its response with headers and bodies')
    .addOption(
      new Option('--as <format>', 'Output format').choices(['curl', 'aws', 'fixture', 'har', 'cloudtrail']),
    )
    .action(showExchange)
  addFilterOptions(
    journal.command('tail [query...]').description('Show recent requests, and new ones as they arrive'),
  )
    .option('--limit <number>', 'Recent requests to show first', wholeNumber(0, 100_000), 10)
    .action(tailExchanges)
  addPeriodOptions(addFilterOptions(journal.command('export [query...]').description('Export requests')))
    .addOption(
      new Option('--format <format>', 'Export format')
        .choices(['ndjson', 'har', 'csv', 'cloudtrail', 'recording'])
        .default('ndjson'),
    )
    .option('-o, --output <file>', 'Output file (default: standard output)')
    .action(exportExchanges)
  explainCommand(journal)
  journal
    .command('replay <id>')
    .description('Send a request again, with the rights that its caller has now')
    .addOption(
      new Option('--as <caller>', 'With the rights of its caller, or with the full rights of the console')
        .choices(['caller', 'console'])
        .default('caller'),
    )
    .action(replayExchange)
}

const searchHelp = `
A query consists of filters that must all match:
  status:404 status:4xx method:PATCH action:disable user:barney group:x target:x
  tenant:acme after:14:00 after:15m before:2026-03-01 text:externalId token:k3f9
  tenant-after:2026-03-01T14:00 tenant-before:2026-03-01
  operation:disable finding:any client:okta dialect:default cycle:ID rejected:expired rule:aws/ profile:aws
  fault:any duration:>100ms resource:ID parent:ID id:ID is:replay
  api:identity-store operation:UpdateUser key:ID
Other words match the action, the object, URLs and bodies. Prefix a filter with - to exclude,
and quote values with spaces: 'status:4xx -user:"Barney Gumble"'. Write -- before a query that
starts with -.`

const addFilterOptions = (command: Command): Command =>
  command
    .addOption(tenantFilter())
    .option('--method <method>', 'Filter by HTTP method')
    .option('--action <text>', 'Filter by action')
    .option('--status <status>', 'Filter by status or class: 404, 4xx')
    .option('--resource <id>', 'Filter by resource')
    .option('--text <text>', 'Filter by text in URL or body')
    .addHelpText('after', searchHelp)

const addPeriodOptions = (command: Command): Command =>
  command.option('--from <time>', 'Start time').option('--until <time>', 'End time')

const toQuery = (terms: readonly string[], filters: Filters): SearchQuery => {
  const { tenant, method, action, status, resource, from, until, text } = filters
  const q = terms.length === 0 ? undefined : terms.join(' ')
  return { q, tenant, method, action, status, resource, from, until, text }
}

const listExchanges = (terms: readonly string[], filters: Limited, command: Command) =>
  list(
    createSession(command),
    'GET /exchanges',
    { query: toQuery(terms, filters) },
    { limit: filters.limit, columns: exchangeColumns, nothing: 'No matching requests.' },
  )

async function countExchanges(terms: readonly string[], filters: Filters, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const counted = await api.call('GET /exchanges/count', { query: toQuery(terms, filters) })
  show(counted, `${counted.complete ? '' : 'more than '}${counted.count}\n`)
}

async function showExchange(
  id: string,
  options: { readonly as?: ExchangeFormat },
  command: Command,
): Promise<void> {
  const session = createSession(command)
  if (options.as !== undefined) {
    const input = { params: { id }, query: { format: options.as } }
    return saveExport(session, 'GET /exchanges/:id/export', input, undefined)
  }
  const exchange = await session.api.call('GET /exchanges/:id', { params: { id } })
  session.show(exchange, formatExchange(exchange))
}

async function tailExchanges(terms: readonly string[], filters: Limited, command: Command): Promise<void> {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  await follow(createSession(command), toQuery(terms, filters), filters.limit, interrupted.signal)
}

const exportExchanges = (
  terms: readonly string[],
  { format, output, ...filters }: Filters & { readonly format: JournalFormat; readonly output?: string },
  command: Command,
): Promise<void> =>
  saveExport(
    createSession(command),
    'GET /exchanges/export',
    { query: { ...toQuery(terms, filters), format } },
    output,
  )

async function replayExchange(
  id: string,
  { as }: { readonly as: 'caller' | 'console' },
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const replay = await api.call('POST /exchanges/:id/replay', { params: { id }, body: { as } })
  show(replay, `Replayed with status ${replay.status}: request ${replay.exchange}.\n`)
}
