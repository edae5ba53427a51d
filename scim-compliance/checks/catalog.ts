import type { Check } from '../check.ts'
import { awsChecks } from './aws/catalog.ts'
import { withOpposites } from './contradictions.ts'
import { entraChecks } from './entra/catalog.ts'
import { interopChecks } from './interop/catalog.ts'
import { ipsieChecks } from './ipsie/catalog.ts'
import { occasional5xx } from './occasional.ts'
import { oktaChecks } from './okta/catalog.ts'
import { rfcChecks } from './rfc/catalog.ts'

/** All checks, in the order in which reports show them. */
export const checks: readonly Check[] = [
  ...rfcChecks,
  occasional5xx('rfc/errors/occasional-5xx', 'rfc', 'Errors'),
  ...entraChecks,
  occasional5xx('entra/load/occasional-5xx', 'entra', 'Load'),
  ...awsChecks,
  occasional5xx('aws/errors/occasional-5xx', 'aws', 'Service'),
  ...oktaChecks,
  occasional5xx('okta/connection/occasional-5xx', 'okta', 'Connection'),
  ...interopChecks,
  ...ipsieChecks,
].map(withOpposites)
