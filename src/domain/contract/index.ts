import { operations as access } from './access.ts'
import { operations as accessKeys } from './access-keys.ts'
import { operations as audit } from './audit.ts'
import { operations as awsImport } from './aws-import.ts'
import {
  consoleTokenOperations as consoleTokens,
  callerOperations as me,
  sessionOperations as sessions,
} from './console-access.ts'
import { cycleReportOperations as cycleReports, operations as cycles } from './cycles.ts'
import { operations as drift } from './drift.ts'
import { operations as events } from './events.ts'
import { operations as exchanges } from './exchanges.ts'
import { operations as explanation } from './explanation.ts'
import { operations as faults } from './faults.ts'
import { failureMapOperations as failureMap, operations as findings } from './findings.ts'
import { operations as identities, timelineOperations as timeline } from './identities.ts'
import { operations as issuers } from './issuers.ts'
import { operations as oauthClients } from './oauth-clients.ts'
import { operations as overview } from './overview.ts'
import { operations as preflight } from './preflight.ts'
import { operations as reconcile } from './reconcile.ts'
import { operations as rehearsal } from './rehearsal.ts'
import { operations as server } from './server.ts'
import { operations as sessionFile } from './session-file.ts'
import { operations as setup } from './setup.ts'
import { operations as signInCheck } from './sign-in-check.ts'
import { operations as snapshots } from './snapshots.ts'
import { operations as stale } from './stale.ts'
import { clockOperations as clock, operations as tenants } from './tenants.ts'
import { operations as tokens } from './tokens.ts'
import { operations as types } from './types.ts'
import { operations as webhooks } from './webhooks.ts'
import { operations as why } from './why.ts'

export const operations = {
  ...tenants,
  ...tokens,
  ...issuers,
  ...accessKeys,
  ...oauthClients,
  ...types,
  ...identities,
  ...why,
  ...timeline,
  ...stale,
  ...access,
  ...signInCheck,
  ...exchanges,
  ...explanation,
  ...reconcile,
  ...preflight,
  ...awsImport,
  ...rehearsal,
  ...drift,
  ...setup,
  ...cycles,
  ...cycleReports,
  ...sessionFile,
  ...overview,
  ...findings,
  ...failureMap,
  ...events,
  ...faults,
  ...clock,
  ...snapshots,
  ...server,
  ...webhooks,
  ...me,
  ...sessions,
  ...consoleTokens,
  ...audit,
}

type Operations = typeof operations

export interface OperationsByKey extends ByKey {}
type ByKey = {
  [Id in keyof Operations as Operations[Id]['key']]: Operations[Id]
}

export type OperationKey = keyof OperationsByKey
