import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import { type ClientMetadata, Provider } from 'oidc-provider'
import type { Test } from 'tap'

type AuthorizationServer = {
  readonly issuer: string
  readonly tokenEndpoint: string
  /** Number of requests to the token endpoint. */
  readonly tokenRequests: () => number
}

type Options = {
  readonly clients: readonly ClientMetadata[]
  /** The `aud` of its access tokens, which are JWTs. */
  readonly audience: string
  readonly scope: string
}

/** A certified authorization server that issues JWTs for the client credentials grant. */
export async function startAuthorizationServer(
  t: Pick<Test, 'teardown'>,
  { clients, audience, scope }: Options,
): Promise<AuthorizationServer> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const provider = new Provider(issuer, {
    clients: clients.map(client => ({
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      ...client,
    })),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'first', use: 'sig', alg: 'RS256' }] },
    scopes: scope.split(' '),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          audience,
          scope,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  })
  let tokenRequests = 0
  const handle = provider.callback()
  server.on('request', (request, response) => {
    if (request.url === '/token') tokenRequests++
    void handle(request, response)
  })
  return { issuer, tokenEndpoint: `${issuer}/token`, tokenRequests: () => tokenRequests }
}
