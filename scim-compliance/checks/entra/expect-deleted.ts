import { expectStatus } from '../../expect.ts'
import type { Stage } from '../../stage.ts'
import { reached } from '../tools/prepared.ts'

/** Gone, whatever is said of it. */
export const expectDeleted = async (stage: Stage, path: string): Promise<void> =>
  expectStatus(await stage.delete(path), 200, 204)

/** Skips where a deletion was answered with success and had no effect; `root` reports that. */
export const expectGone = (stage: Stage, path: string, root: string): Promise<void> =>
  reached('A deletion has no effect', root, async () => expectStatus(await stage.get(path), 404))

/** Deletes what a check needs to be gone; skips where that has no effect. */
export async function needDeleted(stage: Stage, path: string): Promise<void> {
  const kind = path.startsWith(stage.users.endpoint) ? 'user' : 'group'
  await reached('A deletion has no effect', `entra/delete/${kind}-is-gone`, async () => {
    await expectDeleted(stage, path)
    expectStatus(await stage.get(path), 404)
  })
}
