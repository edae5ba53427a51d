import { decision, documented, inferred, type NumberedRule, observed } from './rule.ts'

const rfc = (section: string) => `https://www.rfc-editor.org/rfc/rfc${section}`
const learn = 'https://learn.microsoft.com/entra'
const provisioning = `${learn}/identity/app-provisioning`
const rollover = `${learn}/identity-platform/signing-key-rollover`

/** Rules of the credentials of SCIM clients, of the token endpoint, and of the sign-in to the console. */
export const tokenRules: readonly NumberedRule[] = [
  ...decision('authentication.md', {
    'TS-001': 'A tenant has access tokens, clients of its token endpoint, and issuers that it trusts.',
    'TS-003': 'A JWT at a tenant of `aws` is an unknown token; a finding says that AWS would reject it, too.',
    'TS-006': 'Without a tenant in the URL, a JWT is accepted if the issuers of exactly one tenant match it.',
    'TS-022': 'All reasons for a 401 look the same to the client. The journal has the reason.',
  }),
  ...documented('https://docs.aws.amazon.com/singlesignon/latest/developerguide/making-api-requests.html', {
    'TS-002': 'A tenant of `aws` accepts its own access tokens only: it has neither clients nor issuers.',
  }),
  ...decision('authentication.md#any-issuer', {
    'TS-004': 'An issuer gives full or read-only access; full access is the default.',
    'TS-018': 'An issuer may be restricted to some callers and some subjects.',
    'TS-020': 'A verified token is remembered by its hash, until it expires or its issuer or key changes.',
    'TS-032':
      'An issuer has its exact name and one or more audiences; the default is the public URL of SCIM.',
    'TS-034': 'A check fetches the keys of an issuer, and reports which rule a given token breaks.',
    'TS-050': 'Only the role that may write sets the URLs of issuers, after a recent authentication.',
    'TS-053': 'A failed fetch is reported with its status or code, and never with text of the response.',
    'TS-054': 'A fetch is a GET with the headers `Accept` and `User-Agent` only.',
  }),
  ...inferred(rfc('7643#section-5'), {
    'TS-005': '`ServiceProviderConfig` announces OAuth 2.0 while a client or an issuer is in force.',
  }),
  ...documented(rfc('8725#section-3.8'), {
    'TS-010':
      'Own tokens are looked up first. A JWT is verified only if its issuer equals a trusted one exactly.',
  }),
  ...documented(rfc('8725#section-3.1'), {
    'TS-011': 'Accepted algorithms are RSA, RSA-PSS, ECDSA and EdDSA; `none` and HMAC never are.',
  }),
  ...documented(rfc('8725#section-3.5'), {
    'TS-012': 'Keys come from the issuer alone, not from the token. RSA keys have at least 2048 bits.',
  }),
  ...observed('https://github.com/panva/jose', {
    'TS-013': '`kid` selects the key. Without it, the set must have exactly one key that fits.',
    'TS-044': 'A key set is accepted whole or not at all; a bad one leaves the last good one in force.',
  }),
  ...documented(rfc('9068#section-4'), {
    'TS-014': 'A token has issuer, expiry, caller or subject, and an audience that equals a configured one.',
    'TS-016': 'Only access tokens are accepted: the type is checked, and ID tokens are rejected.',
  }),
  ...inferred(rfc('7519#section-4.1.4'), {
    'TS-015': 'Times of a token are compared with the machine’s clock, with a tolerance of 300 seconds.',
  }),
  ...decision(rfc('6750#section-5.2'), {
    'TS-017': 'The ID of a token is recorded. The token may be sent again until it expires.',
  }),
  ...documented(rfc('9068#section-2.2.3'), {
    'TS-019': 'Scopes in `scope`, `scp` or `roles` decide what a client may do, if the issuer names them.',
  }),
  ...decision('console.md', {
    'TS-021': 'The journal has header and claims of a JWT, and no part of its signature.',
  }),
  ...observed(`${provisioning}/use-scim-to-provision-users-and-groups`, {
    'TS-030':
      'Trusting Entra ID needs the directory’s ID only. Tokens of both versions must have the audience of the app’s template, and the caller that provisions.',
  }),
  ...inferred(rfc('8725#section-3.9'), {
    'TS-031': 'Trusting Entra ID has a warning: its token is not bound to one endpoint.',
  }),
  ...documented(rfc('8414#section-3.3'), {
    'TS-033':
      'Metadata of an issuer come from OpenID Connect Discovery, then RFC 8414, and must name the issuer.',
  }),
  ...documented(rollover, {
    'TS-040': 'Keys in use are fetched hourly. A failed fetch leaves the known keys in force.',
    'TS-041': 'Keys are trusted for 24 hours after the last successful fetch.',
    'TS-042': 'An unknown key triggers one fetch, at most every five minutes, or every second on loopback.',
    'TS-043': 'A key that the issuer withdraws stops working at the next fetch.',
  }),
  ...decision('authentication.md#responses', {
    'TS-045': 'If the keys of an issuer cannot be fetched, the response is 503 with `Retry-After`, not 401.',
  }),
  ...decision('authentication.md#keys', {
    'TS-046': 'Metrics have the age of keys. An issuer that is unreachable for an hour is reported once.',
    'TS-051':
      'Issuers are fetched by HTTPS, or by HTTP on loopback, without redirects, within limits of time and size.',
    'TS-052':
      'Link-local, multicast and unspecified addresses are never reached, whatever a name resolves to.',
  }),
  ...documented(rfc('6749#section-3.2'), {
    'TS-060': 'A token request is a form. Unknown parameters are ignored; a repeated one is an error.',
  }),
  ...documented(rfc('6749#section-2.3'), {
    'TS-061':
      'A client authenticates in the body or as Basic. Both at once only under `entra`, if they are equal.',
  }),
  ...documented(rfc('6749#section-5.1'), {
    'TS-062': 'The response is JSON that is not cached, with token, type, lifetime and scope.',
  }),
  ...decision('authentication.md#client-credentials', {
    'TS-063': 'An access token is opaque. Its hash is on disk before the token is returned.',
    'TS-067':
      'Deleting a client or a secret ends its access tokens at once. A client has 100 live ones at most.',
    'TS-069': 'Faults can be injected into token requests.',
    'TS-071': 'Other grants, introspection, revocation and OpenID Connect Discovery are not offered.',
  }),
  ...documented(`${provisioning}/app-gallery-user-provisioning-requirements`, {
    'TS-064': 'A lifetime outside the range that Entra’s gallery requires has a warning.',
    'TS-066': 'A client has at most two live secrets, which expire, warn before that, and are shown once.',
  }),
  ...documented(rfc('6749#section-3.3'), {
    'TS-065': 'Scopes decide the access. The response repeats the names that the client requested.',
  }),
  ...documented(rfc('6749#section-10.10'), {
    'TS-068':
      'An unknown client and a wrong secret get the same response. Ten failures within a minute cause 429.',
  }),
  ...documented(rfc('7523#section-3'), {
    'TS-070':
      'A client may authenticate with an assertion of its issuer, which gives no access to SCIM itself.',
  }),
  ...documented(rfc('8414#section-3.1'), {
    'TS-072':
      'Metadata of the token endpoint have the URL by which the client reaches the server, with the well-known part before or after the tenant.',
  }),
  ...documented(rfc('7523#section-2.2'), {
    'TS-073': 'A client may sign assertions with keys of its own, and omit its ID, which is their subject.',
  }),
  ...decision('entra-simulator.md#authentication', {
    'TS-080':
      '`scimulator entra` authenticates with a secret token, client credentials, Entra’s token or federation.',
    'TS-081':
      'The Entra simulator requests a token if none is valid for five more minutes, and again after a 401.',
  }),
  ...observed('https://github.com/MicrosoftDocs/azure-docs/issues/54231', {
    'TS-082':
      'Without a token a cycle fails: invalid credentials after 400 or 401, unvalidated ones otherwise.',
  }),
  ...decision('entra-simulator.md#a-stand-in-for-microsofts-token-service', {
    'TS-083': 'A stand-in for Microsoft’s token service has its paths, claims and rotation of keys.',
    'TS-084': 'The stand-in writes its own address as issuer, or Microsoft’s with `--as-microsoft`.',
    'TS-085':
      'Scenarios play expired and rotated secrets, expired tokens, new keys, and an issuer that is down.',
  }),
  ...decision('console-access.md', {
    'TS-100': 'A console is open on loopback, has a token, or has sign-in; with sign-in no token is created.',
    'TS-104':
      'Tokens of the provider are dropped after they are read, and are never stored, logged or shown.',
    'TS-112': 'With `--console-audience`, access tokens of the provider identify callers of the API.',
    'TS-113': 'The pages show who is signed in. A reader sees no buttons that change something.',
  }),
  ...documented('https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth', {
    'TS-101':
      'A sign-in uses the authorization code with PKCE, state and nonce, and metadata kept for an hour.',
  }),
  ...documented(`${learn}/identity-platform/reply-url`, {
    'TS-102': 'The redirect URI follows from `--console-url`, never from the host of a request.',
  }),
  ...documented(`${learn}/identity-platform/id-token-claims-reference`, {
    'TS-103': 'Issuer and subject identify a person; with Entra ID, directory and object ID do.',
  }),
  ...decision('console-access.md#roles', {
    'TS-105': 'Conditions on claims give the roles. Without one, a person sees which claims arrived.',
    'TS-165': 'Console tokens have no step-up: what cannot be undone needs the scope `destroy`.',
    'TS-166': 'Every operation states which role or scope it needs.',
  }),
  ...documented(`${learn}/identity/hybrid/connect/how-to-connect-fed-group-claims`, {
    'TS-106':
      'If a person has too many groups, Entra ID leaves them out. The page says so and suggests app roles.',
  }),
  ...decision('console-access.md#protection-of-the-browser', {
    'TS-107':
      'A session is in memory, is new with each sign-in, and ends after 8 hours, or one hour without requests.',
    'TS-109': 'A change with a cookie needs the origin of the console. A change with a token does not.',
    'TS-110': 'Other sites cannot start a sign-in, which returns to paths of pages only.',
    'TS-111': 'Signing out ends the session, also at the provider. Writers list and end sessions.',
  }),
  ...documented(rfc('9700#section-4.7'), {
    'TS-108': 'An attempt to sign in is bound to its browser, and expires after 10 minutes.',
  }),
  ...decision('console-access.md#step-up', {
    'TS-160': 'What cannot be undone needs a recent authentication.',
    'TS-164': 'After a step-up, the browser returns to the page. The person confirms the action again.',
  }),
  ...documented('https://openid.net/specs/openid-connect-core-1_0.html#IDToken', {
    'TS-161': 'The age of an authentication is that of `auth_time`, not of the sign-in.',
    'TS-163': 'What the provider returns decides about a step-up: person, age and context.',
  }),
  ...documented(`${learn}/identity-platform/developer-guide-conditional-access-authentication-context`, {
    'TS-162': 'An authentication context is requested by `acr_values`, and for Entra ID by `claims`.',
  }),
  ...decision('console-access.md#audit', {
    'TS-170':
      'Each change, refusal and sign-in has an entry in the audit log, with caller, objects and status.',
    'TS-171': 'The audit log is searched, paged and exported, and no operation changes it.',
  }),
]
