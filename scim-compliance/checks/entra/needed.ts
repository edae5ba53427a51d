import type { Made, Stage } from '../../stage.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { reached } from '../tools/prepared.ts'
import { read } from '../tools/read.ts'

/** Skips unless a user can be read by id. */
export const needRead = (stage: Stage, path: string) =>
  reached('A user can’t be read by id', 'entra/look-up/read-by-id', () => read(stage, path))

/** Skips unless PATCH changes a user's displayName. */
export async function needRenamed(stage: Stage, { path }: Pick<Made, 'path'>): Promise<void> {
  needs(stage.users, 'displayName')
  const displayName = 'Mira Moss'
  await reached('PATCH doesn’t change a user', 'entra/update/replace-displayName', async () => {
    await expectPatched(stage, path, operation('Replace', 'displayName', displayName))
    await expectKept(stage, path, { displayName })
  })
}
