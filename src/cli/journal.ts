import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { type ApiClient, apiPath, fetchItems, type Page, type Query } from './api-client.ts'
import { CliError } from './cli-error.ts'
import { explainCommand } from './explain.ts'
import { limitOption, searchCommand } from './options.ts'
import {
  type Column,
  formatCell,
  formatRecord,
  formatTenantTime,
  formatTime,
  printable,
  printableJson,
  printableLines,
} from './output.ts'
import { createSession, list, type Session } from './session.ts'

type Message = {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly cutFrom?: number
}

export type ExchangeAnswer = {
  readonly id: string
  readonly tenant?: string
  readonly parent?: string
  readonly at: string
  readonly tenantTime: string
  readonly microseconds: number
  readonly method: string
  readonly url: string
  readonly status: number
  readonly action: string
  readonly target?: { readonly type: string; readonly id?: string; readonly label?: string }
  readonly token?: { readonly id: string; readonly ending: string }
  readonly refusal?: string
  readonly rule?: string
  readonly profile?: string
  readonly remoteAddress?: string
  readonly fault?: { readonly id: string; readonly words: string }
  readonly replayOf?: string
  readonly analyzed: boolean
  readonly client?: string
  readonly dialect?: string
  readonly cycle?: string
  readonly findings: readonly string[]
}

export type WholeExchangeAnswer = ExchangeAnswer & { readonly request: Message; readonly response: Message }

export const exchangeColumns: readonly Column<ExchangeAnswer>[] = [
  { name: 'at', of: ({ at, tenantTime }) => formatTenantTime(at, tenantTime) },
  { name: 'status', of: ({ status }) => status },
  { name: 'method', of: ({ method }) => method },
  { name: 'action', of: ({ action }) => action },
  { name: 'about', of: formatTarget },
  { name: 'tenant', of: ({ tenant }) => tenant },
  { name: 'exchange', of: ({ id }) => id },
]

function formatTarget({ target }: ExchangeAnswer): string | undefined {
  return target?.label ?? target?.id
}

/** A request and its answer, with headers and bodies. */
export const formatExchange = (exchange: WholeExchangeAnswer): string =>
  [
    formatFacts(exchange),
    `${printableLines(`${exchange.method} ${exchange.url}`)}\n${formatMessage(exchange.request)}`,
    `Status ${exchange.status}\n${formatMessage(exchange.response)}`,
  ].join('\n')

const formatFacts = (exchange: ExchangeAnswer): string =>
  formatRecord([
    ['exchange', exchange.id],
    ...fact('part of', exchange.parent),
    ...fact('again', exchange.replayOf),
    ['at', formatTenantTime(exchange.at, exchange.tenantTime)],
    ...fact('server time', exchange.at === exchange.tenantTime ? undefined : formatTime(exchange.at)),
    ['took', `${exchange.microseconds / 1000} ms`],
    ['tenant', exchange.tenant],
    ['profile', exchange.profile],
    ['action', exchange.action],
    ['about', formatTarget(exchange)],
    ['token', exchange.token && `${exchange.token.id}, ends in ${exchange.token.ending}`],
    ['from', exchange.remoteAddress],
    ...fact('refused', exchange.refusal && `${exchange.refusal} token`),
    ...fact('rule', exchange.rule),
    ...fact('fault', exchange.fault?.words),
    ...fact('client', exchange.client),
    ...fact('dialect', exchange.dialect),
    ...fact('cycle', exchange.cycle),
    ...exchange.findings.map(finding => ['found', finding] as const),
  ])

/** A line for what most exchanges don't have. */
const fact = (name: string, value: string | undefined): readonly (readonly [string, string])[] =>
  value === undefined ? [] : [[name, value]]

function formatMessage({ headers, body, cutFrom }: Message): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  if (body) lines.push('', indentBody(body))
  if (cutFrom !== undefined) lines.push(`(cut; the whole body has ${cutFrom} bytes)`)
  return `${printableLines(lines.join('\n'))}\n`
}

/** JSON is easier to read over several lines; what isn't JSON stays as it came. */
function indentBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2)
  } catch {
    return body
  }
}

/** Writes a file that the API gives to a file, or to the standard output. */
export async function saveExport(
  { api, show }: Session,
  path: string,
  query: Query,
  file: string | undefined,
): Promise<void> {
  const content = Readable.fromWeb(await api.download(path, { query }))
  try {
    if (file !== undefined) await pipeline(content, createWriteStream(file, { mode: 0o600 }))
    else if (process.stdout.isTTY) await pipeline(content, escapeControls, process.stdout, { end: false })
    else await pipeline(content, process.stdout, { end: false })
  } catch (error) {
    throw exportFailed(error as NodeJS.ErrnoException, file)
  }
  if (file !== undefined) show({ file }, `Saved as ${file}.\n`)
}

/** On a terminal, what clients sent is shown and not obeyed; a file and a pipe get it as it is. */
async function* escapeControls(content: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const part of content) {
    yield decoder
      .decode(part, { stream: true })
      .replace(/(?![\t\r\n])[\p{Cc}\p{Bidi_Control}]/gu, character => printable(character))
  }
}

function exportFailed({ syscall, code, message }: NodeJS.ErrnoException, file: string | undefined): CliError {
  if (file !== undefined && syscall !== undefined) {
    return new CliError(`The file ${file} can't be written (${code ?? message}).`)
  }
  return new CliError(`The console broke off: what was written is not the whole. Ask again.`)
}

const pollInterval = 500

/** Writes the newest exchanges, and each that comes later, one a line and the newest last, until it is told to stop. */
export async function follow(
  { api, json }: Session,
  query: Query,
  limit: number,
  stop: AbortSignal,
): Promise<void> {
  const write = (exchange: ExchangeAnswer) =>
    process.stdout.write(json ? `${printableJson(exchange)}\n` : formatLine(exchange))
  let { items: newest } = await fetchItems<ExchangeAnswer>(api, apiPath('exchanges'), query, limit)
  newest.toReversed().forEach(write)
  while (await waitUnlessStopped(stop)) {
    const fresh = await fetchNewer(new Set(newest.map(({ id }) => id)), api, query)
    fresh.toReversed().forEach(write)
    newest = [...fresh, ...newest].slice(0, maxRemembered)
  }
}

/** So many are known as shown: exchanges that the journal forgets meanwhile must not make older ones look new. */
const maxRemembered = 1000

/** Goes back in the journal to the first exchange that was shown. */
async function fetchNewer(
  shown: ReadonlySet<string>,
  api: ApiClient,
  query: Query,
): Promise<readonly ExchangeAnswer[]> {
  const fresh: ExchangeAnswer[] = []
  let cursor: string | undefined
  do {
    const page = await api.get<Page<ExchangeAnswer>>(apiPath('exchanges'), {
      query: { ...query, limit: 200, cursor },
    })
    const known = page.items.findIndex(({ id }) => shown.has(id))
    fresh.push(...page.items.slice(0, known < 0 ? undefined : known))
    cursor = known < 0 ? page.next : undefined
  } while (cursor !== undefined)
  return fresh
}

async function waitUnlessStopped(stop: AbortSignal): Promise<boolean> {
  try {
    await pause(pollInterval, undefined, { signal: stop })
  } catch {
    // The signal has come.
  }
  return !stop.aborted
}

const formatLine = ({
  at,
  tenantTime,
  status,
  method,
  action,
  target,
  tenant,
  id,
}: ExchangeAnswer): string => {
  const about = target?.label ?? target?.id
  const words = about === undefined ? formatCell(action) : `${formatCell(action)}: ${formatCell(about)}`
  const when = formatTenantTime(at, tenantTime)
  return `${when}  ${status}  ${method.padEnd(6)}  ${formatCell(tenant)}  ${words}  ${id}\n`
}

type Filters = {
  readonly tenant?: string
  readonly method?: string
  readonly action?: string
  readonly status?: string
  readonly resource?: string
  readonly from?: string
  readonly until?: string
  readonly text?: string
}

type Limited = Filters & { readonly limit: number }

/** `scimulator journal`: what clients sent, and what they were told. */
export function journalCommand(program: Command): void {
  const journal = program.command('journal').description('what clients sent, and what they were told')
  addPeriodOptions(addFilterOptions(searchCommand(journal, 'list', 'list the exchanges, newest first')))
    .addOption(limitOption(50))
    .action(listExchanges)
  journal
    .command('show <exchange>')
    .description('show one with headers and bodies')
    .addOption(
      new Option('--as <format>', 'as something to be used elsewhere').choices(['curl', 'fixture', 'har']),
    )
    .action(showExchange)
  addFilterOptions(
    journal.command('tail [query...]').description('show the newest exchanges, and each new one as it comes'),
  )
    .addOption(limitOption(10))
    .action(tailExchanges)
  addPeriodOptions(
    addFilterOptions(journal.command('export [query...]').description('save the exchanges as a file')),
  )
    .addOption(
      new Option('--format <format>', 'the format of the file')
        .choices(['ndjson', 'har', 'csv'])
        .default('ndjson'),
    )
    .option('-o, --output <file>', 'where to; otherwise it is printed')
    .action(exportExchanges)
  explainCommand(journal)
  journal.command('replay <exchange>').description('send its request again').action(replayExchange)
}

const searchHelp = `
A query is made of terms, all of which have to hold:
  status:404 status:4xx method:PATCH action:disable user:barney group:x target:x
  tenant:acme after:14:00 after:15m before:2026-03-01 text:externalId token:k3f9
  operation:disable finding:any dialect:default cycle:ID refused:expired
  rule:aws/ profile:aws fault:any duration:>100ms resource:ID parent:ID id:ID is:replay
Other words are looked for in what was done, to whom, in URLs and bodies. A dash in front
negates a term, and quotes keep blanks: 'status:4xx -user:"Barney Gumble"'. A query that
begins with a dash stands behind --.`

const addFilterOptions = (command: Command): Command =>
  command
    .option('-t, --tenant <id>', 'only of this tenant')
    .option('--method <method>', 'only of this HTTP method')
    .option('--action <words>', 'only with these words in their action')
    .option('--status <status>', 'only of this status, or of a class: 404, 4xx')
    .option('--resource <id>', 'only about this resource')
    .option('--text <text>', 'only with this text in their URL or a body')
    .addHelpText('after', searchHelp)

const addPeriodOptions = (command: Command): Command =>
  command.option('--from <time>', 'not before this time').option('--until <time>', 'before this time')

const toQuery = (terms: readonly string[], filters: Filters): Query => {
  const { tenant, method, action, status, resource, from, until, text } = filters
  const q = terms.length === 0 ? undefined : terms.join(' ')
  return { q, tenant, method, action, status, resource, from, until, text }
}

const listExchanges = (terms: readonly string[], filters: Limited, command: Command) =>
  list<ExchangeAnswer>(createSession(command), {
    path: apiPath('exchanges'),
    query: toQuery(terms, filters),
    limit: filters.limit,
    columns: exchangeColumns,
    nothing: 'The journal has no such exchanges.',
  })

async function showExchange(id: string, options: { readonly as?: string }, command: Command): Promise<void> {
  const session = createSession(command)
  if (options.as !== undefined) {
    return saveExport(session, apiPath('exchanges', id, 'export'), { format: options.as }, undefined)
  }
  const exchange = await session.api.get<WholeExchangeAnswer>(apiPath('exchanges', id))
  session.show(exchange, formatExchange(exchange))
}

async function tailExchanges(terms: readonly string[], filters: Limited, command: Command): Promise<void> {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  await follow(createSession(command), toQuery(terms, filters), filters.limit, interrupted.signal)
}

const exportExchanges = (
  terms: readonly string[],
  { format, output, ...filters }: Filters & { readonly format: string; readonly output?: string },
  command: Command,
): Promise<void> =>
  saveExport(
    createSession(command),
    apiPath('exchanges', 'export'),
    { ...toQuery(terms, filters), format },
    output,
  )

async function replayExchange(id: string, _options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const replay = await api.post<{ readonly exchange: string; readonly status: number }>(
    apiPath('exchanges', id, 'replay'),
  )
  show(replay, `Sent again, and answered with status ${replay.status}: exchange ${replay.exchange}.\n`)
}
