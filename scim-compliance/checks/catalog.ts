import type { Check } from '../check.ts'
import { awsChecks } from './aws/catalog.ts'
import { withOpposites } from './contradictions.ts'
import { entraChecks } from './entra/catalog.ts'
import { oktaChecks } from './okta/catalog.ts'
import { rfcChecks } from './rfc/catalog.ts'

/** All checks, in the order in which reports show them. */
export const checks: readonly Check[] = [...rfcChecks, ...entraChecks, ...awsChecks, ...oktaChecks].map(
  withOpposites,
)
