import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { PassThrough, type Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { countTests, formatCounts } from '../count-tests.ts'
import { runFiles } from './run-files.ts'

const root = new URL('../../../', import.meta.url)
const { jobs, timeout } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).tap

/** Hundreds of processes load the same files, so their compiled code is kept, where `bin/scimulator.js` keeps it. */
const compileCache = fileURLToPath(new URL('node_modules/.cache/scimulator', root))

/** Seconds that a file may take. */
const timeoutOf = ({ TAP_TIMEOUT }: NodeJS.ProcessEnv): number => Number(TAP_TIMEOUT ?? timeout)

/** Options of tap for the output of results. All others change which tests run, or how. */
const ofReports =
  /^(-[Rrfod].*|--(reporter|reporter-arg|reporter-file|output-file|output-dir)=.*|-[cC]|--(no-)?color)$/

const isTestFile = (argument: string): boolean =>
  argument.endsWith('.test.ts') && statSync(argument, { throwIfNoEntry: false }) !== undefined

/**
 * Runs test files, or those that the arguments name, several in a process, and shows the results as tap does. With an option that
 * `runFiles` doesn't have, tap runs them, each in a process of its own. Sets the exit status.
 */
export async function runTests(
  args: readonly string[],
  files: readonly string[],
  given: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const env = { NODE_COMPILE_CACHE: compileCache, ...given }
  const named = args.filter(isTestFile)
  const options = args.filter(argument => !isTestFile(argument))
  const selected = named.length > 0 ? named : files
  const isGrouped = options.every(option => ofReports.test(option))
  const tap = isGrouped
    ? spawn('tap', ['-', ...options], {
        stdio: ['pipe', process.stdout.isTTY ? 'inherit' : 'pipe', 'inherit'],
        env,
      })
    : spawn('tap', [...options, ...selected], { stdio: ['inherit', 'inherit', 'inherit'], env })
  // A signal to the process group reaches all processes. Tap reports what was interrupted.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tap.kill(signal))
  const closed = once(tap, 'close')
  if (tap.stdin) {
    tap.stdin.on('error', () => process.exit(1))
    const { output, text } = recorded(tap.stdin)
    const printed = tap.stdout && printWithCounts(tap.stdout, () => countTests(text(), selected))
    await runFiles(selected, output, { jobs, timeout: timeoutOf(env), env })
    await printed
  }
  const [code] = await closed
  process.exitCode = code ?? 1
}

/** A stream into another, and the text that was written to it. */
function recorded(stream: Writable): { readonly output: Writable; readonly text: () => string } {
  const output = new PassThrough()
  const parts: Buffer[] = []
  output.on('data', part => parts.push(part)).pipe(stream)
  return { output, text: () => Buffer.concat(parts).toString() }
}

/** Prints TAP. Tap's closing count is zero, because it counts no tests that it reads from its standard input. */
async function printWithCounts(tap: NodeJS.ReadableStream, count: () => Parameters<typeof formatCounts>[0]) {
  // The reader of a pipe may stop early.
  process.stdout.on('error', () => process.exit(1))
  for await (const line of createInterface({ input: tap }))
    process.stdout.write(`${line.startsWith('# { total: ') ? formatCounts(count()) : line}\n`)
}
