import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Exchange } from '../../journal/exchange.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { TenantStore } from '../../tenants/tenant-store.ts'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { replayable } from '../replay/replayable.ts'
import { exchangeNamed, exchangeParams } from './exchanges.ts'
import { answer, problems } from './shapes.ts'

const replaySchema = z
  .object({
    exchange: z.string().meta({ description: 'The id of the new exchange: GET /api/v1/exchanges/{id}.' }),
    status: z.int().meta({ description: 'What was answered this time.', example: 200 }),
  })
  .meta({ id: 'Replay', description: 'A request that was sent again.' })

/** Sending a request of the journal again. */
export const replayRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, { tenants, journal, send }) => {
  app.post(
    '/exchanges/:id/replay',
    {
      schema: {
        operationId: 'replayExchange',
        summary: 'Send a request again',
        description:
          'The same method, address, headers and body go to the tenant as it is now, let in without a token: a request that was refused for its token is answered as if it had a good one. The new exchange has `replayOf`.',
        tags: ['exchanges'],
        params: exchangeParams,
        response: { 200: answer('What came of it.', replaySchema), ...problems(404, 409) },
      },
    },
    async ({ params }) => {
      const exchange = await exchangeNamed(journal, params.id)
      const tenant = tenantOf(tenants, exchange)
      const found = replayable(exchange)
      if ('because' in found) throw cannotReplay(found.because)
      let replay = ''
      const pass = tenants.openPass(tenant.id, {
        replayOf: exchange.id,
        onAdmitted: id => {
          replay = id
        },
      })
      try {
        const { request } = found
        const headers = { ...request.headers, authorization: `Bearer ${pass.text}` }
        // A fault may cut the connection; then the journal alone knows the answer.
        const answered = await send({ ...request, headers }).then(
          ({ status }) => status,
          () => undefined,
        )
        const status = answered ?? (await journal.find(replay))?.status
        if (replay === '' || status === undefined)
          throw cannotReplay('It was sent again, and no answer came in time.')
        return { exchange: replay, status }
      } finally {
        pass.close()
      }
    },
  )
}

const cannotReplay = (because: string) => new Problem('cannot-replay', because)

function tenantOf(tenants: TenantStore, { tenant: id }: Exchange): Tenant {
  if (id === undefined) throw cannotReplay('It was for no tenant, so there is none to send it to.')
  const tenant = tenants.find(id)
  if (!tenant) throw cannotReplay(`Its tenant "${id}" is gone.`)
  return tenant
}
