import type { Made, Stage } from '../../stage.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'

/** A user who has been disabled in a way that every server takes. */
export const disabled = async (stage: Stage): Promise<Made> => {
  needs(stage.users, 'active')
  const user = await createUser(stage)
  await expectPatched(stage, user.path, operation('replace', 'active', false))
  return user
}
