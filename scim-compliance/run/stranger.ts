import type { Client } from '../client/client.ts'
import type { Headers, TypeAtHand } from '../stage.ts'
import { isUsers } from './needs.ts'

const isAuthorization = (name: string): boolean => name.toLowerCase() === 'authorization'

/** Whether a request plays somebody else: with other credentials, or with none. */
export const isStranger = (headers: Headers = {}): boolean => Object.keys(headers).some(isAuthorization)

/**
 * What a stranger has to leave out besides the token: headers that were given for each request may be what lets in (a
 * key), or what a server can't do without (a tenant). It is asked once, for where a missing Authorization is refused,
 * the others aren't what lets in.
 */
export function strangerTo(
  client: Client,
  given: Headers,
  types: readonly TypeAtHand[],
): () => Promise<Headers> {
  const others = Object.keys(given).filter(name => !isAuthorization(name))
  const { endpoint } = types.find(isUsers) ?? types[0] ?? { endpoint: '/ServiceProviderConfig' }
  const find = async (): Promise<Headers> => {
    const { status } = await client.send('GET', endpoint, { headers: { authorization: '' } })
    return status === 401 ? {} : Object.fromEntries(others.map(name => [name, '']))
  }
  let found: Promise<Headers> | undefined
  return async () => {
    if (others.length === 0) return {}
    found ??= find()
    return found
  }
}
