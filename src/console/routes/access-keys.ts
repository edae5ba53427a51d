import type { FastifyPluginAsync } from 'fastify'
import { awsEnvironment } from '../../aws-api/environment.ts'
import { operations } from '../../domain/contract/access-keys.ts'
import type { AccessKey } from '../../domain/tenants/access-keys.ts'
import { type Access, describeSessionTenant, type Tenant } from '../../domain/tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { requireWritable } from '../read-only.ts'
import { paginate, register, requireTenant } from './register.ts'

const viewAccessKey = ({ uses, ...key }: AccessKey) => ({ ...key, requests: uses })

const keyNotFound = (tenant: Tenant, id: string) =>
  new Problem(
    'not-found',
    `The tenant "${tenant.id}" has no access key "${id}". GET /api/v1/tenants/${tenant.id}/access-keys lists its access keys.`,
  )

/** Keys of an imported directory only read it. */
function requireKeys(tenant: Tenant, access: Access | undefined): void {
  const { id, session } = tenant
  if (session?.kind !== 'import') requireWritable(tenant)
  else if (access !== 'read')
    throw new Problem('read-only', `${describeSessionTenant(id, session)} Create a key with access "read".`)
}

export const accessKeyRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { tenants, accessKeys, aws }) => {
  register(app, 'listAccessKeys', operations.listAccessKeys, ({ params, query }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { items, ...rest } = paginate(accessKeys.list(tenant), query)
    return { items: items.map(viewAccessKey), ...rest }
  })

  register(app, 'createAccessKey', operations.createAccessKey, async ({ params, body = {} }) => {
    const tenant = requireTenant(tenants, params.tenant)
    requireKeys(tenant, body.access)
    const { key, secret } = await accessKeys.create(tenant, body)
    return { ...viewAccessKey(key), secret, environment: awsEnvironment({ ...aws, id: key.id, secret }) }
  })

  register(app, 'deleteAccessKey', operations.deleteAccessKey, async ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    requireKeys(tenant, 'read')
    if (!(await accessKeys.remove(tenant, params.key))) throw keyNotFound(tenant, params.key)
  })
}
