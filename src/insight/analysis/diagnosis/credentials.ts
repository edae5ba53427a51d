import type { Exchange } from '../../../domain/journal/exchange.ts'
import { isEntraToken } from '../../../domain/tenants/credential.ts'
import type { CredentialRefusal } from '../../../domain/tenants/tenant.ts'
import { findingSources, inConnection } from '../../../profiles/entra-pages.ts'
import { productLabels } from '../../../scim/recognition/products.ts'
import type { DiagnosisRule } from './subject.ts'

type RefusalTexts = {
  readonly title: string
  readonly seen: string
  readonly remedy: string
  readonly entra?: string
}

const onTokensPage = (todo: string) => `Connect > Credentials > Trusted issuers: ${todo}`
const checkIssuer = onTokensPage(
  'check the issuer with a token of the client, which shows what does not fit.',
)

const refusals: Readonly<Record<CredentialRefusal, RefusalTexts>> = {
  'not-offered': {
    title: 'JWT instead of an access token',
    seen: 'The client sent a JWT. AWS accepts its own access tokens only.',
    remedy: 'Generate a token on the page Connect, and give it to the client.',
    entra: `Generate a token on the page Connect. ${inConnection('enter it as Secret Token.')}`,
  },
  malformed: {
    title: 'Malformed JWT',
    seen: 'The JWT cannot be read, lacks one of iss, aud, exp and sub, or is an ID token.',
    remedy: 'Request an access token for this server from the issuer. ID tokens are for the client itself.',
  },
  'unknown-issuer': {
    title: 'JWT of an unknown issuer',
    seen: 'The tenant does not trust the issuer (iss) of the JWT.',
    remedy: onTokensPage('add the issuer.'),
    entra: onTokensPage(
      'add the issuer. For Entra’s own tokens, which it sends if the Secret Token is empty, add the directory by its tenant ID.',
    ),
  },
  'wrong-audience': {
    title: 'JWT for another audience',
    seen: 'The audience (aud) of the JWT is not one of those that the issuer has on this server.',
    remedy: `Have the issuer write the audience of this server. ${checkIssuer}`,
  },
  'wrong-caller': {
    title: 'JWT of another client',
    seen: 'The client, subject or directory of the JWT is not one of those that the issuer has on this server.',
    remedy: checkIssuer,
  },
  'bad-signature': {
    title: 'JWT with a wrong signature',
    seen: 'The signature of the JWT does not match the key of its issuer.',
    remedy: 'The token was changed or forged, or the keys on this server are those of another issuer.',
  },
  'unknown-key': {
    title: 'JWT signed with an unknown key',
    seen: 'The issuer does not publish the key (kid) of the JWT.',
    remedy: `If the issuer has changed its keys, check it to fetch them now. ${checkIssuer}`,
  },
  'weak-algorithm': {
    title: 'JWT with an algorithm that is not accepted',
    seen: 'The JWT is not signed with an accepted algorithm, or its RSA key has less than 2048 bits.',
    remedy: 'Have the issuer sign with RS256 or ES256.',
  },
  'not-yet-valid': {
    title: 'JWT not valid yet',
    seen: 'The JWT becomes valid (nbf, iat) more than 5 minutes after the server’s time.',
    remedy: 'Set the clocks of the issuer and of this machine.',
  },
  'keys-unreachable': {
    title: 'Keys of the issuer unreachable',
    seen: 'The keys of the issuer could not be fetched, so the JWT was not verified.',
    remedy: onTokensPage('check the issuer, which shows why its keys cannot be fetched.'),
  },
  ambiguous: {
    title: 'JWT that fits several tenants',
    seen: 'Issuers of several tenants accept the JWT, and the URL names no tenant.',
    remedy: 'Use the URL with the tenant: /{tenant}/scim/v2.',
    entra: inConnection('use the Tenant URL with the tenant: /{tenant}/scim/v2.'),
  },
  'insufficient-scope': {
    title: 'JWT without the scope',
    seen: 'The JWT has none of the scopes that the issuer has on this server.',
    remedy: `Grant the client one of the scopes at the issuer. ${checkIssuer}`,
  },
}

const statuses: Readonly<Record<string, number>> = { 'insufficient-scope': 403, 'keys-unreachable': 503 }
const entraReason =
  'The response is 401. If this continues, Entra logs InvalidCredentials and quarantines the whole job.'

const sendsEntraToken = ({ credential, refusal }: Exchange) =>
  refusal === 'not-offered' && credential !== undefined && isEntraToken(credential)

/** A client or an access token of the token endpoint was rejected for a reason that JWTs have, too. Assertions are JWTs. */
const isOfTokenEndpoint = ({ operation, credential, refusal }: Exchange) =>
  (operation === 'token' && (refusal === 'not-offered' || refusal === 'malformed')) ||
  (credential?.kind === 'client' && operation !== 'token')

export const credentialRules: readonly DiagnosisRule[] = [
  {
    id: 'client/secret-token-empty',
    severity: 'error',
    title: 'Secret Token left empty',
    reason:
      'Without a Secret Token, Entra sends a token that it issues itself. AWS accepts its own tokens only.',
    remedy: `Generate a token on the page Connect. ${inConnection('enter it as Secret Token, and test the connection.')}`,
    source: findingSources.tutorial,
    basis: 'documented',
    detect: ({ exchange }) =>
      sendsEntraToken(exchange)
        ? 'The Secret Token was left empty in Entra. AWS would refuse every request.'
        : undefined,
  },
  ...Object.entries(refusals).map(
    ([refusal, { title, seen, remedy, entra }]): DiagnosisRule => ({
      id: `client/jwt-${refusal}`,
      severity: 'error',
      title,
      reason: `The response is ${statuses[refusal] ?? 401}: nothing is provisioned.`,
      ...(statuses[refusal] === undefined && { reasons: { entra: entraReason } }),
      remedy,
      ...(entra !== undefined && { remedies: { entra } }),
      source: findingSources.quarantine,
      basis: 'documented',
      detect: ({ exchange }) =>
        exchange.refusal === refusal && !sendsEntraToken(exchange) && !isOfTokenEndpoint(exchange)
          ? seen
          : undefined,
    }),
  ),
]

/** Two provisioning clients with one token. Only a name in the User-Agent counts: shapes may be alike. */
export const sharedTokenRules: readonly DiagnosisRule[] = [
  {
    id: 'client/shared-token',
    severity: 'warning',
    title: 'Two clients share one token',
    reason:
      'AWS provisions from one identity source. Two clients overwrite each other’s users and groups, and the access of one can’t be revoked without the other.',
    remedy:
      'Turn off provisioning in the client that is no longer used. If both are needed for a while, generate a second token under Connect > Credentials, and give each client its own.',
    source: 'https://docs.aws.amazon.com/singlesignon/latest/userguide/manage-your-identity-source.html',
    basis: 'documented',
    detect: ({ client, sharedWith }) =>
      client && sharedWith
        ? `The token was used by ${productLabels[sharedWith]} before; this request is from ${productLabels[client.product]}`
        : undefined,
  },
]
