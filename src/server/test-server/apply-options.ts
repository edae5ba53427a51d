import type { Input } from '../../domain/contract/client.ts'
import type { RunningServer } from '../server.ts'
import { type ConsoleClient, ConsoleError, createConsoleClient } from './console.ts'
import { type AppliedOptions, CreateServerError } from './options.ts'

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
