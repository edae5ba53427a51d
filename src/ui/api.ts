import { signal } from '@preact/signals'

const tokenKey = 'scimulator-console-token'

/** Whether the console wants its token and doesn't have it, or not the right one. */
export const tokenRequired = signal(false)

const storedToken = (): string => localStorage.getItem(tokenKey) ?? ''

/** Whether this browser has a token, be it the right one or not. */
export const hasToken = (): boolean => storedToken() !== ''

/** Keeps the console token in this browser. */
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

/** What the API refused, or that it can't be reached; `message` is for people. */
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
  const answer = await fetch(path, {
    method,
    headers: { ...authorization(), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new ApiProblem('The console does not answer. Is the server still running?')
  })
  if (answer.status === 401) tokenRequired.value = true
  if (!answer.ok) throw await toProblem(answer)
  return answer
}

async function toProblem(answer: Response): Promise<ApiProblem> {
  const { detail, type = '', errors } = await answer.json().catch(() => ({}))
  const kind = String(type).split(':').at(-1) ?? ''
  return new ApiProblem(detail ?? `The console answered ${answer.status}.`, answer.status, kind, errors)
}

const parseJson = async <Answer>(answer: Response): Promise<Answer> => {
  const text = await answer.text()
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}

// What the API answers is told by its OpenAPI description; the page is of the same release and trusts it.
export const get = async <Answer>(path: string, signal?: AbortSignal): Promise<Answer> =>
  parseJson(await send('GET', path, undefined, signal))
export const post = async <Answer>(path: string, body?: unknown): Promise<Answer> =>
  parseJson(await send('POST', path, body))
export const put = async <Answer>(path: string, body: unknown): Promise<Answer> =>
  parseJson(await send('PUT', path, body))
export const patch = async <Answer>(path: string, body: unknown): Promise<Answer> =>
  parseJson(await send('PATCH', path, body))
export const remove = async (path: string): Promise<void> => {
  await send('DELETE', path)
}
