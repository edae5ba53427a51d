import type { FastifyPluginAsync } from 'fastify'
import { toPageRequest } from '../../domain/contract/operation.ts'
import { operations } from '../../domain/contract/sign-in-check.ts'
import { tenantNow } from '../../domain/tenants/tenant.ts'
import { checkResponse } from '../../insight/sign-in-check/check-response.ts'
import { findUserSignIn, listUserSignIns } from '../../insight/sign-in-check/list-users.ts'
import { InputError } from '../../insight/sign-in-check/saml/input-error.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { viewResponseCheck, viewUserSignIn } from '../views/sign-in-check.ts'
import { register } from './register.ts'
import { requireTenant } from './tenants.ts'

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
