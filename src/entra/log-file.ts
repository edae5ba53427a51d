import { appendFileSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { jsonOrNothing } from './json-text.ts'
import type { AuditEntry, ProvisioningEntry, ProvisioningLog } from './provisioning-log.ts'
import { writeWhole } from './write-whole.ts'

/** A line of the log file. */
export type LogLine =
  | ({ readonly log: 'provisioning' } & ProvisioningEntry)
  | ({ readonly log: 'audit' } & AuditEntry)

const thirtyDays = 30 * 24 * 3_600_000

/** Nothing is kept. */
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

/** A file of one JSON object a line. What is older than 30 days by the job's clock is dropped when it is opened. */
export async function openLogFile(path: string, clock: () => number): Promise<ProvisioningLog> {
  await dropOld(path, clock() - thirtyDays)
  let waiting: string[] = []
  const flush = () => {
    if (waiting.length > 0) appendFileSync(path, waiting.join(''))
    waiting = []
  }
  const write = (line: LogLine) => {
    waiting.push(`${JSON.stringify(line)}\n`)
    if (waiting.length >= 200) flush()
  }
  return {
    provisioned: entry => write({ log: 'provisioning', ...entry }),
    audited: entry => write({ log: 'audit', ...entry }),
    flush: async () => flush(),
  }
}

/** Reads the log; a line that was cut off by the end of a process is left out. */
export const readLogFile = (path: string): readonly LogLine[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .flatMap(line => (jsonOrNothing(line) as LogLine | undefined) ?? [])

async function dropOld(path: string, before: number): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const lines = text.split('\n').filter(line => line !== '')
  const kept = lines.filter(line => {
    const entry = jsonOrNothing(line) as LogLine | undefined
    return entry !== undefined && Date.parse(entry.activityDateTime) >= before
  })
  if (kept.length < lines.length || (text !== '' && !text.endsWith('\n'))) {
    await writeWhole(path, kept.map(line => `${line}\n`).join(''))
  }
}
