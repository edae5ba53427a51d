import type { FastifyPluginAsync } from 'fastify'
import { type Drift, operations as driftOperations } from '../../domain/contract/drift.ts'
import { operations } from '../../domain/contract/rehearsal.ts'
import { writtenJson } from '../../domain/event-loop/written-json.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import { findDriftInThread, rehearseInThread } from '../../insight/rehearsal/in-thread.ts'
import { RehearsalError, type RehearsalMistake } from '../../insight/rehearsal/played.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { driftEvent } from '../webhooks/triggers.ts'
import { register, requireTenant } from './register.ts'

export type LastDrift = {
  readonly report: Drift
  /** Milliseconds since 1970, and how many the comparison took. */
  readonly at: number
  readonly took: number
}

/** The last comparisons, by the key of the tenant. */
export type LastDrifts = Map<number, LastDrift>

export const rehearsalRoutes: FastifyPluginAsync<ConsoleDeps & { readonly drifts: LastDrifts }> = async (
  app,
  { tenants, clock, directory, memberships, assignments, webhooks, drifts },
) => {
  const reads = {
    identities: directory.identities,
    authors: directory.authors,
    memberships: memberships.page,
    assignments: assignments.assignments,
    permissionSets: assignments.permissionSets,
  }

  const dataOf = (tenant: Tenant, body: Uint8Array<ArrayBuffer>) => {
    const { id, key, settings, declared, imported, session } = tenant
    return {
      ...{ body, now: tenantNow(tenant, clock()) },
      target: { tenant: { id, key, ...compact({ imported, session }) } },
      profile: { name: settings.profile, switches: settings.switches, declared },
    }
  }

  register(app, 'rehearse', operations.rehearse, async ({ params, body, signal }) => {
    const data = dataOf(requireTenant(tenants, params.tenant), body)
    return writtenJson(await rehearseInThread(data, reads, { signal }).catch(throwProblem))
  })

  register(app, 'drift', driftOperations.drift, async ({ params, body, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const began = clock()
    const items = drifts.get(tenant.key)?.report.items.map(({ id, state }) => ({ id, state }))
    const previous = items && { drift: 1 as const, items }
    const data = { ...dataOf(tenant, body), ...compact({ previous }) }
    const report = await findDriftInThread(data, reads, { signal }).catch(throwProblem)
    drifts.set(tenant.key, { report, at: clock(), took: clock() - began })
    const kept = new Set(tenants.list().map(({ key }) => key))
    for (const key of drifts.keys()) if (!kept.has(key)) drifts.delete(key)
    if (report.states.new) webhooks.notify(driftEvent(tenant.id, report))
    return report
  })

  register(app, 'lastDrift', driftOperations.lastDrift, async ({ params }) => {
    const { key, id } = requireTenant(tenants, params.tenant)
    const report = drifts.get(key)?.report
    if (!report) throw new Problem('not-found', `This instance has not compared the tenant "${id}" yet.`)
    return report
  })
}

const paths: Readonly<Record<RehearsalMistake['part'], string>> = {
  files: 'body.files',
  client: 'body.client',
  nameId: 'body.nameId',
  people: 'body.people',
  ignore: 'body.ignore',
}

function throwProblem(error: unknown): never {
  if (!(error instanceof RehearsalError)) throw error
  const { message, mistakes } = error
  throw new Problem('invalid-rehearsal', message, {
    errors: mistakes.map(({ part, message }) => ({ path: paths[part], message })),
  })
}
