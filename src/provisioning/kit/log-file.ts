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
import { day } from '../../domain/duration.ts'
import { parseJsonOrUndefined } from './target.ts'

const retention = 30 * day

export type LogFile<Line> = {
  write(line: Line): void
  flush(): void
}

export const noLogFile: LogFile<unknown> = { write: () => {}, flush: () => {} }

export function memoryLogFile<Line>(): LogFile<Line> & { readonly entries: readonly Line[] } {
  const entries: Line[] = []
  return { entries, write: entry => entries.push(entry), flush: () => {} }
}

type LogFileOptions<Line> = {
  readonly clock: () => number
  /** The time of an entry in ISO 8601. */
  readonly timeOf: (line: Line) => string
}

/** Opens a log file. Drops entries older than 30 days by the job's clock, once a day. */
export function openLineFile<Line extends object>(
  path: string,
  { clock, timeOf }: LogFileOptions<Line>,
): LogFile<Line> {
  let prunedAt = clock()
  dropExpired(path, timeOf, prunedAt - retention)
  let buffered: string[] = []
  const append = () => {
    if (buffered.length > 0) appendFileSync(path, buffered.join(''), { mode: 0o600 })
    buffered = []
  }
  return {
    write(line) {
      buffered.push(`${JSON.stringify(line)}\n`)
      if (buffered.length >= 200) append()
    },
    flush() {
      append()
      if (clock() - prunedAt < day) return
      prunedAt = clock()
      dropExpired(path, timeOf, prunedAt - retention)
    },
  }
}

/** Yields the lines of a log one at a time, because it may be larger than memory. Omits a line cut off by a crash. */
export function* linesOfFile<Line>(path: string): Generator<Line> {
  for (const text of textLines(path)) {
    const line = parseJsonOrUndefined(text)
    if (line !== undefined) yield line as unknown as Line
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
function dropExpired<Line>(path: string, timeOf: (line: Line) => string, before: number): void {
  if (!existsSync(path)) return
  const isKept = (line: Line) => Date.parse(timeOf(line)) >= before
  const [first] = linesOfFile<Line>(path)
  if (first && isKept(first) && endsWithLine(path)) return
  const draft = `${path}.${process.pid}.tmp`
  const file = openSync(draft, 'w', 0o600)
  try {
    for (const line of linesOfFile<Line>(path)) if (isKept(line)) writeSync(file, `${JSON.stringify(line)}\n`)
    closeSync(file)
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

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
