import { rulesOf } from '../auth/issuers/rules.ts'
import { accessAgain } from '../auth/issuers/verify.ts'
import { isTokenParameter, mark, maskHeader } from '../domain/journal/credentials.ts'
import { refusalLabels } from '../domain/journal/description.ts'
import type { Exchange } from '../domain/journal/exchange.ts'
import { withheldBody } from '../domain/journal/masking.ts'
import type { Journal } from '../domain/ports/journal.ts'
import type { OAuthClientStore } from '../domain/tenants/oauth-clients.ts'
import { type Access, type Tenant, type TenantStore, tenantNow } from '../domain/tenants/tenant.ts'
import { compact } from '../scim/json.ts'
import type { ConsoleDeps } from './deps.ts'
import type { InProcessRequest } from './in-process.ts'

type ReplayRequest = { readonly request: InProcessRequest } | { readonly reason: string }

/**
 * Restores a request from the journal, without headers of the connection and without credentials. A request that the
 * journal did not store completely can't be replayed: its response would be to another request.
 */
export function toReplayRequest(exchange: Exchange): ReplayRequest {
  const reason = findObstacle(exchange)
  if (reason !== undefined) return { reason }
  const { body } = exchange.request
  return {
    request: {
      method: exchange.method,
      url: withoutToken(exchange.url),
      headers: replayHeaders(exchange),
      ...compact({ body }),
    },
  }
}

function findObstacle({ api, operation, url, request }: Exchange): string | undefined {
  const { headers, body, cutFrom } = request
  if (api !== undefined) {
    return 'It is signed for its own time, and only its client can sign it again. Copy it as a command instead.'
  }
  if (operation === 'token')
    return 'Its client secret or assertion is not stored. Send it from the client again.'
  if (cutFrom !== undefined) {
    return `The journal stored only part of its body of ${cutFrom} bytes. Send it from the client again.`
  }
  if (body === undefined && announcesBody(headers)) {
    return 'Its body was not read: the request was rejected, or ended, before that. Send it from the client again.'
  }
  const hasSecret = body?.includes(mark) || body === withheldBody || url.includes(mark)
  return hasSecret
    ? `It contains a secret, which the journal stores as "${mark}". Send it from the client again.`
    : undefined
}

const announcesBody = (headers: Readonly<Record<string, string>>): boolean =>
  Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined

const withoutToken = (url: string): string => {
  const [path = '', ...rest] = url.split('?')
  const parameters = rest.join('?').split('&')
  const kept = parameters.filter(parameter => !isTokenParameter(parameter.split('=', 1)[0] ?? ''))
  return parameters.length === kept.length ? url : [path, kept.join('&')].filter(Boolean).join('?')
}

/** Headers of one connection (RFC 9110 §7.6.1), and headers that depend on the address of the listener. */
const omittedHeaders = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['host', 'content-length', 'expect', 'forwarded', 'x-forwarded-host', 'x-forwarded-proto'],
])

/** Credentials in any header are omitted, because the journal keeps only their end. */
const isOmitted = (name: string, value: string) =>
  omittedHeaders.has(name.toLowerCase()) || maskHeader(name, value) !== undefined || value.includes(mark)

export const replayHeaders = ({ parent, request: { headers, body } }: Exchange): Record<string, string> => ({
  ...(parent !== undefined && body !== undefined && { 'content-type': 'application/scim+json' }),
  ...Object.fromEntries(Object.entries(headers).filter(([name, value]) => !isOmitted(name, value))),
})

type RightsDeps = Pick<ConsoleDeps, 'clock' | 'issuers'> & {
  readonly tenants: Pick<TenantStore, 'tokens'>
  readonly oauthClients: Pick<OAuthClientStore, 'find'>
  readonly journal: Pick<Journal, 'find'>
}

type CallerRights = { readonly access: Access } | { readonly reason: string }

/** Replays of replays that are followed back to the request of a client. */
const maxReplays = 100

/**
 * The rights of the caller who sent a request first. Access tokens and JWTs of the token endpoint and of issuers last an hour or so,
 * so the client or the issuer counts, not the token.
 */
export async function rightsOfCaller(
  exchange: Exchange,
  tenant: Tenant,
  deps: RightsDeps,
): Promise<CallerRights> {
  let original: Exchange | undefined = exchange
  for (let followed = 0; original?.replayOf !== undefined; followed++) {
    original = followed < maxReplays ? await deps.journal.find(original.replayOf) : undefined
  }
  if (!original) return { reason: 'The original request is no longer in the journal.' }
  if (original.refusal !== undefined) {
    return { reason: `The caller’s credentials were rejected (${refusalLabels[original.refusal]}).` }
  }
  return rightsNow(original, tenant, deps)
}

function rightsNow(
  { token, credential }: Exchange,
  tenant: Tenant,
  { tenants, oauthClients, issuers, clock }: RightsDeps,
): CallerRights {
  const now = tenantNow(tenant, clock())
  if (token) {
    const found = tenants.tokens(tenant).find(({ id }) => id === token.id)
    if (!found) return { reason: 'The caller’s access token has been deleted.' }
    return found.expires > now ? found : { reason: 'The caller’s access token has expired.' }
  }
  switch (credential?.kind) {
    case 'client': {
      const client = oauthClients.find(tenant, credential.client)
      if (!client) return { reason: `The client "${credential.name}" has been deleted.` }
      const canAuthenticate = client.assertion ?? client.secrets.find(({ expires }) => expires > now)
      return tenant.profile.tokenEndpoint && canAuthenticate
        ? client
        : { reason: `The client "${credential.name}" no longer has a valid secret.` }
    }
    case 'issuer': {
      const issuer =
        tenant.profile.credentials === 'any' ? issuers.find(tenant, credential.issuer) : undefined
      const access = issuer && accessAgain(credential.jwt, rulesOf(issuer.settings), clock())
      return access
        ? { access }
        : { reason: `The tenant no longer accepts such JWTs of "${credential.name}".` }
    }
    case 'jwt':
      return { reason: 'The tenant does not trust the issuer of the caller’s JWT.' }
    // The sample of the console, and discovery that needs no credentials.
    case undefined:
      return { access: 'full' }
  }
}

export function isDeletion({ method, operation, request: { body } }: Exchange): boolean {
  if (method === 'DELETE') return true
  if (operation !== 'bulk' || body === undefined) return false
  let found = false
  try {
    JSON.parse(body, (_name, value: unknown) => {
      if (typeof value === 'string' && value.toUpperCase() === 'DELETE') found = true
      return value
    })
  } catch {
    // The server rejects it as well.
    return false
  }
  return found
}
