import { day } from '../../../domain/duration.ts'
import type { Exchange } from '../../../domain/journal/exchange.ts'
import { isOutsideGallery } from '../../../domain/tenants/oauth-clients.ts'
import { findingSources, inConnection } from '../../../profiles/entra-pages.ts'
import type { DiagnosisRule, DiagnosisSubject } from './subject.ts'

const manyRequests = 5

const warningPeriod = 90

const isTokenRequest = ({ exchange }: DiagnosisSubject): boolean => exchange.operation === 'token'

const onTokensPage = (todo: string) => `Connect > Credentials > Clients: ${todo}`
const newSecret = onTokensPage('create a secret, and give it to the client.')
const inClient = 'Enter the client ID and the client secret in the client.'
const enterSecret = inConnection('enter Client Identifier and Client Secret, and test the connection.')

type RefusalTexts = {
  readonly title: string
  readonly seen: string
  readonly remedy: string
  readonly entra?: string
}

/** Why the token endpoint did not authenticate a client. Rejected assertions have the findings of JWTs. */
const clientRefusals: Readonly<Record<string, RefusalTexts>> = {
  missing: {
    title: 'Token request without client authentication',
    seen: 'The token request has neither a client secret nor an assertion.',
    remedy: inClient,
    entra: enterSecret,
  },
  unknown: {
    title: 'Unknown client',
    seen: 'The tenant has no client with this client_id.',
    remedy: `${onTokensPage('copy the client ID.')} ${inClient}`,
    entra: `${onTokensPage('copy the client ID.')} ${enterSecret}`,
  },
  'wrong-secret': {
    title: 'Wrong client secret',
    seen: 'The client_secret is none of those that the client has.',
    remedy: newSecret,
    entra: `${newSecret} ${enterSecret}`,
  },
  expired: {
    title: 'Expired client secret',
    seen: 'The client secret has expired, or the assertion.',
    remedy: newSecret,
    entra: `${newSecret} ${enterSecret}`,
  },
  deleted: {
    title: 'Deleted client or secret',
    seen: 'The client or its secret was deleted.',
    remedy: newSecret,
    entra: `${newSecret} ${enterSecret}`,
  },
  malformed: {
    title: 'Malformed client credentials',
    seen: 'The Basic credentials or the assertion cannot be read.',
    remedy: 'Encode client ID and secret as in a form before they are joined (RFC 6749 section 2.3.1).',
  },
  'not-offered': {
    title: 'Token request to AWS',
    seen: 'The client requests an access token. AWS has no token endpoint and accepts its own access tokens only.',
    remedy: 'Generate a token on the page Connect, and let the client send it instead.',
    entra: `Generate a token on the page Connect. ${inConnection('choose Bearer authentication, and enter it as Secret Token.')}`,
  },
}

const tokenRefusals: Readonly<Record<string, RefusalTexts>> = {
  deleted: {
    title: 'Revoked access token',
    seen: 'The access token was revoked: itself, its client or its secret; or the client requested more than 100 others since.',
    remedy: 'The client should request another access token when it gets 401.',
  },
  'other-tenant': {
    title: 'Access token of another tenant',
    seen: 'The access token was issued by the token endpoint of a different tenant than the URL.',
    remedy: 'Use the SCIM endpoint and the token endpoint of the same tenant.',
    entra: inConnection('use the Tenant URL and the Token Endpoint of the same tenant.'),
  },
  'not-offered': {
    title: 'Access token of a token endpoint at AWS',
    seen: 'The access token was issued by a token endpoint. AWS accepts its own access tokens only.',
    remedy: 'Generate a token on the page Connect, and give it to the client.',
  },
  'read-only': {
    title: 'Access token without write scope',
    seen: 'The access token grants reading only, and the request writes.',
    remedy:
      'Request scim.write, or scim for both. The client under Connect > Credentials must have full access.',
  },
}

/** The journal masks the secrets, but not the places. */
const hasSecretTwice = ({ request: { headers, body = '' } }: Exchange): boolean =>
  /^basic\b/i.test(headers.authorization ?? '') && /(?:^|&)client_secret=./.test(body)

const isClientCredential = ({ credential }: Exchange): boolean => credential?.kind === 'client'

const common = { source: findingSources.gallery, basis: 'documented' } as const
const reason = 'Without an access token, no request is possible.'
const entraReason =
  'Without an access token, no request is possible. If this continues, Entra logs InvalidCredentials and quarantines the whole job.'

export const tokenRequestRules: readonly DiagnosisRule[] = [
  ...Object.entries(clientRefusals).map(
    ([refusal, { title, seen, remedy, entra }]): DiagnosisRule => ({
      ...common,
      id: `client/token-request-${refusal}`,
      severity: 'error',
      title,
      reason,
      reasons: { entra: entraReason },
      remedy,
      ...(entra !== undefined && { remedies: { entra } }),
      detect: subject => (isTokenRequest(subject) && subject.exchange.refusal === refusal ? seen : undefined),
    }),
  ),
  ...Object.entries(tokenRefusals).map(
    ([refusal, { title, seen, remedy, entra }]): DiagnosisRule => ({
      ...common,
      id: `client/access-token-${refusal}`,
      severity: 'error',
      title,
      reason: `The response is ${refusal === 'read-only' ? 403 : 401}: nothing is provisioned.`,
      remedy,
      ...(entra !== undefined && { remedies: { entra } }),
      detect: subject =>
        !isTokenRequest(subject) &&
        isClientCredential(subject.exchange) &&
        subject.exchange.refusal === refusal
          ? seen
          : undefined,
    }),
  ),
  {
    ...common,
    id: 'client/token-request-invalid',
    severity: 'error',
    title: 'Invalid token request',
    reason,
    remedy:
      'Send a form with grant_type=client_credentials, client_id and client_secret, as RFC 6749 section 4.4 describes.',
    detect: ({ exchange, answer }) =>
      exchange.operation === 'token' && exchange.refusal === undefined && exchange.status === 400
        ? `The response was ${String(answer?.error)}: ${String(answer?.error_description)}`
        : undefined,
  },
  {
    ...common,
    id: 'client/token-request-repeated-secret',
    severity: 'note',
    title: 'Client secret sent twice',
    reason:
      'The client sends its secret in the body and as Basic credentials. RFC 6749 section 2.3 allows only one of them per request, so other servers return invalid_request.',
    remedy: 'Send the secret in one place only.',
    detect: ({ exchange }) =>
      exchange.operation === 'token' && exchange.status === 200 && hasSecretTwice(exchange)
        ? 'The token request has the secret in its body and in its Authorization header.'
        : undefined,
  },
  {
    ...common,
    id: 'client/access-token-expired',
    severity: 'warning',
    title: 'Expired access token sent again',
    reason:
      'The client continues to use an access token after a 401, instead of requesting another one. All these requests fail.',
    remedy: 'The client should read expires_in, and request another access token before it or after a 401.',
    detect: ({ tokenUse }) =>
      tokenUse && tokenUse.expiredInRow > 1
        ? `The client sent the same expired access token ${tokenUse.expiredInRow} times in a row.`
        : undefined,
  },
  {
    ...common,
    id: 'client/token-per-request',
    severity: 'warning',
    title: 'Access token requested for every request',
    reason:
      'The client does not keep its access token until it expires. That doubles its requests, and only the 100 newest tokens of a client stay valid.',
    remedy:
      'The client should cache the token for expires_in seconds. MSAL caches it under the scope of the response, so request the same scope each time.',
    detect: subject =>
      isTokenRequest(subject) && (subject.tokenUse?.requestedInRow ?? 0) >= manyRequests
        ? `The client requested ${subject.tokenUse?.requestedInRow} access tokens in a row, with at most one request for each.`
        : undefined,
  },
  {
    ...common,
    id: 'client/token-lifetime',
    severity: 'note',
    title: 'Token lifetime outside the range of Entra’s gallery',
    reason: 'Entra’s gallery requires access tokens that are valid for 60 minutes to 6 hours.',
    remedy: onTokensPage('set a token lifetime of 3600 to 21600 seconds.'),
    detect: subject => {
      const seconds = isTokenRequest(subject) ? subject.answer?.expires_in : undefined
      return typeof seconds === 'number' && isOutsideGallery(seconds)
        ? `The access token is valid for ${seconds} seconds.`
        : undefined
    },
  },
  {
    ...common,
    id: 'client/secret-expires',
    severity: 'warning',
    title: 'Client secret expires soon',
    reason: 'After the expiry, the client gets no access token.',
    remedy: onTokensPage('create a second secret, give it to the client, then delete the old one.'),
    detect: ({ exchange, secretExpires }) => {
      if (secretExpires === undefined) return undefined
      const days = Math.floor((secretExpires - exchange.tenantTime) / day)
      return days < warningPeriod
        ? `The client has no secret that is valid for longer than ${days === 1 ? '1 day' : `${days} days`}.`
        : undefined
    },
  },
]
