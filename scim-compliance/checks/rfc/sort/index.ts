import type { Check } from '../../../check.ts'
import { checks as byPath } from './by-path.ts'
import { checks as byText } from './by-text.ts'
import { checks as overPagesAndTypes } from './over-pages-and-types.ts'

export const checks: readonly Check[] = [...byText, ...byPath, ...overPagesAndTypes]
