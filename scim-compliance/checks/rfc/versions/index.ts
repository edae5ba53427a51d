import type { Check } from '../../../check.ts'
import { checks as changingTags } from './changing-tags.ts'
import { checks as etags } from './etags.ts'
import { checks as preconditions } from './preconditions.ts'

export const checks: readonly Check[] = [...etags, ...preconditions, ...changingTags]
