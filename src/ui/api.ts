import { signal } from '@preact/signals'
import {
  type CallRequest,
  type ContentKey,
  createCall,
  type InputArguments,
  toRequest,
} from '../contract/client.ts'
import type { FieldError, ProblemDocument, ProblemKind } from '../contract/problem.ts'

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

/** An error of the API, or `status` 0 if the server can't be reached. `message` is shown to the user. */
export class ApiProblem extends Error {
  readonly status: number
  readonly kind: ProblemKind | undefined
  readonly errors: readonly FieldError[]
  constructor(message: string, status = 0, kind?: ProblemKind, errors: readonly FieldError[] = []) {
    super(message)
    this.name = 'ApiProblem'
    this.status = status
    this.kind = kind
    this.errors = errors
  }
}

/** Throws ApiProblem. */
async function send({ method, path, body, signal }: CallRequest): Promise<Response> {
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
  const { detail, type, errors }: Partial<ProblemDocument> = await response.json().catch(() => ({}))
  const kind = type?.split(':').at(-1) as ProblemKind | undefined
  return new ApiProblem(detail ?? `The console returned ${response.status}.`, response.status, kind, errors)
}

// Page and API are of the same release, so responses aren't checked again.
const sendForJson = async (request: CallRequest): Promise<unknown> => {
  const text = await (await send(request)).text()
  return text === '' ? undefined : JSON.parse(text)
}

/** Calls an operation of the API: `call('GET /tenants/:tenant', { params: { tenant } })`. Throws ApiProblem. */
export const call = createCall(sendForJson)

/** Calls an operation that returns a file. Throws ApiProblem. */
export const fetchContent = async <Key extends ContentKey>(
  key: Key,
  ...input: InputArguments<Key>
): Promise<Response> => send(toRequest(key, ...input))
