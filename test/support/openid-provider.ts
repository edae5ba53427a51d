import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type Configuration, type InteractionResults, interactionPolicy } from 'oidc-provider'
import type { Test } from 'tap'

/** A sign-in as the user performs it at the provider. */
type Login = {
  readonly accountId: string
  readonly acr?: string
  /** Seconds since the user entered their credentials. */
  readonly age?: number
}

export type OpenIdProvider = {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** The claims of users by their IDs, which tests change. */
  readonly users: Map<string, Readonly<Record<string, unknown>>>
  /** Who signs in from now on when the provider requests it. */
  login(login: Login): void
}

const claimsOfId = ['sub', 'roles', 'groups', 'hasgroups']

/** A certified OpenID provider on loopback. Its page of the sign-in is left at once by the user that a test chose. */
export async function startOpenIdProvider(t: Pick<Test, 'teardown'>): Promise<OpenIdProvider> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const users = new Map<string, Readonly<Record<string, unknown>>>()
  const clientId = 'scimulator-console'
  const clientSecret = 'secret-of-the-console-0123456789'
  let next: Login = { accountId: 'nobody' }
  let handle = (_request: IncomingMessage, _response: ServerResponse) => {}

  const server = createServer((request, response) => handle(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(
    () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  // Native applications would always prompt for consent.
  const policy = interactionPolicy.base()
  policy.remove('consent')
  const configuration: Configuration = {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        // The port of a native application's redirect URI may vary (RFC 8252, section 7.3).
        application_type: 'native',
        redirect_uris: ['http://localhost/auth/callback'],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'one' }] },
    cookies: { keys: ['a-key-of-the-cookies-of-this-provider'] },
    claims: { openid: claimsOfId, profile: ['name', 'preferred_username'] },
    conformIdTokenClaims: false,
    acrValues: ['c1', 'c2'],
    features: { devInteractions: { enabled: false }, claimsParameter: { enabled: true } },
    interactions: { policy, url: (_context, { uid }) => `/interaction/${uid}` },
    ttl: { Interaction: 600, Grant: 600, Session: 600 },
    findAccount: (_context, accountId) => ({
      accountId,
      claims: async () => ({ ...users.get(accountId), sub: accountId }),
    }),
    // The administrator has consented for all users.
    async loadExistingGrant({ oidc }) {
      const grant = new provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      })
      grant.addOIDCScope('openid profile')
      grant.addOIDCClaims([...claimsOfId, 'auth_time', 'acr'])
      await grant.save()
      return grant
    },
  }
  const provider = new Provider(issuer, configuration)
  const callback = provider.callback()
  const signIn = async (request: IncomingMessage, response: ServerResponse) => {
    const { accountId, acr, age = 0 } = next
    const ts = Math.floor(Date.now() / 1000) - age
    const login = { accountId, ts, ...(acr !== undefined && { acr }) } as InteractionResults['login']
    await provider.interactionFinished(request, response, { ...(login && { login }) })
  }
  handle = (request, response) =>
    void (request.url?.startsWith('/interaction/') ? signIn(request, response) : callback(request, response))

  return {
    issuer,
    clientId,
    clientSecret,
    users,
    login(login) {
      next = login
    },
  }
}
