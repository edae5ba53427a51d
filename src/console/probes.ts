import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Admission, createAdmission, guardRoutes, rejectUnknownHosts } from './admission.ts'
import type { ConsoleDeps } from './deps.ts'
import { unavailableProblem } from './error-handler.ts'
import { createLiveHub, type LiveHub, liveSources } from './live/hub.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { LastDrifts } from './routes/rehearsal.ts'

export type Shared = {
  readonly admission: Admission
  readonly live: LiveHub
  readonly metrics: Metrics
  readonly drifts: LastDrifts
}

/** Throws an error if other machines could use the console without credentials. */
export function createShared(deps: ConsoleDeps): Shared {
  const admission = createAdmission(deps)
  const live = createLiveHub({ sources: liveSources(deps) })
  const drifts: LastDrifts = new Map()
  return { admission, live, drifts, metrics: createMetrics(deps, live.readerCount, drifts) }
}

export const livenessOf = ({ version }: Pick<ConsoleDeps, 'version'>) => ({ status: 'ok' as const, version })

/** Throws a Problem while the server should get no requests. */
export function readinessOf({ ready, unready }: Pick<ConsoleDeps, 'ready' | 'unready'>) {
  const reason = unready()
  if (reason !== undefined) throw unavailableProblem(reason)
  if (ready()) return { status: 'ready' as const }
  throw unavailableProblem('The server is starting or stopping; try again in a moment.')
}

export const sendMetrics =
  ({ text, contentType }: Metrics) =>
  async (_request: unknown, reply: Pick<FastifyReply, 'type'>): Promise<string> => {
    const metrics = await text()
    reply.type(contentType)
    return metrics
  }

export async function addProbes(app: FastifyInstance, deps: ConsoleDeps, { admission, metrics }: Shared) {
  const config = { needs: 'none' } as const
  app.get('/livez', { config }, async () => livenessOf(deps))
  app.get('/readyz', { config }, async () => readinessOf(deps))
  await app.register(async guarded => {
    rejectUnknownHosts(guarded, deps)
    guardRoutes(guarded, deps, admission)
    guarded.get('/metrics', { config: { needs: 'metrics' } }, sendMetrics(metrics))
  })
}
