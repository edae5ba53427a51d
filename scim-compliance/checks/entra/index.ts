import type { Check } from '../../check.ts'
import { checks as create } from './create.ts'
import { checks as remove } from './delete.ts'
import { checks as disable } from './disable.ts'
import { checks as groups } from './groups.ts'
import { checks as load } from './load.ts'
import { checks as lookUp } from './look-up.ts'
import { checks as manager } from './manager.ts'
import { checks as members } from './members.ts'
import { checks as probe } from './probe.ts'
import { checks as roles } from './roles.ts'
import { checks as update } from './update.ts'
import { checks as updateMore } from './update-more.ts'
import { checks as validator } from './validator.ts'

/** What Entra's provisioning client sends, in both of its dialects, in the order of its work. */
export const checks: readonly Check[] = [
  ...probe,
  ...lookUp,
  ...create,
  ...update,
  ...updateMore,
  ...disable,
  ...manager,
  ...roles,
  ...groups,
  ...members,
  ...remove,
  ...validator,
  ...load,
]
