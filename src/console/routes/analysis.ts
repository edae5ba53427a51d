import type { FastifyPluginAsync } from 'fastify'
import { operations as cycleOperations } from '../../domain/contract/cycles.ts'
import { operations as findingOperations } from '../../domain/contract/findings.ts'
import { toPageRequest } from '../../domain/contract/operation.ts'
import { suggestName } from '../../domain/journal/search/parse.ts'
import type { Cycle as StoredCycle } from '../../domain/ports/analysis.ts'
import { findingKinds, getFindingKind } from '../../insight/analysis/diagnosis/diagnose.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleCaller } from '../caller.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { currentCycleState, viewCycle } from '../views/cycle.ts'
import { currentVerdict, viewAnalysis, viewFindings, viewMute } from '../views/finding.ts'
import { findByBeginning, register, requireTenant } from './register.ts'

/** Milliseconds of waiting for the analysis of earlier exchanges. */
const cyclesTimeout = 1000

export const cycleRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { analysis } = deps
  const view = async (cycle: StoredCycle) => viewCycle(cycle, await currentCycleState(cycle, deps))

  register(app, 'listCycles', cycleOperations.listCycles, async ({ query }) => {
    await analysis.caughtUp(cyclesTimeout)
    const { tenant } = query
    const { items, ...rest } = await analysis.cycles({
      ...toPageRequest(query),
      ...compact({ tenant }),
    })
    return { items: await Promise.all(items.map(view)), ...rest }
  })

  register(app, 'getCycle', cycleOperations.getCycle, async ({ params }) => {
    return view(await requireCycle(analysis, params.id))
  })
}

export async function requireCycle(
  analysis: Pick<ConsoleDeps['analysis'], 'cycle' | 'cycleIdsFrom'>,
  id: string,
): Promise<StoredCycle> {
  const cycle =
    (await analysis.cycle(id)) ?? (await findByBeginning('cycles', id, analysis.cycleIdsFrom, analysis.cycle))
  if (cycle) return cycle
  throw new Problem(
    'not-found',
    `There is no cycle "${id}". Cycles are deleted with their last exchange in the journal. GET /api/v1/cycles lists all cycles.`,
  )
}

function nameOf(caller: ConsoleCaller | undefined): string | undefined {
  switch (caller?.kind) {
    case 'token':
      return caller.name
    case 'person':
      return caller.name ?? caller.subject
    case 'identity':
      return caller.subject
    default:
      return undefined
  }
}

function requireKind(id: string): string {
  if (getFindingKind(id)) return id
  const suggestion = suggestName(
    id,
    findingKinds.map(kind => kind.id),
  )
  throw new Problem(
    'not-found',
    `There is no finding "${id}".${suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`} docs/findings.md lists all findings.`,
  )
}

/** Milliseconds of waiting for the analysis of earlier exchanges. */
const findingsTimeout = 2000

export const findingRoutes: FastifyPluginAsync<ConsoleDeps> = async (
  app,
  { analysis, findingMutes, jobHealth, tenants },
) => {
  register(app, 'listFindings', findingOperations.listFindings, async ({ query }) => {
    const tenant = query.tenant === undefined ? undefined : requireTenant(tenants, query.tenant).id
    await analysis.caughtUp(findingsTimeout)
    const groups = await analysis.findings(tenant)
    const estimates = await jobHealth.estimates(tenant)
    const progress = await analysis.progress()
    const viewedAnalysis = viewAnalysis(progress)
    return {
      items: groups.flatMap(group => {
        const tenant = tenants.find(group.tenant)
        return viewFindings(group, tenant && findingMutes.find(tenant, group.id))
      }),
      // A deleted tenant has findings in the journal, but no job.
      quarantine: estimates
        .filter(one => tenants.find(one.tenant))
        .map(estimate =>
          tenants.find(estimate.tenant)?.session ? { ...estimate } : currentVerdict(estimate, viewedAnalysis),
        ),
      waiting: progress.waiting,
      analysis: viewedAnalysis,
    }
  })

  register(app, 'muteFinding', findingOperations.muteFinding, async ({ params, body }, { request }) => {
    const tenant = requireTenant(tenants, params.tenant)
    const finding = requireKind(params.finding)
    const by = nameOf(request.consoleCaller)
    return viewMute(await findingMutes.set(tenant, { finding, reason: body.reason, ...compact({ by }) }))
  })

  register(app, 'unmuteFinding', findingOperations.unmuteFinding, async ({ params }) => {
    const tenant = requireTenant(tenants, params.tenant)
    if (await findingMutes.remove(tenant, params.finding)) return
    throw new Problem(
      'not-found',
      `The finding "${params.finding}" is not muted in the tenant "${tenant.id}". GET /api/v1/findings lists findings with \`mute\`.`,
    )
  })
}
