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
import { jsonOrNothing } from './json-text.ts'
import type { AuditEntry, ProvisioningEntry, ProvisioningLog } from './provisioning-log.ts'

/** A line of the log file. */
export type LogLine =
  | ({ readonly log: 'provisioning' } & ProvisioningEntry)
  | ({ readonly log: 'audit' } & AuditEntry)

const day = 24 * 3_600_000
const thirtyDays = 30 * day

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

/** A file of one JSON object a line. What is older than 30 days by the job's clock is dropped, once a day. */
export async function openLogFile(path: string, clock: () => number): Promise<ProvisioningLog> {
  let tidiedAt = clock()
  dropOld(path, tidiedAt - thirtyDays)
  let waiting: string[] = []
  const append = () => {
    if (waiting.length > 0) appendFileSync(path, waiting.join(''), { mode: 0o600 })
    waiting = []
  }
  const write = (line: LogLine) => {
    waiting.push(`${JSON.stringify(line)}\n`)
    if (waiting.length >= 200) append()
  }
  return {
    provisioned: entry => write({ log: 'provisioning', ...entry }),
    audited: entry => write({ log: 'audit', ...entry }),
    flush: async () => {
      append()
      if (clock() - tidiedAt < day) return
      tidiedAt = clock()
      dropOld(path, tidiedAt - thirtyDays)
    },
  }
}

export const readLogFile = (path: string): readonly LogLine[] => [...logLines(path)]

/** The lines of a log, one at a time: it may be larger than memory. What a crash has cut off is left out. */
export function* logLines(path: string): Generator<LogLine> {
  for (const text of textLines(path)) {
    const line = jsonOrNothing(text)
    if (line !== undefined) yield line as unknown as LogLine
  }
}

const chunk = 1 << 20

function* textLines(path: string): Generator<string> {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(chunk)
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

/** The oldest stand first: while the first isn't old, nothing has to be written again. */
function dropOld(path: string, before: number): void {
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

/** Whether the last line is whole, so that another can follow. */
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
