import type { FastifyPluginAsync } from 'fastify'
import { type FaultActivation, operations } from '../../domain/contract/faults.ts'
import { type Fault, FaultLimitError, type FaultMatch, type NewFault } from '../../domain/faults/fault.ts'
import { presets } from '../../domain/faults/presets.ts'
import type { TenantStore } from '../../domain/tenants/tenant.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register } from './register.ts'

export const faultRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { faults, tenants }) => {
  register(app, 'listFaults', operations.listFaults, () => ({ items: faults.list().map(viewFault) }))

  register(app, 'listFaultPresets', operations.listFaultPresets, () => ({ items: presets }))

  register(app, 'createFault', operations.createFault, async ({ body }) => {
    const fault = resolveFault(body)
    checkMatch(fault.match, tenants, body.preset === undefined ? 'body.match' : 'body')
    return viewFault(await activate(fault))
  })

  register(app, 'deleteFault', operations.deleteFault, async ({ params }) => {
    if (!(await faults.deactivate(params.fault))) throw faultNotFound(params.fault)
  })

  register(app, 'deleteFaults', operations.deleteFaults, async () => faults.deactivateAll())

  async function activate(fault: NewFault): Promise<Fault> {
    try {
      return await faults.activate(fault)
    } catch (error) {
      if (error instanceof FaultLimitError) throw new Problem('limit-reached', error.message)
      throw error
    }
  }
}

const faultNotFound = (id: string) =>
  new Problem(
    'not-found',
    `No fault "${id}" is active; it may have reached its last hit. GET /api/v1/faults lists the active faults.`,
  )

function resolveFault({ preset: id, tenant, name, match = {}, effect, times }: FaultActivation): NewFault {
  const preset = presets.find(one => one.id === id)
  if (preset) {
    const { fault } = preset
    return { ...fault, match: { ...fault.match, ...compact({ tenant }) } }
  }
  if (effect) return { match: compact(match), effect: compact(effect), ...compact({ name, times }) }
  throw invalidField(
    'body.preset',
    `Unknown preset "${id}": expected one of ${presets.map(one => one.id).join(', ')}.`,
  )
}

/** Throws for a match that no request can meet. */
function checkMatch({ tenant, type }: FaultMatch, tenants: TenantStore, place: string): void {
  const found = tenant === undefined ? undefined : tenants.find(tenant)
  if (tenant !== undefined && !found) {
    throw invalidField(
      `${place}.tenant`,
      `There is no tenant "${tenant}". GET /api/v1/tenants lists those that exist.`,
    )
  }
  if (type === undefined) return
  const among = found ? [found] : tenants.list()
  const names = new Set(among.flatMap(({ profile }) => profile.schema.resourceTypes.map(({ name }) => name)))
  if ([...names].some(name => name.toLowerCase() === type.toLowerCase())) return
  throw invalidField(
    `${place}.type`,
    `Unknown resource type "${type}": expected one of ${[...names].join(', ')}.`,
  )
}

const invalidField = (path: string, message: string) =>
  new Problem('invalid-request', `${path}: ${message}`, {
    errors: [{ path, message }],
  })

export const viewFault = (fault: Fault) => ({
  ...fault,
  ...(fault.times !== undefined && { remaining: fault.times - fault.hits }),
})
