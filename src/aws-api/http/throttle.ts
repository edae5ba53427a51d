import type { TakePermit } from '../../domain/ports/engine.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import type { AnyOperation } from '../operation.ts'
import { refusals } from './errors.ts'

/** The limits hold for each operation of the Identity Store API, and for all operations of SSO Admin together. */
const requestsPerSecond = 20

/** AWS's rates: https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html. */
export const createApiThrottle =
  (takePermit: TakePermit) =>
  async (tenant: Tenant, { service, name }: Pick<AnyOperation, 'service' | 'name'>): Promise<void> => {
    if (tenant.settings.throttle === 'off' || service === 'sts') return
    const kind = service === 'identitystore' ? name : 'sso-admin'
    if (!(await takePermit(tenant.key, kind, requestsPerSecond))) throw refusals.tooFast()
  }
