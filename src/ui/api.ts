import { signal } from '@preact/signals'
import {
  type CallRequest,
  type ContentKey,
  createCall,
  type InputArguments,
  toRequest,
} from '../domain/contract/client.ts'
import type { FieldError, ProblemDocument, ProblemKind } from '../domain/contract/problem.ts'

const tokenKey = 'scimulator-console-token'

type Challenge = {
  readonly kind: 'token-required' | 'sign-in-needed' | 'recent-sign-in-needed'
  readonly message: string
}

export const challenge = signal<Challenge | undefined>(undefined)

const storedToken = (): string => localStorage.getItem(tokenKey) ?? ''

export const hasToken = (): boolean => storedToken() !== ''

export function storeToken(token: string): void {
  localStorage.setItem(tokenKey, token.trim())
}

let sendsToken = false

export function sendStoredToken(): void {
  sendsToken = true
}

export const authorization = (): Readonly<Record<string, string>> =>
  sendsToken ? { authorization: `Bearer ${storedToken()}` } : {}

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
  const isFile = body instanceof Blob
  const response = await fetch(path, {
    method,
    headers: {
      ...authorization(),
      // The browser sends the type of a file.
      ...(body !== undefined && !isFile && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: isFile ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new ApiProblem('The console does not respond. Is the server still running?')
  })
  if (!response.ok) throw await toProblem(response)
  return response
}

export async function toProblem(response: Response): Promise<ApiProblem> {
  const { detail, type, errors }: Partial<ProblemDocument> = await response.json().catch(() => ({}))
  const kind = type?.split(':').at(-1) as ProblemKind | undefined
  const message = detail ?? `The console returned ${response.status}.`
  if (kind === 'token-required' || kind === 'sign-in-needed' || kind === 'recent-sign-in-needed') {
    challenge.value = { kind, message }
  }
  return new ApiProblem(message, response.status, kind, errors)
}

export const isChallenge = (error: unknown): boolean => error instanceof ApiProblem && error.status === 401

// Page and API are of the same release, so responses aren't checked again.
const sendForJson = async (request: CallRequest): Promise<unknown> => {
  const text = await (await send(request)).text()
  return text === '' ? undefined : JSON.parse(text)
}

/** `call('GET /tenants/:tenant', { params: { tenant } })`. Throws ApiProblem. */
export const call = createCall(sendForJson)

/** Throws ApiProblem. */
export const fetchContent = async <Key extends ContentKey>(
  key: Key,
  ...input: InputArguments<Key>
): Promise<Response> => send(toRequest(key, ...input))
