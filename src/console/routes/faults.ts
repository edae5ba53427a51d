import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { activateFaultSchema, faultSchema, type newFaultSchema, presetSchema } from '../../contract/faults.ts'
import { jsonResponse, noContent, pageSchema, problemResponses, toIsoTime } from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import { FaultLimitError } from '../../faults/active-faults.ts'
import type { Fault, FaultMatch, NewFault } from '../../faults/fault.ts'
import { presets } from '../../faults/presets.ts'
import type { TenantStore } from '../../ports/tenants.ts'
import type { ConsoleDeps } from '../deps.ts'

type FaultRequest = z.output<typeof activateFaultSchema>

/** Answers to be spoiled on purpose. */
export const faultRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (app, { faults, tenants }) => {
  const tags = ['faults']

  app.get(
    '/faults',
    {
      schema: {
        operationId: 'listFaults',
        summary: 'List the faults that are armed',
        description: 'In the order in which they are asked: the first whose turn it is strikes.',
        tags,
        response: { 200: jsonResponse('The faults.', pageSchema(faultSchema)), ...problemResponses() },
      },
    },
    async () => ({ items: faults.list().map(viewFault) }),
  )

  app.get(
    '/faults/presets',
    {
      schema: {
        operationId: 'listFaultPresets',
        summary: 'List faults that clients meet in real life',
        tags,
        response: { 200: jsonResponse('The presets.', pageSchema(presetSchema)), ...problemResponses() },
      },
    },
    async () => ({
      items: presets.map(({ fault, ...preset }) => ({ ...preset, fault: viewDefinition(fault) })),
    }),
  )

  app.post(
    '/faults',
    {
      schema: {
        operationId: 'armFault',
        summary: 'Spoil answers on purpose',
        description:
          'Takes effect with the next request. Faults are held in memory: a start of the server begins with none.',
        tags,
        body: activateFaultSchema,
        response: {
          201: jsonResponse('The fault, armed.', faultSchema),
          ...problemResponses(400, 409, 413, 415),
        },
      },
    },
    async ({ body }, reply) => {
      const wish = resolveFault(body)
      checkMatch(wish.match, tenants, body.preset === undefined ? 'body.match' : 'body')
      return reply.code(201).send(viewFault(armed(wish)))
    },
  )

  app.delete(
    '/faults/:fault',
    {
      schema: {
        operationId: 'disarmFault',
        summary: 'Disarm a fault',
        tags,
        params: z.object({ fault: z.string().meta({ description: 'The id of the fault.' }) }),
        response: { 204: noContent('It strikes no more.'), ...problemResponses(404) },
      },
    },
    async ({ params }, reply) => {
      if (!faults.deactivate(params.fault)) {
        throw new Problem(
          'not-found',
          `No fault "${params.fault}" is armed; perhaps it has struck for the last time. GET /api/v1/faults lists those that are.`,
        )
      }
      return reply.code(204).send(undefined)
    },
  )

  app.delete(
    '/faults',
    {
      schema: {
        operationId: 'disarmFaults',
        summary: 'Disarm every fault',
        tags,
        response: { 204: noContent('Nothing is spoiled any more.'), ...problemResponses() },
      },
    },
    async (_request, reply) => {
      faults.deactivateAll()
      return reply.code(204).send(undefined)
    },
  )

  function armed(wish: NewFault): Fault {
    try {
      return faults.activate(wish)
    } catch (error) {
      if (error instanceof FaultLimitError) throw new Problem('limit-reached', error.message)
      throw error
    }
  }
}

function resolveFault({ preset: id, tenant, name, match = {}, effect, times }: FaultRequest): NewFault {
  const preset = presets.find(one => one.id === id)
  if (preset) {
    const { fault } = preset
    return { ...fault, match: { ...fault.match, ...(tenant !== undefined && { tenant }) } }
  }
  if (effect)
    return { match, effect, ...(name !== undefined && { name }), ...(times !== undefined && { times }) }
  throw invalidField(
    'body.preset',
    `There is no preset "${id}": there are ${presets.map(one => one.id).join(', ')}.`,
  )
}

/** A fault for what isn't there would never strike, and nobody would know why. */
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
  const names = new Set(among.flatMap(({ profile }) => profile.resourceTypes.map(({ name }) => name)))
  if ([...names].some(name => name.toLowerCase() === type.toLowerCase())) return
  throw invalidField(
    `${place}.type`,
    `There is no resource type "${type}": there are ${[...names].join(', ')}.`,
  )
}

const invalidField = (path: string, message: string) =>
  new Problem('invalid-request', `Mend this and send it again. ${path}: ${message}`, {
    errors: [{ path, message }],
  })

function viewFault({ activeSince, lastHit, ...fault }: Fault): z.output<typeof faultSchema> {
  const { id, summary, hits, times } = fault
  return {
    ...viewDefinition(fault),
    id,
    words: summary,
    hits,
    armed: toIsoTime(activeSince),
    ...(lastHit !== undefined && { lastHit: toIsoTime(lastHit) }),
    ...(times !== undefined && { left: times - hits }),
  }
}

function viewDefinition({ name, match, effect, times }: NewFault): z.output<typeof newFaultSchema> {
  const { methods, operations, ...rest } = match
  return {
    ...(name !== undefined && { name }),
    match: {
      ...rest,
      ...(methods && { methods: [...methods] }),
      ...(operations && { operations: [...operations] }),
    },
    effect,
    ...(times !== undefined && { times }),
  }
}
