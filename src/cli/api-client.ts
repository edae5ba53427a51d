import { maxResponseSize, ResponseTooLarge, readResponseText } from '../entra/response-text.ts'
import { CliError, wrongUse } from './cli-error.ts'

export type Query = Readonly<Record<string, string | number | undefined>>

export type RequestOptions = {
  readonly query?: Query
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** Calls the console API of a server. Failures reject with a CliError. */
export type ApiClient = {
  get<Result>(path: string, options?: RequestOptions): Promise<Result>
  post<Result>(path: string, options?: RequestOptions): Promise<Result>
  put<Result>(path: string, options?: RequestOptions): Promise<Result>
  patch<Result>(path: string, options?: RequestOptions): Promise<Result>
  delete<Result>(path: string, options?: RequestOptions): Promise<Result>
  /** The content of a response as it arrives. */
  download(path: string, options?: RequestOptions): Promise<ReadableStream<Uint8Array>>
}

export type Console = {
  readonly url: string
  readonly token?: string | undefined
  /** The flags of the command by their names in the API, for error messages. */
  readonly options?: ReadonlyMap<string, string>
}

/** The path of an API resource. The segment `..` would change the path. */
export function apiPath(...segments: readonly string[]): string {
  const invalid = segments.find(segment => segment === '' || segment === '.' || segment === '..')
  if (invalid !== undefined) throw wrongUse(`"${invalid}" is not an ID.`)
  return `/api/v1/${segments.map(segment => encodeURIComponent(segment.toWellFormed())).join('/')}`
}

export function createApiClient(console: Console): ApiClient {
  const sender =
    (method: string) =>
    <Result>(path: string, options?: RequestOptions) =>
      send<Result>(console, method, path, options)
  return {
    get: sender('GET'),
    post: sender('POST'),
    put: sender('PUT'),
    patch: sender('PATCH'),
    delete: sender('DELETE'),
    download: (path, options) => download(console, path, options),
  }
}

const requestTimeout = 60_000

// CLI and server are of the same release, so the shape of the response is not checked.
async function send<Result>(
  console: Console,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Result> {
  return (await readJsonResponse(console, await sendRequest(console, method, path, options))) as Result
}

async function readJsonResponse(console: Console, response: Response): Promise<unknown> {
  const text = await readResponseText(response).catch(error => {
    throw error instanceof ResponseTooLarge ? tooLargeError(console) : unreachableError(console, error)
  })
  const body = text === '' ? undefined : parseJson(console, text)
  if (response.ok) return body
  throw new CliError(describeProblem(console, response.status, (body ?? {}) as ProblemDocument))
}

/** Only the headers have to arrive in time: a large file takes longer. */
async function download(
  console: Console,
  path: string,
  options: RequestOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(new DOMException('timeout', 'TimeoutError')), requestTimeout)
  const response = await sendRequest(console, 'GET', path, options, timeout.signal).finally(() =>
    clearTimeout(timer),
  )
  if (!response.ok) await readJsonResponse(console, response)
  return response.body ?? new ReadableStream({ start: controller => controller.close() })
}

async function sendRequest(
  console: Console,
  method: string,
  path: string,
  { query = {}, body, signal }: RequestOptions,
  timeout = AbortSignal.timeout(requestTimeout),
): Promise<Response> {
  const headers = {
    accept: 'application/json',
    ...(console.token && { authorization: `Bearer ${console.token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  try {
    return await fetch(`${console.url}${path}${formatQuery(query)}`, {
      method,
      headers,
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  } catch (error) {
    throw unreachableError(console, error)
  }
}

function formatQuery(query: Query): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) params.set(name, String(value))
  }
  return params.size === 0 ? '' : `?${params}`
}

function parseJson({ url }: Console, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CliError(`${url} is not a Scimulator console. Set its URL with --console.`)
  }
}

type ProblemDocument = {
  readonly title?: string
  readonly detail?: string
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
}

function describeProblem(console: Console, status: number, problem: ProblemDocument): string {
  const text = describeInvalidOptions(console, problem) ?? formatProblem(problem)
  if (text === '') return `${console.url} returned status ${status} without an explanation.`
  return status === 401 ? `${text} Set it with --console-token or SCIMULATOR_CONSOLE_TOKEN.` : text
}

/** Invalid fields of the request by the flags that set them; undefined if there are others. */
function describeInvalidOptions({ options }: Console, { errors = [] }: ProblemDocument): string | undefined {
  const invalid = errors.map(({ path, message }) => {
    const name = path.replace(/^(query|body)\./, '')
    const flag = path === 'q' || path === 'query.q' ? 'search' : options?.get(name)
    return flag && `Invalid ${flag}: ${message}`
  })
  return invalid.length > 0 && invalid.every(Boolean) ? invalid.join(' ') : undefined
}

function formatProblem({ title, detail, errors = [] }: ProblemDocument): string {
  // The detail may contain the errors already.
  const others = errors.filter(({ message }) => !detail?.includes(message))
  const fields = others.map(({ path, message }) => `(${path}: ${message})`)
  return [[title, detail].filter(Boolean).join(': '), ...fields].filter(Boolean).join(' ')
}

const tooLargeError = ({ url }: Console): CliError =>
  new CliError(
    `The response of ${url} is larger than ${maxResponseSize / 1024 / 1024} MiB. If this is a Scimulator console, use a smaller --limit.`,
  )

function unreachableError({ url }: Console, error: unknown): CliError {
  const { name, message, cause } = error as Error
  const code = (cause as { code?: string } | undefined)?.code
  if (code === 'ECONNREFUSED') {
    return new CliError(`${url}: connection refused. Is the server running? Set its console with --console.`)
  }
  const reason = name === 'TimeoutError' ? 'timeout' : (code ?? message)
  return new CliError(`Cannot reach the console at ${url} (${reason}). Check --console.`)
}

export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string }

/** The maximum page size of the API. */
const maxPageSize = 200

/** Collects the first `limit` items of a list over several pages; `next` is set if there are more. */
export async function fetchItems<Item>(
  api: ApiClient,
  path: string,
  query: Query,
  limit: number,
): Promise<Page<Item>> {
  const items: Item[] = []
  let next: string | undefined
  do {
    const pageSize = Math.min(maxPageSize, limit - items.length)
    const page = await api.get<Page<Item>>(path, { query: { ...query, limit: pageSize, cursor: next } })
    items.push(...page.items)
    next = page.next
  } while (next !== undefined && items.length < limit)
  return { items, ...(next !== undefined && { next }) }
}
