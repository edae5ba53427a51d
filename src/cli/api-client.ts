import { maxResponseSize, ResponseTooLarge, readResponseText } from '../entra/response-text.ts'
import { CliError, wrongUse } from './cli-error.ts'

export type Query = Readonly<Record<string, string | number | undefined>>

export type RequestOptions = {
  readonly query?: Query
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** The console's API of one server. Every refusal is thrown as a CliError. */
export type ApiClient = {
  get<Answer>(path: string, asked?: RequestOptions): Promise<Answer>
  post<Answer>(path: string, asked?: RequestOptions): Promise<Answer>
  put<Answer>(path: string, asked?: RequestOptions): Promise<Answer>
  patch<Answer>(path: string, asked?: RequestOptions): Promise<Answer>
  delete<Answer>(path: string, asked?: RequestOptions): Promise<Answer>
  /** A file, as it comes. */
  download(path: string, asked?: RequestOptions): Promise<ReadableStream<Uint8Array>>
}

export type ConsoleAddress = { readonly url: string; readonly token?: string | undefined }

/** The address of a resource of the API. `..` as an id would be the address of something else. */
export function apiPath(...segments: readonly string[]): string {
  const odd = segments.find(segment => segment === '' || segment === '.' || segment === '..')
  if (odd !== undefined) throw wrongUse(`"${odd}" can't be an id.`)
  return `/api/v1/${segments.map(segment => encodeURIComponent(segment.toWellFormed())).join('/')}`
}

export function createApiClient(console: ConsoleAddress): ApiClient {
  const sender =
    (method: string) =>
    <Answer>(path: string, asked?: RequestOptions) =>
      send<Answer>(console, method, path, asked)
  return {
    get: sender('GET'),
    post: sender('POST'),
    put: sender('PUT'),
    patch: sender('PATCH'),
    delete: sender('DELETE'),
    download: (path, asked) => download(console, path, asked),
  }
}

const requestTimeout = 60_000

// What the API answers is told by its OpenAPI description; the CLI is of the same release and trusts it.
async function send<Answer>(
  console: ConsoleAddress,
  method: string,
  path: string,
  asked: RequestOptions = {},
): Promise<Answer> {
  return (await readJsonResponse(console, await sendRequest(console, method, path, asked))) as Answer
}

async function readJsonResponse(console: ConsoleAddress, answer: Response): Promise<unknown> {
  const text = await readResponseText(answer).catch(error => {
    throw error instanceof ResponseTooLarge ? tooLargeError(console) : unreachableError(console, error)
  })
  return throwUnlessOk(console, answer, text === '' ? undefined : parseJson(console, text))
}

/** Only the beginning of the answer has to come in time: a long file takes as long as it takes. */
async function download(
  console: ConsoleAddress,
  path: string,
  asked: RequestOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new DOMException('late', 'TimeoutError')), requestTimeout)
  const answer = await sendRequest(console, 'GET', path, asked, late.signal).finally(() =>
    clearTimeout(timer),
  )
  if (!answer.ok) await readJsonResponse(console, answer)
  return answer.body ?? new ReadableStream({ start: controller => controller.close() })
}

async function sendRequest(
  console: ConsoleAddress,
  method: string,
  path: string,
  asked: RequestOptions,
  limit = AbortSignal.timeout(requestTimeout),
): Promise<Response> {
  const { query = {}, body, signal } = asked
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
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  } catch (error) {
    throw unreachableError(console, error)
  }
}

function formatQuery(query: Query): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) given.set(name, String(value))
  }
  return given.size === 0 ? '' : `?${given}`
}

function parseJson(console: ConsoleAddress, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CliError(
      `What answers at ${console.url} is not the console of a Scimulator: name another address with --console.`,
    )
  }
}

type ProblemDocument = {
  readonly title?: string
  readonly detail?: string
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
}

function throwUnlessOk(console: ConsoleAddress, { ok, status }: Response, answer: unknown): unknown {
  if (ok) return answer
  const sentence = formatProblem((answer ?? {}) as ProblemDocument)
  if (sentence === '') throw new CliError(`${console.url} answered with status ${status} and no reason.`)
  if (status !== 401) throw new CliError(sentence)
  throw new CliError(`${sentence} Here it is given with --console-token or SCIMULATOR_CONSOLE_TOKEN.`)
}

function formatProblem({ title, detail, errors = [] }: ProblemDocument): string {
  // The detail may tell the errors already.
  const untold = errors.filter(({ message }) => !detail?.includes(message))
  const fields = untold.map(({ path, message }) => `(${path}: ${message})`)
  const head = [title, detail].filter(Boolean).join(': ')
  return [head, ...fields].filter(Boolean).join(' ')
}

const tooLargeError = ({ url }: ConsoleAddress): CliError =>
  new CliError(
    `The response of ${url} is larger than ${maxResponseSize / 1024 / 1024} MiB. If that is a Scimulator console, request less at once.`,
  )

function unreachableError({ url }: ConsoleAddress, error: unknown): CliError {
  const { name, message, cause } = error as Error
  const code = (cause as { code?: string } | undefined)?.code
  if (code === 'ECONNREFUSED') {
    return new CliError(
      `No Scimulator console answers at ${url}. Start one with \`scimulator\`, or name another with --console.`,
    )
  }
  const reason = name === 'TimeoutError' ? 'no answer in time' : (code ?? message)
  return new CliError(`The console at ${url} can't be reached (${reason}): is --console right?`)
}

export type Page<Item> = { readonly items: readonly Item[]; readonly next?: string }

/** The most items that the API gives at once. */
const maxPageSize = 200

/** The first `limit` items of a list, over as many pages as that takes; `next` where there are more. */
export async function fetchItems<Item>(
  api: ApiClient,
  path: string,
  query: Query,
  limit: number,
): Promise<Page<Item>> {
  const items: Item[] = []
  let next: string | undefined
  do {
    const asked = { ...query, limit: Math.min(maxPageSize, limit - items.length), cursor: next }
    const page = await api.get<Page<Item>>(path, { query: asked })
    items.push(...page.items)
    next = page.next
  } while (next !== undefined && items.length < limit)
  return { items, ...(next !== undefined && { next }) }
}
