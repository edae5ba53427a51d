import type { Check } from '../../../check.ts'
import { checks as readOnly } from './read-only.ts'
import { checks as refusals } from './refusals.ts'
import { checks as replaces } from './replaces.ts'

export const checks: readonly Check[] = [...replaces, ...readOnly, ...refusals]
