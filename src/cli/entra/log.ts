import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { type LogLine, logLines } from '../../entra/log-file.ts'
import { table } from '../table.ts'
import { printableJson } from '../words.ts'
import { settingsOf } from './job-flags.ts'
import { auditColumns, entryColumns } from './log-columns.ts'
import { logFileOf } from './open-job.ts'
import { sinceOf } from './since.ts'

export type LogOptions = {
  readonly audit?: true
  readonly since?: string
  readonly user?: string
  readonly action?: string
  readonly status?: string
  readonly limit: number
}

type Kept<Log extends LogLine['log']> = Extract<LogLine, { log: Log }>

/** `scimulator entra log`: what was done to whom, newest last; under --json as Graph tells it, one entry a line. */
export async function log(options: LogOptions, command: Command): Promise<void> {
  const file = logFileOf(settingsOf(command, []).state)
  const lines = () => (existsSync(file) ? logLines(file) : [])
  const since = sinceOf(options.since, () => newestIn(lines()))
  const isRecent = ({ activityDateTime }: LogLine) => since === undefined || activityDateTime >= since
  const { json = false } = command.optsWithGlobals<{ json?: true }>()
  if (options.audit) {
    const isAudit = (line: LogLine): line is Kept<'audit'> => line.log === 'audit' && isRecent(line)
    write(lastOf(lines(), options.limit, isAudit), json, entries => table(auditColumns, entries))
  } else {
    const isMeant = (line: LogLine): line is Kept<'provisioning'> =>
      line.log === 'provisioning' && isRecent(line) && isWanted(line, options)
    write(lastOf(lines(), options.limit, isMeant), json, entries => table(entryColumns, entries))
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

function isWanted(entry: Kept<'provisioning'>, { user, action, status }: LogOptions): boolean {
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
