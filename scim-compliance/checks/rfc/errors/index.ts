import type { Check } from '../../../check.ts'
import { checks as errorBodies } from './error-bodies.ts'
import { checks as errorStatuses } from './error-statuses.ts'
import { checks as notOffered } from './not-offered.ts'

export const checks: readonly Check[] = [...errorBodies, ...errorStatuses, ...notOffered]
