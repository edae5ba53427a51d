import { setTimeout as pause } from 'node:timers/promises'
import { readEvents } from '../../domain/contract/event-stream.ts'
import type { Exchange, ExchangeDetail, Message, SearchQuery } from '../../domain/contract/exchanges.ts'
import { describeClient, formatClient } from '../../scim/recognition/products.ts'
import { explain } from './explain.ts'
import { does, lists, noun, runs } from './noun.ts'
import { byTenant, choice, count, outputFile, text, type Values, withDefault } from './options.ts'
import { formatTenantTime, formatTime, printableJson, printableLines } from './output.ts'
import { saveExport } from './save-export.ts'
import { ConnectionError, fetchItems, fetchPage, type Session } from './session.ts'
import { type Column, formatCell, formatRecord, toneOfStatus } from './table.ts'

const exchangeColumns: readonly Column<Exchange>[] = [
  { name: 'time', of: ({ at, tenantTime }, now) => formatTenantTime(at, tenantTime, now), shows: 'whole' },
  { name: 'status', of: ({ status }) => status, tone: ({ status }) => toneOfStatus(status) },
  { name: 'method', of: ({ method }) => method, isExtra: true },
  { name: 'action', of: ({ action }) => action },
  { name: 'object', of: formatTarget },
  { name: 'client', of: ({ recognized }) => recognized && formatClient(recognized), isExtra: true },
  { name: 'tenant', of: ({ tenant }) => tenant, isExtra: true },
  { name: 'request', of: ({ id }) => id, shows: 'request' },
]

function formatTarget({ target, sought }: Exchange): string | undefined {
  return target?.label ?? target?.id ?? sought
}

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

const fact = (name: string, value: string | undefined): readonly (readonly [string, string])[] =>
  value === undefined ? [] : [[name, value]]

function formatMessage({ headers, body, cutFrom }: Message): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  if (body) lines.push('', indentBody(body))
  if (cutFrom !== undefined) lines.push(`(truncated; the body has ${cutFrom} bytes)`)
  return `${printableLines(lines.join('\n'))}\n`
}

function indentBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2)
  } catch {
    return body
  }
}

const firstDelay = 500
const maxDelay = 8000

/** Newest last, until `stop` aborts. Resumes after a lost connection. */
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

const help = `
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

const filters = {
  tenant: byTenant,
  method: text('method', 'Filter by HTTP method'),
  action: text('text', 'Filter by action'),
  status: text('status', 'Filter by status or class: 404, 4xx'),
  resource: text('id', 'Filter by resource'),
  text: text('text', 'Filter by text in URL or body'),
}

const filtersAndPeriod = { ...filters, from: text('time', 'Start time'), until: text('time', 'End time') }

type Search = { readonly query: readonly string[] } & Partial<Values<typeof filtersAndPeriod>>

const toQuery = ({
  query,
  tenant,
  method,
  action,
  status,
  resource,
  from,
  until,
  text,
}: Search): SearchQuery => {
  const q = query.length === 0 ? undefined : query.join(' ')
  return { q, tenant, method, action, status, resource, from, until, text }
}

export const journal = noun([
  lists('list [query...]', 'GET /exchanges', 'List requests, newest first', {
    help,
    flags: filtersAndPeriod,
    sends: toQuery,
    columns: exchangeColumns,
    nothing: 'No matching requests.',
    async total({ api }, query) {
      const { count, complete } = await api.call('GET /exchanges/count', { query })
      return `${complete ? '' : 'more than '}${count.toLocaleString('en')}`
    },
  }),
  runs('count [query...]', 'GET /exchanges/count', 'Count requests, up to 10,000', {
    help,
    flags: filtersAndPeriod,
    sends: toQuery,
    shows: ({ complete, count }) => `${complete ? '' : 'more than '}${count}\n`,
  }),
  does(
    'show <id>',
    'Show a request and its response with headers and bodies',
    { flags: { as: choice(['curl', 'aws', 'fixture', 'har', 'cloudtrail'], 'Output format', 'format') } },
    async ({ id, as }, session) => {
      const params = { id }
      if (as !== undefined)
        return saveExport(session, 'GET /exchanges/:id/export', { params, query: { format: as } }, undefined)
      const exchange = await session.api.call('GET /exchanges/:id', { params })
      session.show(exchange, formatExchange(exchange))
    },
  ),
  does(
    'tail [query...]',
    'Show recent requests, and new ones as they arrive',
    {
      help,
      flags: {
        ...filters,
        limit: withDefault(count('number', 'Recent requests to show first', 0, 100_000), 10),
      },
    },
    async (given, session) => {
      const interrupted = new AbortController()
      process.once('SIGINT', () => interrupted.abort())
      await follow(session, toQuery(given), given.limit, interrupted.signal)
    },
  ),
  does(
    'export [query...]',
    'Export requests',
    {
      help,
      flags: {
        ...filtersAndPeriod,
        format: withDefault(
          choice(['ndjson', 'har', 'csv', 'cloudtrail', 'recording'], 'Export format'),
          'ndjson',
        ),
        output: outputFile,
      },
    },
    ({ format, output, ...search }, session) =>
      saveExport(session, 'GET /exchanges/export', { query: { ...toQuery(search), format } }, output),
  ),
  explain,
  runs(
    'replay <id>',
    'POST /exchanges/:id/replay',
    'Send a request again, with the rights that its caller has now',
    {
      flags: {
        as: withDefault(
          choice(
            ['caller', 'console'],
            'With the rights of its caller, or with the full rights of the console',
            'caller',
          ),
          'caller',
        ),
      },
      shows: ({ status, exchange }) => `Replayed with status ${status}: request ${exchange}.\n`,
    },
  ),
])
