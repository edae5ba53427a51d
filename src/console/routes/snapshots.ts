import type { FastifyPluginAsync } from 'fastify'
import { operations } from '../../domain/contract/snapshots.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register } from './register.ts'

const snapshotNotFound = (id: string) =>
  new Problem('not-found', `There is no snapshot "${id}". GET /api/v1/snapshots lists those that exist.`)

export const snapshotRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { snapshots }) => {
  register(app, 'listSnapshots', operations.listSnapshots, async () => ({
    items: await snapshots.list(),
  }))

  register(app, 'createSnapshot', operations.createSnapshot, ({ body }) => snapshots.save(body?.name))

  register(app, 'restoreSnapshot', operations.restoreSnapshot, async ({ params }) => {
    const restored = await snapshots.restore(params.id)
    if (!restored) throw snapshotNotFound(params.id)
    return restored
  })

  register(app, 'deleteSnapshot', operations.deleteSnapshot, async ({ params }) => {
    if (!(await snapshots.remove(params.id))) throw snapshotNotFound(params.id)
  })
}
