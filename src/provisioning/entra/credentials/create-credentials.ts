import { type Credentials, type NoToken, secretToken } from './credentials.ts'
import { customAppTemplateId, provisioningAppId, tokenServiceAddress, workloadAppId } from './microsoft.ts'
import { holdToken, type IssuedToken, type RequestToken } from './token-holder.ts'
import { sendTokenRequest, type TokenRequest, type Transport } from './token-request.ts'

export const authenticationWays = ['secret-token', 'client-credentials', 'entra-token', 'federation'] as const
export type AuthenticationWay = (typeof authenticationWays)[number]

export type CredentialSettings =
  | { readonly auth: 'secret-token'; readonly token: string }
  | RequestedCredentials

export type RequestedCredentials =
  | {
      readonly auth: 'client-credentials'
      readonly tokenEndpoint: string
      readonly clientId: string
      readonly clientSecret: string
      /** The secret in the body or in the header: it isn't documented which of them Entra uses. */
      readonly clientAuth: 'post' | 'basic'
      readonly scope: string | undefined
      readonly refreshOn401: boolean
    }
  /** The Secret Token is left empty: tokens of Entra itself. */
  | { readonly auth: 'entra-token'; readonly issuer: string; readonly refreshOn401: boolean }
  /** Workload identity federation: a token of Entra is the client's assertion (RFC 7523 §2.2). */
  | {
      readonly auth: 'federation'
      readonly tokenEndpoint: string
      readonly clientId: string
      readonly issuer: string
      readonly scope: string
      readonly refreshOn401: boolean
    }

export function createCredentials(
  settings: CredentialSettings,
  { clock, ...transport }: Transport & { readonly clock: () => number },
): Credentials {
  if (settings.auth === 'secret-token') return secretToken(settings.token)
  return holdToken(tokenRequester(settings, transport), { clock, refreshOn401: settings.refreshOn401 })
}

export function tokenRequester(settings: RequestedCredentials, transport: Transport): RequestToken {
  switch (settings.auth) {
    case 'client-credentials':
      return () => fromTokenEndpoint(clientSecretRequest(settings), transport)
    case 'entra-token':
      return () => fromTokenService(entraTokenRequest(settings.issuer), transport)
    case 'federation':
      return async () => {
        const assertion = await fromTokenService(workloadTokenRequest(settings.issuer), transport)
        if (assertion.kind === 'none') return assertion
        return fromTokenEndpoint(assertionRequest(settings, assertion.text), transport)
      }
  }
}

type SettingsOf<Auth extends RequestedCredentials['auth']> = Extract<
  RequestedCredentials,
  { readonly auth: Auth }
>

function clientSecretRequest(settings: SettingsOf<'client-credentials'>): TokenRequest {
  const { tokenEndpoint, clientId, clientSecret, clientAuth, scope } = settings
  const isPost = clientAuth === 'post'
  return {
    endpoint: tokenEndpoint,
    parameters: [
      ['grant_type', 'client_credentials'],
      ...(isPost
        ? ([
            ['client_id', clientId],
            ['client_secret', clientSecret],
          ] as const)
        : []),
      ...(scope === undefined ? [] : [['scope', scope] as const]),
    ],
    ...(!isPost && { basic: { id: clientId, secret: clientSecret } }),
    secrets: [clientSecret],
  }
}

/** The parameters of Microsoft's guide, in its order (SCIMReferenceCode, Workload Identity Federation). */
const assertionRequest = (
  { tokenEndpoint, clientId, scope }: SettingsOf<'federation'>,
  assertion: string,
): TokenRequest => ({
  endpoint: tokenEndpoint,
  parameters: [
    ['grant_type', 'client_credentials'],
    ['client_id', clientId],
    ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
    ['client_assertion', assertion],
    ['scope', scope],
  ],
  secrets: [assertion],
})

const entraTokenRequest = (issuer: string): TokenRequest => ({
  endpoint: `${tokenServiceAddress(issuer)}/oauth2/token`,
  parameters: [
    ['grant_type', 'client_credentials'],
    ['client_id', provisioningAppId],
    ['resource', customAppTemplateId],
  ],
  secrets: [],
})

const workloadTokenRequest = (issuer: string): TokenRequest => ({
  endpoint: `${tokenServiceAddress(issuer)}/oauth2/v2.0/token`,
  parameters: [
    ['grant_type', 'client_credentials'],
    ['client_id', workloadAppId],
    ['scope', `api://${workloadAppId}/.default`],
  ],
  secrets: [],
})

async function fromTokenEndpoint(
  request: TokenRequest,
  transport: Transport,
): Promise<IssuedToken | NoToken> {
  const result = await sendTokenRequest(request, transport)
  if (result.kind === 'issued') return result
  return result.status === 400 || result.status === 401 ? refused(result.text) : unavailable(result.text)
}

/** A token of Entra itself: if it refuses, the credentials of the SCIM endpoint are not what is wrong. */
async function fromTokenService(request: TokenRequest, transport: Transport): Promise<IssuedToken | NoToken> {
  const result = await sendTokenRequest(request, transport)
  return result.kind === 'issued' ? result : unavailable(result.text)
}

// The portal's text (azure-docs#54231).
const refused = (details: string): NoToken => ({
  kind: 'none',
  reason: 'credentials refused',
  text:
    'You appear to have entered invalid credentials. Please confirm you are using the correct information for an ' +
    `administrative account. ${details}`,
})

const unavailable = (text: string): NoToken => ({ kind: 'none', reason: 'no access token', text })
