import { expectStatus } from '../../expect.ts'
import type { Stage } from '../../stage.ts'

/** Gone, whatever is said of it. */
export const expectDeleted = async (stage: Stage, path: string): Promise<void> =>
  expectStatus(await stage.delete(path), 200, 204)
