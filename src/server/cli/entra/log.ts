import { existsSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { readDuration } from '../../../domain/duration.ts'
import { type LogLine, logLines } from '../../../provisioning/entra/job/log.ts'
import type { AuditEntry, ProvisioningEntry } from '../../../provisioning/entra/planning/provisioning-log.ts'
import { entraSettings } from '../../../provisioning/entra/settings.ts'
import { logFilePath } from '../../../provisioning/kit/client.ts'
import { readSettings } from '../job-settings.ts'
import { parseTime } from '../options.ts'
import { formatTime, printableJson } from '../output.ts'
import { type Column, formatTable } from '../table.ts'

const entryColumns: readonly Column<ProvisioningEntry>[] = [
  { name: 'time', of: ({ activityDateTime }) => formatTime(activityDateTime) },
  { name: 'action', of: ({ provisioningAction }) => provisioningAction },
  { name: 'status', of: ({ provisioningStatusInfo }) => provisioningStatusInfo.status },
  { name: 'type', of: ({ sourceIdentity }) => sourceIdentity.identityType },
  { name: 'object', of: ({ sourceIdentity }) => sourceIdentity.displayName },
  { name: 'target ID', of: ({ targetIdentity }) => targetIdentity.id },
  { name: 'details', of: entry => summaryOf(entry) },
]

const auditColumns: readonly Column<AuditEntry>[] = [
  { name: 'time', of: ({ activityDateTime }) => formatTime(activityDateTime) },
  { name: 'activity', of: ({ activityDisplayName }) => activityDisplayName },
  { name: 'result', of: ({ result }) => result },
  { name: 'reason', of: ({ resultReason }) => resultReason },
]

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

function countedNames(names: readonly string[]): string {
  return [...new Set(names)]
    .map(name => {
      const times = names.filter(each => each === name).length
      return times === 1 ? name : `${name} (${times})`
    })
    .join(', ')
}

export function parseSince(text: string): string {
  if (readDuration(text) !== undefined) return text
  try {
    parseTime(text)
    return text
  } catch {
    throw new InvalidArgumentError(
      'Expected a duration such as 90m, or a time with time zone such as 2027-03-01T09:30:00Z.',
    )
  }
}

/** ISO 8601 in UTC. An age counts back from now, or from the last entry if the job's clock is ahead. */
export function resolveSince(
  text: string | undefined,
  last: () => string | undefined,
  now = Date.now(),
): string | undefined {
  if (text === undefined) return undefined
  const age = readDuration(text)
  if (age === undefined) return parseTime(text)
  const newest = Math.max(now, Date.parse(last() ?? '') || 0)
  return new Date(newest - age).toISOString()
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

/** Newest last; --json prints one Graph entry per line. */
export async function log(options: LogOptions, command: Command): Promise<void> {
  const file = logFilePath(readSettings(command, entraSettings, []).state)
  const lines = () => (existsSync(file) ? logLines(file) : [])
  const since = resolveSince(options.since, () => newestIn(lines()))
  const isRecent = ({ activityDateTime }: LogLine) => since === undefined || activityDateTime >= since
  const { json = false } = command.optsWithGlobals<{ json?: true }>()
  if (options.audit) {
    const isAudit = (line: LogLine): line is LineOf<'audit'> => line.log === 'audit' && isRecent(line)
    write(lastOf(lines(), options.limit, isAudit), json, entries => formatTable(auditColumns, entries))
  } else {
    const isSelected = (line: LogLine): line is LineOf<'provisioning'> =>
      line.log === 'provisioning' && isRecent(line) && matchesOptions(line, options)
    write(lastOf(lines(), options.limit, isSelected), json, entries => formatTable(entryColumns, entries))
  }
}

function newestIn(lines: Iterable<LogLine>): string | undefined {
  let newest: string | undefined
  for (const { activityDateTime } of lines) newest = activityDateTime
  return newest
}

/** Keeps at most twice the limit in memory, because a log may be larger than memory. */
function lastOf<Line extends LogLine>(
  lines: Iterable<LogLine>,
  limit: number,
  isSelected: (line: LogLine) => line is Line,
): readonly Line[] {
  const kept: Line[] = []
  for (const line of lines) {
    if (isSelected(line)) kept.push(line)
    if (kept.length >= 2 * limit) kept.splice(0, kept.length - limit)
  }
  return kept.slice(-limit)
}

function matchesOptions(entry: LineOf<'provisioning'>, { user, action, status }: LogOptions): boolean {
  const { sourceIdentity, targetIdentity, provisioningAction, provisioningStatusInfo } = entry
  const names = [sourceIdentity.displayName, sourceIdentity.id, targetIdentity.id]
  const isSelected = user === undefined || names.some(name => name.toLowerCase().includes(user.toLowerCase()))
  return (
    isSelected &&
    (action === undefined || provisioningAction === action) &&
    (status === undefined || provisioningStatusInfo.status === status)
  )
}

function write<Line extends LogLine>(
  lines: readonly Line[],
  json: boolean,
  format: (lines: readonly Line[]) => string,
): void {
  if (json) {
    // `log` is our own member of the file; the others are Graph's.
    for (const { log: _, ...entry } of lines) process.stdout.write(`${printableJson(entry)}\n`)
  } else {
    process.stdout.write(lines.length === 0 ? 'No log entries match.\n' : format(lines))
  }
}
