import type { FastifyPluginAsync } from 'fastify'
import { type Drift, operations as driftOperations } from '../../domain/contract/drift.ts'
import { operations, type Rehearsal } from '../../domain/contract/rehearsal.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import { playInThread } from '../../insight/rehearsal/in-thread.ts'
import { RehearsalError, type RehearsalMistake } from '../../insight/rehearsal/played.ts'
import type { RehearsalThreadData } from '../../insight/rehearsal/thread.ts'
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

  const play = <Result extends Rehearsal | Drift>(
    tenant: Tenant,
    kind: RehearsalThreadData['kind'],
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<Result> => {
    const { id, key, settings, declared, imported, session } = tenant
    const data = {
      ...{ kind, body, now: tenantNow(tenant, clock()) },
      target: { tenant: { id, key, ...compact({ imported, session }) } },
      profile: { name: settings.profile, switches: settings.switches, declared },
    }
    return playInThread<Result>(data, reads, { signal }).catch((error: unknown) => {
      throw error instanceof RehearsalError ? rehearsalProblem(error) : error
    })
  }

  register(app, 'rehearse', operations.rehearse, ({ params, body, signal }) =>
    play<Rehearsal>(requireTenant(tenants, params.tenant), { name: 'rehearsal' }, body, signal),
  )

  register(app, 'drift', driftOperations.drift, async ({ params, body, signal }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const began = clock()
    const items = drifts.get(tenant.key)?.report.items.map(({ id, state }) => ({ id, state }))
    const previous = items && { drift: 1 as const, items }
    const report = await play<Drift>(tenant, { name: 'drift', ...compact({ previous }) }, body, signal)
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

const rehearsalProblem = ({ message, mistakes }: RehearsalError): Problem =>
  new Problem('invalid-rehearsal', message, {
    errors: mistakes.map(({ part, message }) => ({ path: paths[part], message })),
  })
