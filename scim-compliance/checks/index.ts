import type { Check } from '../check.ts'
import { checks as aws } from './aws/index.ts'
import { checks as entra } from './entra/index.ts'
import { checks as rfc } from './rfc/index.ts'

/** All checks, in the order in which reports show them. */
export const checks: readonly Check[] = [...rfc, ...entra, ...aws]
