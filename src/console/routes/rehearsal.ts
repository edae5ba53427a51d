import type { FastifyPluginAsync } from 'fastify'
import { operations } from '../../domain/contract/rehearsal.ts'
import { tenantNow } from '../../domain/tenants/tenant.ts'
import { rehearseInThread } from '../../insight/rehearsal/in-thread.ts'
import { RehearsalError, type RehearsalMistake } from '../../insight/rehearsal/played.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register, requireTenant } from './register.ts'

export const rehearsalRoutes: FastifyPluginAsync<ConsoleDeps> = async (
  app,
  { tenants, clock, directory, memberships, assignments },
) => {
  const reads = {
    identities: directory.identities,
    authors: directory.authors,
    memberships: memberships.page,
    assignments: assignments.assignments,
    permissionSets: assignments.permissionSets,
  }

  register(app, 'rehearse', operations.rehearse, async ({ params, body, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const { id, key, settings, declared, imported, session } = tenant
    const data = {
      body,
      now: tenantNow(tenant, clock()),
      tenant: { id, key, ...compact({ imported, session }) },
      profile: { name: settings.profile, switches: settings.switches, declared },
    }
    return rehearseInThread(data, reads, signal).catch((error: unknown) => {
      throw error instanceof RehearsalError ? rehearsalProblem(error) : error
    })
  })
}

const paths: Readonly<Record<RehearsalMistake['part'], string>> = {
  files: 'body.files',
  client: 'body.client',
  nameId: 'body.nameId',
  people: 'body.people',
}

const rehearsalProblem = ({ message, mistakes }: RehearsalError): Problem =>
  new Problem('invalid-rehearsal', message, {
    errors: mistakes.map(({ part, message }) => ({ path: paths[part], message })),
  })
