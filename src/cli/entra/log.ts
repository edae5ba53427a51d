import { existsSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { type LogLine, logLines } from '../../entra/job/log.ts'
import type { AuditEntry, ProvisioningEntry } from '../../entra/planning/provisioning-log.ts'
import { parseDuration, parseTime } from '../options.ts'
import { type Column, formatTable, formatTime, printableJson } from '../output.ts'
import { readJobSettings } from './job-file.ts'
import { logFilePath } from './open-job.ts'

export const entryColumns: readonly Column<ProvisioningEntry>[] = [
  { name: 'at', of: ({ activityDateTime }) => formatTime(activityDateTime) },
  { name: 'action', of: ({ provisioningAction }) => provisioningAction },
  { name: 'status', of: ({ provisioningStatusInfo }) => provisioningStatusInfo.status },
  { name: 'type', of: ({ sourceIdentity }) => sourceIdentity.identityType },
  { name: 'object', of: ({ sourceIdentity }) => sourceIdentity.displayName },
  { name: 'in the target', of: ({ targetIdentity }) => targetIdentity.id },
  { name: 'what', of: entry => summaryOf(entry) },
]

export const auditColumns: readonly Column<AuditEntry>[] = [
  { name: 'at', of: ({ activityDateTime }) => formatTime(activityDateTime) },
  { name: 'activity', of: ({ activityDisplayName }) => activityDisplayName },
  { name: 'result', of: ({ result }) => result },
  { name: 'reason', of: ({ resultReason }) => resultReason },
]

/** The failure, or the attributes that were changed, or why nothing was. */
function summaryOf({
  provisioningStatusInfo,
  modifiedProperties,
  provisioningSteps,
}: ProvisioningEntry): string | undefined {
  const { status, errorInformation } = provisioningStatusInfo
  if (errorInformation) return `${errorInformation.errorCode}: ${errorInformation.reason}`
  if (status === 'skipped') return provisioningSteps.at(-1)?.description
  return countedNames(modifiedProperties.map(({ displayName }) => displayName))
}

/** A name that comes several times is that of members: `members (3)`. */
function countedNames(names: readonly string[]): string {
  return [...new Set(names)]
    .map(name => {
      const times = names.filter(each => each === name).length
      return times === 1 ? name : `${name} (${times})`
    })
    .join(', ')
}

/** A time, or how long ago: `2026-11-24`, `90m`. */
export function parseSince(text: string): string {
  try {
    parseDuration(text)
  } catch {
    try {
      parseTime(text)
    } catch {
      throw new InvalidArgumentError(
        'Give a duration such as 90m, or a time with its zone: 2027-03-01, 2027-03-01T09:30:00Z.',
      )
    }
  }
  return text
}

/** As ISO 8601 in UTC. What is so long ago counts from now, or from the last entry where a fast clock has run ahead. */
export function resolveSince(
  text: string | undefined,
  last: () => string | undefined,
  now = Date.now(),
): string | undefined {
  if (text === undefined) return undefined
  if (/^\d{4}-/.test(text)) return parseTime(text)
  const newest = Math.max(now, Date.parse(last() ?? '') || 0)
  return new Date(newest - parseDuration(text)).toISOString()
}

export type LogOptions = {
  readonly audit?: true
  readonly since?: string
  readonly user?: string
  readonly action?: string
  readonly status?: string
  readonly limit: number
}

type LineOf<Log extends LogLine['log']> = Extract<LogLine, { log: Log }>

/** `scimulator entra log`: what was done to whom, newest last; under --json as Graph tells it, one entry a line. */
export async function log(options: LogOptions, command: Command): Promise<void> {
  const file = logFilePath(readJobSettings(command, []).state)
  const lines = () => (existsSync(file) ? logLines(file) : [])
  const since = resolveSince(options.since, () => newestIn(lines()))
  const isRecent = ({ activityDateTime }: LogLine) => since === undefined || activityDateTime >= since
  const { json = false } = command.optsWithGlobals<{ json?: true }>()
  if (options.audit) {
    const isAudit = (line: LogLine): line is LineOf<'audit'> => line.log === 'audit' && isRecent(line)
    write(lastOf(lines(), options.limit, isAudit), json, entries => formatTable(auditColumns, entries))
  } else {
    const isMeant = (line: LogLine): line is LineOf<'provisioning'> =>
      line.log === 'provisioning' && isRecent(line) && matchesOptions(line, options)
    write(lastOf(lines(), options.limit, isMeant), json, entries => formatTable(entryColumns, entries))
  }
}

function newestIn(lines: Iterable<LogLine>): string | undefined {
  let newest: string | undefined
  for (const { activityDateTime } of lines) newest = activityDateTime
  return newest
}

/** A log may be larger than memory: no more than twice the limit is held. */
function lastOf<Line extends LogLine>(
  lines: Iterable<LogLine>,
  limit: number,
  isMeant: (line: LogLine) => line is Line,
): readonly Line[] {
  const kept: Line[] = []
  for (const line of lines) {
    if (isMeant(line)) kept.push(line)
    if (kept.length >= 2 * limit) kept.splice(0, kept.length - limit)
  }
  return kept.slice(-limit)
}

function matchesOptions(entry: LineOf<'provisioning'>, { user, action, status }: LogOptions): boolean {
  const { sourceIdentity, targetIdentity, provisioningAction, provisioningStatusInfo } = entry
  const names = [sourceIdentity.displayName, sourceIdentity.id, targetIdentity.id]
  const isMeant = user === undefined || names.some(name => name.toLowerCase().includes(user.toLowerCase()))
  return (
    isMeant &&
    (action === undefined || provisioningAction === action) &&
    (status === undefined || provisioningStatusInfo.status === status)
  )
}

function write<Line extends LogLine>(
  lines: readonly Line[],
  json: boolean,
  inWords: (lines: readonly Line[]) => string,
): void {
  if (json) {
    // Which log it is stands in the file alone; the rest is Graph's.
    for (const { log: _, ...entry } of lines) process.stdout.write(`${printableJson(entry)}\n`)
  } else {
    process.stdout.write(lines.length === 0 ? 'The log has no such entries.\n' : inWords(lines))
  }
}
