import type { FastifyPluginAsync } from 'fastify'
import type { z } from 'zod'
import type { KeySetStatus } from '../../auth/issuers/key-sets.ts'
import { rulesOf } from '../../auth/issuers/rules.ts'
import { type JwtVerifier, withoutTokens } from '../../auth/issuers/verify.ts'
import { type IssuerChange, operations } from '../../domain/contract/issuers.ts'
import { hour } from '../../domain/duration.ts'
import {
  type IssuerSettings,
  readDirectory,
  scimAudience,
  type TrustedIssuer,
} from '../../domain/tenants/issuers.ts'
import { type Tenant, TenantError } from '../../domain/tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { paginate, register, requireTenant } from './register.ts'

const issuerNotFound = (tenant: Tenant, id: string) =>
  new Problem(
    'not-found',
    `The tenant "${tenant.id}" has no trusted issuer "${id}". GET /api/v1/tenants/${tenant.id}/issuers lists its issuers.`,
  )

type NewIssuer = z.output<(typeof operations)['createIssuer']['body']>

/** Throws `TenantError`. */
function toSettings(body: NewIssuer, tenant: Tenant, publicUrl: string | undefined): IssuerSettings {
  const { access = 'full' } = body
  if (body.kind === 'entra') {
    const directory = readDirectory(body.directory)
    const { cloud = 'global', name = `Entra ${directory}` } = body
    return { ...body, directory, cloud, name, access }
  }
  const defaults = publicUrl === undefined ? [] : [scimAudience(publicUrl, tenant.id)]
  const { audiences = defaults, name = body.issuer.slice(0, 100) } = body
  return { ...body, audiences, name, access }
}

const otherMembers = {
  entra: ['audiences', 'algorithms', 'clients', 'subjects', 'scopes', 'accessTokensOnly'],
  oauth: ['cloud', 'audience'],
} as const

/** Throws `TenantError`. */
function applyChange(settings: IssuerSettings, change: IssuerChange, defaultAudience: string | undefined) {
  const unfit = otherMembers[settings.kind].find(name => change[name] !== undefined)
  if (unfit) {
    throw new TenantError('invalid', `An issuer of the kind ${settings.kind} has no ${unfit}.`)
  }
  const audiences = change.audiences === null && defaultAudience !== undefined ? [defaultAudience] : undefined
  const merged = { ...settings, ...change, ...(audiences && { audiences }) }
  const kept = Object.entries(merged).filter(([, value]) => value !== null && value !== undefined)
  const next = Object.fromEntries(kept) as IssuerSettings
  if (next.kind === 'oauth' && next.audiences === undefined) {
    throw new TenantError('invalid', 'The issuer needs an audience, because the server has no --public-url.')
  }
  return next
}

async function check(verifier: JwtVerifier, { settings }: TrustedIssuer, token: string | undefined) {
  const rules = rulesOf(settings)
  const keySet = verifier.keySets.of(rules.keys)
  const reached = await keySet.fetch()
  const checked = token === undefined ? undefined : await verifier.verify(token.trim(), rules, Date.now())
  const view = { reached, keySet: viewKeys(keySet.status()) }
  if (!checked) return view
  const accepted = !('refusal' in checked)
  const jwt = checked.jwt && withoutTokens(checked.jwt)
  return { ...view, token: { detail: 'The token meets all requirements.', ...checked, accepted, jwt } }
}

export const issuerRoutes: FastifyPluginAsync<ConsoleDeps> = async (
  app,
  { tenants, issuers, verifier, publicUrl },
) => {
  const requireIssuer = (tenantId: string, id: string) => {
    const tenant = requireTenant(tenants, tenantId)
    const issuer = issuers.find(tenant, id)
    if (!issuer) throw issuerNotFound(tenant, id)
    return { tenant, issuer }
  }
  const view = (tenant: Tenant, issuer: TrustedIssuer) =>
    viewIssuer(tenant, issuer, verifier.keySets.of(rulesOf(issuer.settings).keys).status(), Date.now())

  register(app, 'listIssuers', operations.listIssuers, ({ params, query }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { items, ...rest } = paginate(issuers.list(tenant), query)
    return { items: items.map(issuer => view(tenant, issuer)), ...rest }
  })

  register(app, 'createIssuer', operations.createIssuer, async ({ params, body }) => {
    const tenant = requireTenant(tenants, params.tenant)
    return view(tenant, await issuers.create(tenant, toSettings(body, tenant, publicUrl)))
  })

  register(app, 'updateIssuer', operations.updateIssuer, async ({ params, body }) => {
    const { tenant, issuer } = requireIssuer(params.tenant, params.issuer)
    const audience = publicUrl === undefined ? undefined : scimAudience(publicUrl, tenant.id)
    const updated = await issuers.update(tenant, issuer.id, applyChange(issuer.settings, body, audience))
    if (!updated) throw issuerNotFound(tenant, issuer.id)
    return view(tenant, updated)
  })

  register(app, 'deleteIssuer', operations.deleteIssuer, async ({ params }) => {
    const { tenant, issuer } = requireIssuer(params.tenant, params.issuer)
    if (!(await issuers.remove(tenant, issuer.id))) throw issuerNotFound(tenant, issuer.id)
  })

  register(app, 'checkIssuer', operations.checkIssuer, ({ params, body = {} }) => {
    const { issuer } = requireIssuer(params.tenant, params.issuer)
    return check(verifier, issuer, body.token)
  })
}

function viewIssuer(
  { profile }: Tenant,
  { id, created, settings }: TrustedIssuer,
  status: KeySetStatus,
  now: number,
) {
  const { accessTokensOnly = false, ...rules } = rulesOf(settings)
  const { name, kind, access, jwks } = settings
  return {
    ...rules,
    id,
    name,
    kind,
    access,
    created,
    inForce: profile.credentials === 'any',
    ...(settings.kind === 'entra' && { cloud: settings.cloud }),
    jwks,
    standIn: settings.kind === 'entra' && jwks !== undefined,
    accessTokensOnly,
    warning: warningOf(settings, status, now),
    keySet: viewKeys(status),
  }
}

/** Microsoft calls its own tokens a means of testing, since they are not for one endpoint. */
const notBound =
  'These tokens are not bound to this endpoint: anyone who can make Entra provision another custom application of the same directory receives a token that is accepted here. For production, use client credentials.'

function warningOf(
  { kind }: IssuerSettings,
  { unreachableSince, reason = '' }: KeySetStatus,
  now: number,
): string | undefined {
  const isUnreachable = unreachableSince !== undefined && now - unreachableSince >= hour
  const sentences = [
    ...(isUnreachable ? [`The keys could not be fetched for more than an hour. ${reason}`] : []),
    ...(kind === 'entra' ? [notBound] : []),
  ]
  return sentences.length === 0 ? undefined : sentences.join(' ')
}

const viewKeys = ({ keys, ...status }: KeySetStatus) => ({
  ...status,
  keys: keys.map(({ jwk: { kid, alg, kty }, firstSeen }) => ({
    ...(typeof kid === 'string' && { id: kid }),
    ...(typeof alg === 'string' && { algorithm: alg }),
    type: String(kty),
    firstSeen,
  })),
})
