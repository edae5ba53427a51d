import type { Check } from '../../check.ts'
import { needs } from '../tools/offered.ts'
import { needCreated } from './accepted.ts'
import { usersCheck } from './areas.ts'
import { expectRefused, lenient } from './aws-checks.ts'
import { post } from './post-users.ts'
import { refusals } from './refused-users.ts'

export const checks: readonly Check[] = [
  ...refusals.map(({ id, says, source, level, mend, attributes, given, left, detail }) =>
    usersCheck({
      id: id,
      level,
      says,
      source,
      matters: lenient,
      mend,
      run: async stage => {
        needs(stage.users, ...attributes)
        await needCreated(stage)
        expectRefused(await post(stage, await given(stage), left), detail)
      },
    }),
  ),
]
