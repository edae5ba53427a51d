import type { FastifyInstance } from 'fastify'
import { type OnClosing, onClosingOf } from '../scim-api/http/respond.ts'

/**
 * Passes requests for which `app` has no route to another application, which the first of them builds: building it would make the
 * start longer. If that fails, the request gets an error, and the next one builds again. The other application does not listen, so
 * it closes after the open requests; `onClosing` is called before.
 */
export function passUnrouted(app: FastifyInstance, build: (onClosing: OnClosing) => FastifyInstance): void {
  let other: Promise<Ready> | undefined
  const ends: (() => void)[] = []
  onClosingOf(app)(() => {
    for (const end of ends) end()
  })
  const getOther = (): Promise<Ready> => {
    other ??= toReady(build(end => void ends.push(end))).catch(error => {
      other = undefined
      throw error
    })
    return other
  }
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    const { routing } = await getOther()
    reply.hijack()
    routing(request.raw, reply.raw)
  })
  app.addHook('onClose', async () => {
    const built = await other?.catch(() => undefined)
    await built?.close()
  })
}

/** Parts of an application, which itself is thenable. */
type Ready = Pick<FastifyInstance, 'routing'> & { readonly close: () => Promise<void> }

async function toReady(app: FastifyInstance): Promise<Ready> {
  await app.ready()
  return { routing: app.routing, close: async () => app.close() }
}
