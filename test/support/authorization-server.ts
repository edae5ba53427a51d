import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import type { Test } from 'tap'

/** A certified authorization server (oidc-provider) on loopback, with one client that has client credentials. */
export type AuthorizationServer = {
  readonly issuer: string
  readonly tokenEndpoint: string
  /** The number of requests to the token endpoint. */
  tokenRequests(): number
  /** Gets an access token in the form of a JWT for this audience. */
  getToken(audience: string, scope?: string): Promise<string>
}

type Options = {
  readonly client?: { readonly id: string; readonly secret: string }
  /** Where the client sends its secret. */
  readonly clientAuth?: 'post' | 'basic'
  /** The audience of tokens of requests that name no resource. */
  readonly audience?: string
}

const defaultClient = { id: 'entra-scim', secret: 'a-secret-of-these-tests' }

export async function startAuthorizationServer(
  t: Pick<Test, 'teardown'>,
  { client = defaultClient, clientAuth = 'basic', audience }: Options = {},
): Promise<AuthorizationServer> {
  const server: Server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        token_endpoint_auth_method: `client_secret_${clientAuth}`,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ['scim.read', 'scim.write'],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        ...(audience !== undefined && { defaultResource: () => audience }),
        getResourceServerInfo: (_context, resource) => ({
          scope: 'scim.read scim.write',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  })
  let tokenRequests = 0
  server.prependListener('request', ({ url }) => {
    if (url === '/token') tokenRequests += 1
  })
  server.on('request', provider.callback())
  t.teardown(
    () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return {
    issuer,
    tokenEndpoint: `${issuer}/token`,
    tokenRequests: () => tokenRequests,
    async getToken(audience, scope) {
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          resource: audience,
          ...(scope !== undefined && { scope }),
        }),
      })
      const { access_token: token } = (await response.json()) as { access_token?: string }
      if (token === undefined) throw new Error(`No token: ${response.status}`)
      return token
    },
  }
}
