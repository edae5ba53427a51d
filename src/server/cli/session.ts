import type { Command } from 'commander'
import {
  type Call,
  type CallRequest,
  type ContentKey,
  createCall,
  type Input,
  type InputArguments,
  type Item,
  type PageKey,
  toRequest,
} from '../../domain/contract/client.ts'
import type { ProblemDocument } from '../../domain/contract/problem.ts'
import { maxResponseSize, ResponseTooLarge, readResponseText } from '../../provisioning/kit/http-target.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { nameTenant, printable, printableJson } from './output.ts'
import { type Column, fitLines, formatCsv, formatTable, type Layout, layoutOf } from './table.ts'

export type Session = {
  readonly api: ApiClient
  readonly console: { readonly url: string; readonly isDefault: boolean }
  readonly show: (response: unknown, text: string) => void
  readonly json: boolean
  readonly layout: Layout
}

type ProgramOptions = {
  readonly console: string
  readonly consoleToken?: string
  readonly json?: true
  readonly wide?: true
}

export function createSession(command: Command): Session {
  const { console, consoleToken, json = false, wide } = command.optsWithGlobals<ProgramOptions>()
  const layout = layoutOf(process.stdout, wide)
  return {
    api: createApiClient({
      url: console,
      token: consoleToken,
      options: new Map(command.options.map(option => [option.attributeName(), option.long ?? option.flags])),
    }),
    console: { url: console, isDefault: command.getOptionValueSourceWithGlobals('console') === 'default' },
    json,
    layout,
    show(response, text) {
      if (!json) process.stdout.write(fitLines(text, layout))
      else if (response !== undefined) process.stdout.write(`${printableJson(response, 2)}\n`)
    },
  }
}

type Listing<Item> = {
  readonly limit: number
  /** How many there are, if the pages do not say it. */
  readonly total?: () => Promise<string>
  readonly columns: readonly Column<Item>[]
  readonly nothing: string
  readonly isCsv?: boolean
}

export async function list<Key extends PageKey>(
  { api, show, json, layout }: Session,
  key: Key,
  input: Input<Key>,
  { limit, columns, nothing, total, isCsv = false }: Listing<Item<Key>>,
): Promise<void> {
  const page = await fetchItems(api.call, key, input, limit)
  const formatRows = () =>
    page.items.length === 0 ? `${printable(nothing)}\n` : formatTable(columns, page.items, layout)
  show(page, isCsv ? formatCsv(columns, page.items) : formatRows())
  // To standard error, since a script may read the table.
  if (page.next === undefined || json) return
  const of = page.total?.toLocaleString('en') ?? (await total?.())
  process.stderr.write(
    of === undefined
      ? `Showing ${page.items.length}. More: --limit ${2 * limit}, all: --limit 0.\n`
      : `Showing ${page.items.length} of ${of}. Use --limit 0 for all.\n`,
  )
}

export async function resolveTenant(
  api: ApiClient,
  named: string | undefined,
  how: '--tenant' | 'an argument' = '--tenant',
): Promise<string> {
  if (named !== undefined) return named
  const { items, next } = await api.call('GET /tenants', { query: { limit: 10 } })
  const [only, ...others] = items
  if (only === undefined)
    throw new CliError('The server has no tenant. Create one with `scimulator tenants create`.')
  if (others.length === 0) return only.id
  const names = items.map(nameTenant).join(', ')
  throw wrongUse(`The server has several tenants. Specify one with ${how}: ${names}${next ? ', …' : ''}.`)
}

/** The ID of the tenant with this ID or name. The API reports that there is none. */
export async function findTenantId(api: ApiClient, named: string): Promise<string> {
  const { items } = await api.call('GET /tenants', { query: { named, limit: 10 } })
  const [only, ...others] = items
  if (others.length === 0) return only?.id ?? named
  throw wrongUse(
    `"${named}" is the name of several tenants: ${items.map(({ id }) => id).join(', ')}. Use the ID.`,
  )
}

/** The address of a page about a rule or finding; undefined if the server has no documentation. */
export type PageOf = (page: (docs: string, id: string) => string, id: string) => string | undefined

export async function findDocs({ api, console }: Pick<Session, 'api' | 'console'>): Promise<PageOf> {
  const { docs } = await api.call('GET /me')
  return (page, id) => (docs === undefined ? undefined : new URL(page(docs, id), console.url).href)
}

/** Failures reject with a CliError. */
export type ApiClient = {
  readonly call: Call
  /** For work of minutes. */
  readonly patient: Call
  download<Key extends ContentKey>(
    key: Key,
    ...input: InputArguments<Key>
  ): Promise<ReadableStream<Uint8Array>>
  /** Opens the stream of events, resumed after the event with this id. */
  events(
    query: NonNullable<Input<'GET /events'>['query']>,
    lastId: string | undefined,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>
  ready(signal: AbortSignal): Promise<unknown>
}

type Console = {
  readonly url: string
  readonly token?: string | undefined
  readonly options?: ReadonlyMap<string, string>
}

export const createApiClient = (console: Console): ApiClient => ({
  call: createCall(request => sendRequest(console, request)),
  patient: createCall(async request => {
    const { Agent } = (await import('undici')).default
    // By default, `fetch` waits five minutes for the headers.
    const dispatcher = new Agent({ headersTimeout: longTimeout })
    return sendRequest(console, request, AbortSignal.timeout(longTimeout), { dispatcher }, maxReport)
  }),
  download: (key, ...input) => openContent(console, toRequest(key, ...input)),
  events: (query, lastId, signal) =>
    openContent(
      console,
      toRequest('GET /events', { ...(query && { query }), signal }),
      lastId === undefined ? {} : { 'last-event-id': lastId },
    ),
  ready: signal => sendRequest(console, { method: 'GET', path: '/readyz', signal }),
})

const requestTimeout = 60_000
/** The server itself ends a rehearsal after ten minutes. */
const longTimeout = 660_000
/** Bytes. A rehearsal lists up to 10,000 people and as many objects, with their requests. */
const maxReport = 128 * 1024 * 1024

// CLI and server are of the same release, so the shape of the response is not checked.
const sendRequest = async (
  console: Console,
  request: CallRequest,
  timeout?: AbortSignal,
  options?: object,
  limit?: number,
): Promise<unknown> =>
  readJsonResponse(console, await fetchResponse(console, request, timeout, {}, options), limit)

async function readJsonResponse(
  console: Console,
  response: Response,
  limit = maxResponseSize,
): Promise<unknown> {
  const text = await readResponseText(response, limit).catch(error => {
    throw error instanceof ResponseTooLarge ? tooLargeError(console, limit) : unreachableError(console, error)
  })
  const body = text === '' ? undefined : parseJson(console, text)
  if (response.ok) return body
  const problem = (body ?? {}) as Partial<ProblemDocument>
  throw new CliError(describeProblem(console, response.status, problem), 1, problem)
}

/** The timeout applies to the headers only: a large file takes longer, and events never end. */
async function openContent(
  console: Console,
  request: CallRequest,
  headers: Readonly<Record<string, string>> = {},
): Promise<ReadableStream<Uint8Array>> {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(new DOMException('timeout', 'TimeoutError')), requestTimeout)
  const response = await fetchResponse(console, request, timeout.signal, headers).finally(() =>
    clearTimeout(timer),
  )
  if (!response.ok) await readJsonResponse(console, response)
  return response.body ?? new ReadableStream({ start: controller => controller.close() })
}

async function fetchResponse(
  console: Console,
  { method, path, body, signal }: CallRequest,
  timeout = AbortSignal.timeout(requestTimeout),
  others: Readonly<Record<string, string>> = {},
  options: object = {},
): Promise<Response> {
  const headers = {
    ...others,
    accept: 'application/json',
    ...(console.token && { authorization: `Bearer ${console.token}` }),
    ...(body !== undefined && { 'content-type': body instanceof Blob ? body.type : 'application/json' }),
  }
  try {
    return await fetch(`${console.url}${path}`, {
      method,
      headers,
      redirect: 'error',
      ...options,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body !== undefined && { body: body instanceof Blob ? body : JSON.stringify(body) }),
    })
  } catch (error) {
    throw unreachableError(console, error)
  }
}

function parseJson({ url }: Console, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CliError(`${url} is not a Scimulator console. Set its URL with --console.`)
  }
}

function describeProblem(console: Console, status: number, problem: Partial<ProblemDocument>): string {
  const text = describeInvalidOptions(console, problem) ?? formatProblem(problem)
  if (text === '') return `${console.url} returned status ${status} without an explanation.`
  if (status !== 401) return text
  return problem.type === 'urn:scimulator:problem:recent-sign-in-needed'
    ? `${text} Use an access token of a recent sign-in, or a console token with the scope destroy, with --console-token or SCIMULATOR_CONSOLE_TOKEN.`
    : `${text} Set it with --console-token or SCIMULATOR_CONSOLE_TOKEN.`
}

/** Invalid fields of the request by the flags that set them; undefined if there are others. */
function describeInvalidOptions(
  { options }: Console,
  { errors = [] }: Partial<ProblemDocument>,
): string | undefined {
  const invalid = errors.map(({ path, message }) => {
    const name = path.replace(/^(query|body)\./, '')
    const flag = path === 'q' || path === 'query.q' ? 'search' : options?.get(name)
    return flag && `Invalid ${flag}: ${message.replace(/^(?:Enter|Expected|Must|Unknown)/, toLowerCase)}`
  })
  return invalid.length > 0 && invalid.every(Boolean) ? invalid.join(' ') : undefined
}

const toLowerCase = (text: string) => text.toLowerCase()

function formatProblem({ title, detail, errors = [] }: Partial<ProblemDocument>): string {
  // The detail may contain the errors already.
  const others = errors.filter(({ message }) => !detail?.includes(message))
  const fields = others.map(({ path, message }) => `(${path}: ${message})`)
  return [[title, detail].filter(Boolean).join(': '), ...fields].filter(Boolean).join(' ')
}

const tooLargeError = ({ url }: Console, limit: number): CliError =>
  new CliError(
    `The response of ${url} is larger than ${limit / 1024 / 1024} MiB. If this is a Scimulator console, use a smaller --limit.`,
  )

export class ConnectionError extends CliError {}

function unreachableError({ url }: Console, error: unknown): ConnectionError {
  const { name, message, cause } = error as Error
  const code = (cause as { code?: string } | undefined)?.code
  if (code === 'ECONNREFUSED') {
    return new ConnectionError(
      `${url}: connection refused. Is the server running? Set its console with --console.`,
    )
  }
  const reason = name === 'TimeoutError' ? 'timeout' : (code ?? message)
  return new ConnectionError(`Cannot reach the console at ${url} (${reason}). Check --console.`)
}

type Page<Item> = {
  readonly items: readonly Item[]
  readonly next?: string
  /** Not all lists know it. */
  readonly total?: number
}

const maxPageSize = 200

/** `next` is set if there are more items. */
export async function fetchItems<Key extends PageKey>(
  call: Call,
  key: Key,
  input: Input<Key>,
  limit: number,
): Promise<Page<Item<Key>>> {
  const items: Item<Key>[] = []
  let next: string | undefined
  let total: number | undefined
  do {
    const page = await fetchPage(call, key, input, Math.min(maxPageSize, limit - items.length), next)
    items.push(...page.items)
    next = page.next
    total = page.total
  } while (next !== undefined && items.length < limit)
  return { items, ...(next !== undefined && { next }), ...(total !== undefined && { total }) }
}

export async function fetchPage<Key extends PageKey>(
  call: Call,
  key: Key,
  input: Input<Key>,
  limit: number,
  cursor?: string,
): Promise<Page<Item<Key>>> {
  // A page key accepts both, which the compiler does not derive for a generic key.
  const paged = { ...input, query: { ...input.query, limit, cursor } } as Input<Key>
  const page: unknown = await call(key, ...([paged] as unknown as InputArguments<Key>))
  return page as Page<Item<Key>>
}
