import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
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
    ? spawn('tap', ['-', ...options], { stdio: ['pipe', 'inherit', 'inherit'], env })
    : spawn('tap', [...options, ...selected], { stdio: ['inherit', 'inherit', 'inherit'], env })
  // A signal to the process group reaches all processes. Tap reports what was interrupted.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tap.kill(signal))
  const closed = once(tap, 'close')
  if (tap.stdin) {
    tap.stdin.on('error', () => process.exit(1))
    await runFiles(selected, tap.stdin, { jobs, timeout: timeoutOf(env), env })
  }
  const [code] = await closed
  process.exitCode = code ?? 1
}
