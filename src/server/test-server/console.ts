import {
  type Call,
  type ContentKey,
  createCall,
  type Input,
  type InputArguments,
  toRequest,
} from '../../domain/contract/client.ts'
import type { ProblemDocument } from '../../domain/contract/problem.ts'
import type { RunningServer } from '../server.ts'
import { type AppliedOptions, CreateServerError } from './options.ts'

/** Errors name the member: `faults.add: effect: Expected …`. */
export type ConsoleClient = {
  readonly call: Call
  read<Key extends ContentKey>(key: Key, ...input: InputArguments<Key>): Promise<string>
}

/** The console rejected a call: one sentence for each problem, which begins with the path of an invalid value. */
export class ConsoleError extends Error {
  readonly status: number
  readonly problems: readonly string[]
  constructor(member: string, document: ProblemDocument) {
    const problems = listProblems(document)
    super(`${member}: ${problems.join(' ')}`)
    this.name = 'ConsoleError'
    this.status = document.status
    this.problems = problems
  }
}

/** Calls without a socket: a test may replace `fetch`, and no connection stays open. */
export const createConsoleClient = (send: RunningServer['sendToConsole'], member: string): ConsoleClient => {
  const request = async ({ method, path, body }: ReturnType<typeof toRequest>): Promise<string> => {
    const response = await send({
      method,
      url: path,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (response.status < 400) return response.body
    throw new ConsoleError(member, JSON.parse(response.body))
  }
  return {
    call: createCall(async call => {
      const text = await request(call)
      return text === '' ? undefined : JSON.parse(text)
    }),
    read: (key, ...input) => request(toRequest(key, ...input)),
  }
}

const listProblems = ({ detail, errors = [] }: ProblemDocument): readonly string[] =>
  errors.length === 0
    ? [detail]
    : errors.map(({ path, message }) => [formatPath(path), message].filter(Boolean).join(': '))

const formatPath = (path: string): string =>
  path
    .split('.')
    .slice(1)
    .map(part => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')

type TypesBody = NonNullable<Input<'PUT /tenants/:tenant/types'>['body']>

export type TestClient = {
  readonly id: string
  /** Undefined for a client that authenticates with assertions. */
  readonly secret: string | undefined
}

/**
 * Sets what the console's API accepts, and returns the clients of the token endpoint with their secrets. Throws CreateServerError in the
 * terms of the options: `issuers[0]: audiences[0]: Must not be empty.`
 */
export async function applyOptions(
  { switches, types, issuers = [], clients = [] }: AppliedOptions,
  tenant: string,
  send: RunningServer['sendToConsole'],
): Promise<readonly TestClient[]> {
  const params = { tenant }
  const set = async <Result>(
    option: string | undefined,
    apply: (console: ConsoleClient) => Promise<Result>,
  ): Promise<Result> => {
    try {
      return await apply(createConsoleClient(send, 'createServer'))
    } catch (error) {
      if (!(error instanceof ConsoleError)) throw error
      throw new CreateServerError(error.problems.map(problem => [option, problem].filter(Boolean).join(': ')))
    }
  }
  if (switches) {
    const body = { switches: { ...switches } }
    await set(undefined, ({ call }) => call('PATCH /tenants/:tenant', { params, body }))
  }
  if (types)
    await set('types', ({ call }) => call('PUT /tenants/:tenant/types', { params, body: types as TypesBody }))
  for (const [at, body] of issuers.entries()) {
    await set(`issuers[${at}]`, ({ call }) => call('POST /tenants/:tenant/issuers', { params, body }))
  }
  const created: TestClient[] = []
  for (const [at, body] of clients.entries()) {
    const { id, secret } = await set(`clients[${at}]`, ({ call }) =>
      call('POST /tenants/:tenant/clients', { params, body }),
    )
    created.push({ id, secret: secret?.value })
  }
  return created
}
