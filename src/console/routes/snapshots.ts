import type { FastifyPluginAsync } from 'fastify'
import { toIsoTime } from '../../domain/contract/operation.ts'
import { operations, type Snapshot } from '../../domain/contract/snapshots.ts'
import type { Snapshot as StoredSnapshot } from '../../domain/ports/snapshots.ts'
import { compact } from '../../scim/json.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register } from './register.ts'

const viewSnapshot = ({ id, name, created, tenants, bytes }: StoredSnapshot): Snapshot => ({
  id,
  name,
  created: toIsoTime(created),
  tenants: tenants.map(({ id, counts, retained }) => ({
    id,
    counts: { ...counts },
    ...compact({ retained }),
  })),
  bytes,
})

const snapshotNotFound = (id: string) =>
  new Problem('not-found', `There is no snapshot "${id}". GET /api/v1/snapshots lists those that exist.`)

/** Snapshots of all tenants: saved, listed, restored and deleted. */
export const snapshotRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { snapshots }) => {
  register(app, 'listSnapshots', operations.listSnapshots, async () => ({
    items: (await snapshots.list()).map(viewSnapshot),
  }))

  register(app, 'createSnapshot', operations.createSnapshot, async ({ body }) =>
    viewSnapshot(await snapshots.save(body?.name)),
  )

  register(app, 'restoreSnapshot', operations.restoreSnapshot, async ({ params }) => {
    const restored = await snapshots.restore(params.id)
    if (!restored) throw snapshotNotFound(params.id)
    return { tenants: [...restored.tenants], skipped: [...restored.skipped] }
  })

  register(app, 'deleteSnapshot', operations.deleteSnapshot, async ({ params }) => {
    if (!(await snapshots.remove(params.id))) throw snapshotNotFound(params.id)
  })
}
