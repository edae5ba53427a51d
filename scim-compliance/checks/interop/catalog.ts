import type { Check } from '../../check.ts'
import { schemaChecks } from './schemas.ts'

export const interopChecks: readonly Check[] = [...schemaChecks]
