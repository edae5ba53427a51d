import type { Check } from '../../check.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { updateCheck } from './areas.ts'
import { newValue } from './new-values.ts'
import { several } from './several-operations.ts'
import { sources } from './sources.ts'

const bySeveral = several.map(({ paths, operations, first = {}, ...told }) =>
  updateCheck({
    ...told,
    id: told.id,
    ...(told.source === sources.compatibility && { level: 'MUST' as const }),
    needs: ['write', 'users', 'patch'],
    effect: 'write',
    run: async stage => {
      needs(stage.users, ...paths)
      const user = await createUser(stage, first)
      const values = Object.fromEntries(paths.map(path => [path, newValue(stage, path)]))
      await expectPatched(stage, user.path, ...operations(values))
      await expectKept(stage, user.path, values)
    },
  }),
)

export const checks: readonly Check[] = [...bySeveral]
