import type { FastifyPluginAsync } from 'fastify'
import { toPageRequest } from '../../domain/contract/operation.ts'
import { operations } from '../../domain/contract/sign-in-check.ts'
import { tenantNow } from '../../domain/tenants/tenant.ts'
import { checkResponse, type ResponseCheck } from '../../insight/sign-in-check/check-response.ts'
import {
  getRule,
  type IdentityProvider,
  identityProviders,
  type SignInRuleId,
} from '../../insight/sign-in-check/rules.ts'
import { InputError } from '../../insight/sign-in-check/saml/input-error.ts'
import {
  countUserSignIns,
  findUserSignIn,
  listUserSignIns,
  type UserSignIn,
} from '../../insight/sign-in-check/users.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register, requireTenant } from './register.ts'

export const signInCheckRoutes: FastifyPluginAsync<ConsoleDeps> = async (
  app,
  { tenants, directory, assignments, clock },
) => {
  const deps = { directory, assignments }

  register(app, 'listSignIn', operations.listSignIn, async ({ params, query, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { verdict, status, text } = query
    const { items, ...rest } = await listUserSignIns(deps, tenant.key, {
      ...toPageRequest(query),
      ...compact({ verdict, status, text }),
      signal,
    })
    return { items: items.map(user => viewUserSignIn(user)), ...rest }
  })

  register(app, 'countSignIn', operations.countSignIn, async ({ params, signal }) => {
    const { key } = requireTenant(tenants, params.tenant)
    return countUserSignIns(deps, key, signal)
  })

  register(app, 'getUserSignIn', operations.getUserSignIn, async ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const user = await findUserSignIn(deps, tenant.key, params.id)
    if (user) return viewUserSignIn(user)
    throw new Problem(
      'not-found',
      `There is no user "${params.id}" in the tenant "${tenant.id}". GET /api/v1/tenants/${tenant.id}/users lists all.`,
    )
  })

  register(app, 'checkSignIn', operations.checkSignIn, async ({ params, body, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const now = tenantNow(tenant, clock())
    const { response, ...given } = body
    const check = await checkResponse(deps, tenant.key, { response, ...compact(given), now }, signal).catch(
      throwInputProblem,
    )
    return viewResponseCheck(check, now)
  })
}

function throwInputProblem(error: unknown): never {
  if (!(error instanceof InputError)) throw error
  const { field, message } = error
  throw new Problem('invalid-request', message, { errors: [{ path: `body.${field}`, message }] })
}

const allProviders = Object.keys(identityProviders) as readonly IdentityProvider[]

function viewRule(id: SignInRuleId, provider?: IdentityProvider) {
  const { description, severity, source, basis, remedy, settings = {} } = getRule(id)
  const shown = provider && settings[provider] !== undefined ? [provider] : allProviders
  return {
    rule: id,
    description,
    severity,
    source,
    basis,
    remedy,
    settings: shown.flatMap(name => {
      const setting = settings[name]
      return setting === undefined ? [] : [{ identityProvider: identityProviders[name], setting }]
    }),
  }
}

const viewUserSignIn = ({ identity, verdict, issues }: UserSignIn, provider?: IdentityProvider) => ({
  ...identity,
  name: identity.label,
  verdict,
  issues: issues.map(({ rule, detail }) => ({ ...viewRule(rule, provider), detail })),
})

function viewResponseCheck(check: ResponseCheck, now: number) {
  const { inspection, results, user, identityProvider } = check
  const { sha256, form, assertion, signature } = inspection
  return {
    ...check,
    sha256,
    form,
    at: now,
    nameId: assertion?.nameId?.text,
    issuer: assertion?.issuer,
    certificate: signature.kind === 'valid' ? signature.certificate : undefined,
    user: user && viewUserSignIn(user, identityProvider),
    results: results.map(({ rule, result, detail }) => ({
      ...viewRule(rule, identityProvider),
      result,
      detail,
    })),
  }
}
