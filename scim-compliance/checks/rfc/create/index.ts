import type { Check } from '../../../check.ts'
import { checks as answers } from './answers.ts'
import { checks as conflicts } from './conflicts.ts'
import { checks as ownTypes } from './own-types.ts'
import { checks as unknown } from './unknown.ts'

export const checks: readonly Check[] = [...answers, ...conflicts, ...unknown, ...ownTypes]
