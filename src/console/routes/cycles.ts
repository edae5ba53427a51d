import type { FastifyPluginAsync } from 'fastify'
import { operations } from '../../contract/cycles.ts'
import { toPageRequest } from '../../contract/operation.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { currentCycleState, viewCycle } from '../views/cycle.ts'
import { register } from './register.ts'

/** How long a request waits for the analysis of earlier exchanges. Milliseconds. */
const catchUpTimeout = 1000

/** The cycles of clients. */
export const cycleRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { analysis } = deps

  register(app, 'listCycles', operations.listCycles, async ({ query }) => {
    await analysis.caughtUp(catchUpTimeout)
    const { tenant } = query
    const { items, ...rest } = analysis.cycles({
      ...toPageRequest(query),
      ...compact({ tenant }),
    })
    return { items: items.map(cycle => viewCycle(cycle, currentCycleState(cycle, deps))), ...rest }
  })

  register(app, 'showCycle', operations.showCycle, ({ params }) => {
    const cycle = analysis.cycle(params.id)
    if (!cycle) throw cycleNotFound(params.id)
    return viewCycle(cycle, currentCycleState(cycle, deps))
  })
}

const cycleNotFound = (id: string) =>
  new Problem(
    'not-found',
    `There is no cycle "${id}". Cycles are deleted with their last exchange in the journal. GET /api/v1/cycles lists all cycles.`,
  )
