import { type LogFile, linesOfFile, memoryLogFile, noLogFile, openLineFile } from '../../kit/log-file.ts'
import type {
  AuditEntry,
  ErrorInformation,
  Outcome,
  ProvisioningEntry,
  ProvisioningLog,
} from '../planning/provisioning-log.ts'
import { adviceFor } from '../planning/responses.ts'
import { retryMessage } from './backoff.ts'
import type { Escrow, JobConfig } from './job-state.ts'

type LoggedOutcome = {
  readonly config: JobConfig
  readonly newId: () => string
  readonly cycleId: string
  readonly at: number
  readonly startedAt: number
  readonly kind: 'user' | 'group'
  readonly objectId: string
  readonly name: string
  readonly outcome: Outcome
  readonly escrow: Escrow | undefined
}

/** One object of one cycle in the form of Graph's provisioningObjectSummary. */
export function toProvisioningEntry(logged: LoggedOutcome): ProvisioningEntry {
  const { config, newId, cycleId, at, startedAt, kind, objectId, name, outcome } = logged
  const identityType = kind === 'user' ? 'User' : 'Group'
  const { application } = config
  return {
    id: newId(),
    activityDateTime: new Date(at).toISOString(),
    tenantId: config.tenantId,
    jobId: config.jobId,
    cycleId,
    changeId: newId(),
    provisioningAction: outcome.action,
    durationInMilliseconds: at - startedAt,
    initiatedBy: { id: '', displayName: 'Azure AD Provisioning Service', initiatorType: 'system' },
    servicePrincipal: application,
    sourceSystem: { id: config.tenantId, displayName: 'Azure Active Directory', details: {} },
    targetSystem: {
      id: application.id,
      displayName: application.displayName,
      details: { ApplicationId: application.id },
    },
    sourceIdentity: { id: objectId, displayName: name, identityType, details: {} },
    targetIdentity: {
      id: outcome.target ?? '',
      displayName: outcome.target ? name : '',
      identityType,
      details: {},
    },
    provisioningStatusInfo: { status: outcome.status, errorInformation: errorOf(logged) },
    provisioningSteps: outcome.steps,
    modifiedProperties: outcome.modified,
  }
}

function errorOf({ outcome: { failure }, escrow }: LoggedOutcome): ErrorInformation | null {
  if (!failure) return null
  return {
    errorCode: failure.code,
    reason: failure.reason + retryMessage(escrow),
    additionalDetails: null,
    errorCategory: 'failure',
    recommendedAction: adviceFor(failure.code),
  }
}

export const toAuditEntry = (
  newId: () => string,
  at: number,
  activityDisplayName: string,
  resultReason: string,
  result: AuditEntry['result'] = 'success',
): AuditEntry => ({
  id: newId(),
  activityDateTime: new Date(at).toISOString(),
  activityDisplayName,
  category: 'ProvisioningManagement',
  result,
  resultReason,
  additionalDetails: [],
})

export type LogLine =
  | ({ readonly log: 'provisioning' } & ProvisioningEntry)
  | ({ readonly log: 'audit' } & AuditEntry)

export const toProvisioningLog = (file: LogFile<LogLine>): ProvisioningLog => ({
  provisioned: entry => file.write({ log: 'provisioning', ...entry }),
  audited: entry => file.write({ log: 'audit', ...entry }),
  flush: async () => file.flush(),
})

export const noLog = toProvisioningLog(noLogFile)

export function memoryLog(): ProvisioningLog & { readonly lines: readonly LogLine[] } {
  const file = memoryLogFile<LogLine>()
  return { ...toProvisioningLog(file), lines: file.entries }
}

export const timeOf = ({ activityDateTime }: LogLine): string => activityDateTime

/** The provisioning log in a file, which keeps entries for 30 days by the job's clock. */
export const openLogFile = (path: string, clock: () => number): ProvisioningLog =>
  toProvisioningLog(openLineFile(path, { clock, timeOf }))

export const readLogFile = (path: string): readonly LogLine[] => [...logLines(path)]

export const logLines = (path: string): Generator<LogLine> => linesOfFile<LogLine>(path)
