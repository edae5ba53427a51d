import type { Made, Stage } from '../../stage.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { expectPatched } from '../tools/patches.ts'
import { reached } from '../tools/prepared.ts'
import { path, setting } from './manager-operations.ts'

/** Sets a manager as Entra does, or else in another way that the server takes; skips where none has an effect. */
export const setManager = (stage: Stage, user: Made, manager: Made) =>
  reached(
    'No manager can be set',
    'entra/manager/add-text',
    ...setting.map(({ sent }) => async () => {
      await expectPatched(stage, user.path, sent(manager.id))
      return expectKept(stage, user.path, { [`${path}.value`]: manager.id })
    }),
  )
