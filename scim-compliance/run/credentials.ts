import type { HttpHeaders, HttpMethod, ScimResponse, SendOptions, SupportedType } from '../check.ts'
import type { Client } from '../client/client.ts'
import { NoResponse } from '../client/reachability.ts'
import { skip } from '../expect.ts'
import { isUsers } from './needs.ts'

const isAuthorizationHeader = (name: string): boolean => name.toLowerCase() === 'authorization'

/** Whether a request plays somebody else: with other credentials, or with none. */
export const isUnauthenticated = (headers: HttpHeaders = {}): boolean =>
  Object.keys(headers).some(isAuthorizationHeader)

/**
 * What a stranger has to leave out besides the token: headers that were given for each request may be what lets in (a
 * key), or what a server can't do without (a tenant). It is asked once, for where a missing Authorization is refused,
 * the others aren't what lets in.
 */
export function createUnauthenticatedClient(
  client: Client,
  given: HttpHeaders,
  types: readonly SupportedType[],
): () => Promise<HttpHeaders> {
  const others = Object.keys(given).filter(name => !isAuthorizationHeader(name))
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

type Request = {
  readonly method: HttpMethod
  readonly path: string
  readonly options: SendOptions | undefined
}

export type WrongCredentials = {
  /** Sends a request, unless an earlier one with such credentials has been answered: then that answer stands for it. */
  readonly send: (request: Request, perform: () => Promise<ScimResponse>) => Promise<ScimResponse>
}

const isAuthorization = (name: string): boolean => name.toLowerCase() === 'authorization'

const authorizationIn = (headers: HttpHeaders = {}): string | undefined =>
  Object.entries(headers).find(([name]) => isAuthorization(name))?.[1]

/** Whether a request has credentials that are wrong; one without any isn't an attempt to guess them. */
export const hasWrongCredentials = ({ headers }: SendOptions = {}): boolean =>
  (authorizationIn(headers) ?? '') !== ''

/**
 * Requests with wrong credentials, which some servers answer ever more slowly, against those who try one after another.
 * So each kind is sent once for a whole run, and none any more after one that wasn't answered in time.
 */
export function createWrongCredentials(timeoutSeconds: number): WrongCredentials {
  const answers = new Map<string, Promise<ScimResponse>>()
  let answered = 0
  let slow = false
  const slowed = () =>
    `The server slows wrong tokens down: ${
      answered === 0
        ? 'an earlier request'
        : `${answered} earlier ${answered === 1 ? 'one was' : 'ones were'} answered, and the next one`
    } had no whole answer within ${timeoutSeconds} s.`
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
    send: (request, perform) => {
      const kind = kindOf(request)
      if (kind === undefined) return once(perform)
      const earlier = answers.get(kind)
      if (earlier) return earlier
      const response = once(perform)
      answers.set(kind, response)
      // What wasn't answered is no answer for others, who are skipped or ask themselves.
      response.catch(() => answers.delete(kind))
      return response
    },
  }
}

/** Requests of a kind differ in nothing that a refusal depends on; undefined for those that may change something. */
function kindOf({ method, path, options: { headers, body } = {} }: Request): string | undefined {
  if (method !== 'GET' || body !== undefined) return undefined
  const others = Object.entries(headers ?? {}).filter(([name]) => !isAuthorization(name))
  return JSON.stringify([path.replace(/\?.*/, ''), schemeOf(authorizationIn(headers) ?? ''), others])
}

/** Any wrong token is as good as another; one made of the right one isn't. */
function schemeOf(authorization: string): string {
  const [, scheme] = /^(Bearer|Basic)\s+(?!.*\{token\})\S+$/i.exec(authorization) ?? []
  return scheme?.toLowerCase() ?? authorization
}
