import { signal } from '@preact/signals'

const tokenKey = 'scimulator-console-token'

/** Whether the console rejected a request because its token is missing or wrong. */
export const tokenRequired = signal(false)

const storedToken = (): string => localStorage.getItem(tokenKey) ?? ''

/** Whether this browser has stored a token, valid or not. */
export const hasToken = (): boolean => storedToken() !== ''

/** Stores the console token in this browser. */
export function storeToken(token: string): void {
  localStorage.setItem(tokenKey, token.trim())
  tokenRequired.value = false
}

export const authorization = (): Readonly<Record<string, string>> =>
  storedToken() === '' ? {} : { authorization: `Bearer ${storedToken()}` }

export type FieldError = {
  readonly path: string
  readonly message: string
  readonly at?: number
  readonly length?: number
  readonly suggestion?: string
  readonly line?: number
}

/** An error of the API, or `status` 0 if the server can't be reached. `message` is shown to the user. */
export class ApiProblem extends Error {
  readonly status: number
  readonly kind: string
  readonly errors: readonly FieldError[]
  constructor(message: string, status = 0, kind = '', errors: readonly FieldError[] = []) {
    super(message)
    this.name = 'ApiProblem'
    this.status = status
    this.kind = kind
    this.errors = errors
  }
}

type Query = Readonly<Record<string, string | number | undefined>>

/** A path below `/api/v1` with its query: `apiPath(['tenants', id, 'users'], { limit: 50 })`. */
export function apiPath(segments: readonly string[], query: Query = {}): string {
  const path = segments.map(segment => encodeURIComponent(segment.toWellFormed())).join('/')
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  return `/api/v1/${path}${given.length > 0 ? `?${search}` : ''}`
}

/** Throws ApiProblem. */
export async function send(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  const response = await fetch(path, {
    method,
    headers: { ...authorization(), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new ApiProblem('The console does not respond. Is the server still running?')
  })
  if (response.status === 401) tokenRequired.value = true
  if (!response.ok) throw await toProblem(response)
  return response
}

async function toProblem(response: Response): Promise<ApiProblem> {
  const { detail, type = '', errors } = await response.json().catch(() => ({}))
  const kind = String(type).split(':').at(-1) ?? ''
  return new ApiProblem(detail ?? `The console returned ${response.status}.`, response.status, kind, errors)
}

const parseJson = async <Body>(response: Response): Promise<Body> => {
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as Body
}

// Page and API are of the same release, so responses aren't checked again.
export const get = async <Body>(path: string, signal?: AbortSignal): Promise<Body> =>
  parseJson(await send('GET', path, undefined, signal))
export const post = async <Body>(path: string, body?: unknown): Promise<Body> =>
  parseJson(await send('POST', path, body))
export const put = async <Body>(path: string, body: unknown): Promise<Body> =>
  parseJson(await send('PUT', path, body))
export const patch = async <Body>(path: string, body: unknown): Promise<Body> =>
  parseJson(await send('PATCH', path, body))
export const remove = async (path: string): Promise<void> => {
  await send('DELETE', path)
}
