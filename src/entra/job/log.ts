import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { day } from '../duration.ts'
import { adviceFor } from '../planning/error-codes.ts'
import type { Outcome } from '../planning/plan.ts'
import type {
  AuditEntry,
  ErrorInformation,
  ProvisioningEntry,
  ProvisioningLog,
} from '../planning/provisioning-log.ts'
import { parseJsonOrUndefined } from '../target.ts'
import { retryMessage } from './backoff.ts'
import type { JobConfig } from './job-config.ts'
import type { Escrow } from './job-state.ts'

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
  /** The retry that the failure caused. */
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

/** A line of the log file. */
export type LogLine =
  | ({ readonly log: 'provisioning' } & ProvisioningEntry)
  | ({ readonly log: 'audit' } & AuditEntry)

const retention = 30 * day

/** Discards all entries. */
export const noLog: ProvisioningLog = { provisioned: () => {}, audited: () => {}, flush: async () => {} }

/** Keeps entries in memory, for tests and short runs. */
export function memoryLog(): ProvisioningLog & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = []
  return {
    lines,
    provisioned: entry => lines.push({ log: 'provisioning', ...entry }),
    audited: entry => lines.push({ log: 'audit', ...entry }),
    flush: async () => {},
  }
}

/** A file with one JSON object per line. Drops entries older than 30 days by the job's clock, once a day. */
export async function openLogFile(path: string, clock: () => number): Promise<ProvisioningLog> {
  let prunedAt = clock()
  dropExpired(path, prunedAt - retention)
  let buffered: string[] = []
  const append = () => {
    if (buffered.length > 0) appendFileSync(path, buffered.join(''), { mode: 0o600 })
    buffered = []
  }
  const write = (line: LogLine) => {
    buffered.push(`${JSON.stringify(line)}\n`)
    if (buffered.length >= 200) append()
  }
  return {
    provisioned: entry => write({ log: 'provisioning', ...entry }),
    audited: entry => write({ log: 'audit', ...entry }),
    flush: async () => {
      append()
      if (clock() - prunedAt < day) return
      prunedAt = clock()
      dropExpired(path, prunedAt - retention)
    },
  }
}

export const readLogFile = (path: string): readonly LogLine[] => [...logLines(path)]

/** Yields the lines of a log one at a time, because it may be larger than memory. Omits a line cut off by a crash. */
export function* logLines(path: string): Generator<LogLine> {
  for (const text of textLines(path)) {
    const line = parseJsonOrUndefined(text)
    if (line !== undefined) yield line as unknown as LogLine
  }
}

const chunkSize = 1 << 20

function* textLines(path: string): Generator<string> {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(chunkSize)
    const decoder = new StringDecoder('utf8')
    let rest = ''
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
      const lines = (rest + decoder.write(buffer.subarray(0, read))).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
    if (rest !== '') yield rest
  } finally {
    closeSync(file)
  }
}

/** The oldest entries come first: if the first has not expired, the file needs no rewriting. */
function dropExpired(path: string, before: number): void {
  if (!existsSync(path)) return
  const isKept = ({ activityDateTime }: LogLine) => Date.parse(activityDateTime) >= before
  const [first] = logLines(path)
  if (first && isKept(first) && endsWithLine(path)) return
  const draft = `${path}.${process.pid}.tmp`
  const file = openSync(draft, 'w', 0o600)
  try {
    for (const line of logLines(path)) if (isKept(line)) writeSync(file, `${JSON.stringify(line)}\n`)
    closeSync(file)
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** Whether the last line is complete, so that another can be appended. */
function endsWithLine(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const last = Buffer.alloc(1)
    return size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last.toString() === '\n')
  } finally {
    closeSync(file)
  }
}
