import type { Check } from '../../../check.ts'
import { checks as cursorErrors } from './cursor-errors.ts'
import { checks as cursorRequests } from './cursor-requests.ts'
import { checks as cursorWalks } from './cursor-walks.ts'
import { checks as cursors } from './cursors.ts'
import { checks as indexPages } from './index-pages.ts'
import { checks as indexTotals } from './index-totals.ts'
import { checks as indexWalks } from './index-walks.ts'

export const checks: readonly Check[] = [
  ...indexPages,
  ...indexTotals,
  ...indexWalks,
  ...cursorWalks,
  ...cursors,
  ...cursorRequests,
  ...cursorErrors,
]
