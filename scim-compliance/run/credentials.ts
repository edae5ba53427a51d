import type { HttpHeaders, HttpMethod, ScimResponse, SendOptions, SupportedType } from '../check.ts'
import type { Client } from '../client/client.ts'
import { NoResponse } from '../client/reachability.ts'
import { skip } from '../expect.ts'
import { isUsers } from './needs.ts'

const isAuthorization = (name: string): boolean => name.toLowerCase() === 'authorization'

/** Whether a request uses other credentials, or none. */
export const isUnauthenticated = (headers: HttpHeaders = {}): boolean =>
  Object.keys(headers).some(isAuthorization)

/**
 * The headers to omit besides the token in requests without credentials: a given header may be a credential (a
 * key), or required for other reasons (a tenant). One request finds out: if a missing Authorization is rejected,
 * the other headers aren't credentials.
 */
export function createUnauthenticatedClient(
  client: Client,
  given: HttpHeaders,
  types: readonly SupportedType[],
): () => Promise<HttpHeaders> {
  const others = Object.keys(given).filter(name => !isAuthorization(name))
  const { endpoint } = types.find(isUsers) ?? types[0] ?? { endpoint: '/ServiceProviderConfig' }
  const find = async (): Promise<HttpHeaders> => {
    const { status } = await client.send('GET', endpoint, { headers: { authorization: '' } })
    return status === 401 ? {} : Object.fromEntries(others.map(name => [name, '']))
  }
  let found: Promise<HttpHeaders> | undefined
  return async () => {
    if (others.length === 0) return {}
    found ??= find()
    return found
  }
}

export type WrongCredentials = ReturnType<typeof createWrongCredentials>

type Request = {
  readonly method: HttpMethod
  readonly path: string
  readonly options: SendOptions | undefined
}

const authorizationIn = (headers: HttpHeaders = {}): string | undefined =>
  Object.entries(headers).find(([name]) => isAuthorization(name))?.[1]

/** Whether a request has invalid credentials; one without credentials isn't an attempt to guess them. */
export const hasWrongCredentials = ({ headers }: SendOptions = {}): boolean =>
  (authorizationIn(headers) ?? '') !== ''

/**
 * Requests with invalid credentials, which some servers answer ever more slowly after repeated attempts.
 * Each kind is therefore sent once per run, and none after one that timed out.
 */
export function createWrongCredentials(timeoutSeconds: number) {
  const answers = new Map<string, Promise<ScimResponse>>()
  let answered = 0
  let slow = false
  const slowed = () =>
    `The server slows down invalid tokens: ${
      answered === 0
        ? 'an earlier request'
        : `${answered} earlier ${answered === 1 ? 'one got a response' : 'ones got responses'}, and the next one`
    } had no complete response within ${timeoutSeconds} s.`
  const once = async (perform: () => Promise<ScimResponse>) => {
    if (slow) return skip(slowed())
    try {
      const response = await perform()
      answered++
      return response
    } catch (error) {
      if (!(error instanceof NoResponse && error.isTimeOut)) throw error
      slow = true
      if (answered === 0) throw error
      return skip(slowed())
    }
  }
  return {
    /** Sends a request, unless an earlier one with such credentials got a response: that response is reused. */
    send: (request: Request, perform: () => Promise<ScimResponse>): Promise<ScimResponse> => {
      const kind = kindOf(request)
      if (kind === undefined) return once(perform)
      const earlier = answers.get(kind)
      if (earlier) return earlier
      const response = once(perform)
      answers.set(kind, response)
      // A request without a response isn't reused: other checks are skipped or send their own.
      response.catch(() => answers.delete(kind))
      return response
    },
  }
}

/** Requests of one kind differ in nothing that a rejection depends on; undefined for those that may change data. */
function kindOf({ method, path, options: { headers, body } = {} }: Request): string | undefined {
  if (method !== 'GET' || body !== undefined) return undefined
  const others = Object.entries(headers ?? {}).filter(([name]) => !isAuthorization(name))
  return JSON.stringify([path.replace(/\?.*/, ''), schemeOf(authorizationIn(headers) ?? ''), others])
}

/** All invalid tokens are equivalent, except those derived from the valid one. */
function schemeOf(authorization: string): string {
  const [, scheme] = /^(Bearer|Basic)\s+(?!.*\{token\})\S+$/i.exec(authorization) ?? []
  return scheme?.toLowerCase() ?? authorization
}
