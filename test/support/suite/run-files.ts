import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { createBlocks, numbered, resultOf } from './blocks.ts'

type Options = {
  /** Processes at a time. */
  readonly jobs: number
  /** Seconds that a file may take. */
  readonly timeout: number
  /** Milliseconds after that, within which a process must end by itself. */
  readonly patience?: number
  readonly env?: NodeJS.ProcessEnv
}

type Print = (...lines: readonly string[]) => void

/**
 * Runs test files in a few processes, each of which takes the next file when it has finished one, and writes one TAP stream. A file
 * whose process ends during it has failed, and the other files run in a new process.
 */
export async function runFiles(
  files: readonly string[],
  output: Writable,
  { jobs, timeout, patience = 15_000, env = process.env }: Options,
): Promise<void> {
  const waiting = [...files]
  const withoutResult = new Set(files)
  let results = 0
  const print: Print = (...lines) => {
    for (const file of lines.map(resultOf)) if (file !== undefined) withoutResult.delete(file)
    const { text, count } = numbered(lines, results + 1)
    results += count
    output.write(text)
  }
  output.write('TAP version 14\n')
  const runUntilNoneWaits = async () => {
    while (waiting.length > 0) await runInProcess(waiting, print, { jobs, timeout, patience, env })
  }
  await Promise.all(Array.from({ length: Math.min(jobs, files.length) }, runUntilNoneWaits))
  for (const file of withoutResult) print(`not ok - ${file} # it was not run`)
  output.end(`1..${results}\n`)
}

/** Runs files in one process, until no more wait or the process ends. */
async function runInProcess(
  waiting: string[],
  print: Print,
  { timeout, patience, env }: Required<Options>,
): Promise<void> {
  const blocks = createBlocks(block => print(...block))
  const child = fork(new URL('worker.ts', import.meta.url), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [],
    env: { ...env, TAP_TIMEOUT: String(timeout) },
  })
  const closed = once(child, 'close')
  const given: string[] = []
  let isFinished = false
  let watch: NodeJS.Timeout | undefined
  let reason: string | undefined
  const killAfter = (milliseconds: number, why: string) => {
    clearTimeout(watch)
    watch = setTimeout(() => {
      reason = why
      child.kill('SIGKILL')
    }, milliseconds)
  }
  child.on('message', message => {
    // Tap sends messages, too.
    if (message !== 'next') return
    const file = waiting.shift()
    if (file !== undefined) given.push(file)
    if (file === undefined) {
      isFinished = true
      killAfter(patience, 'the process did not end after its tests')
    }
    // The timeout of the file names the test, unless that blocks the process.
    else killAfter(timeout * 1000 + patience, 'timeout!')
    // A process that has ended is noticed by its end.
    child.send({ file }, () => {})
  })
  if (child.stdout)
    for await (const line of createInterface({ input: child.stdout })) {
      blocks.add(line)
      // A file may have a longer timeout than the usual one.
      watch?.refresh()
    }
  const [code, signal] = await closed
  clearTimeout(watch)
  const unfinished = blocks.end()
  const last = given.at(-1)
  if (last !== undefined && !blocks.files.has(last)) {
    // An error of an earlier file ended the process before this one began.
    given.pop()
    waiting.unshift(last)
  }
  const why = reason ?? `the process ended with ${signal ?? code}`
  if (unfinished !== undefined) print(`not ok - ${unfinished} # ${why}`)
  else if (reason !== undefined || signal !== null) print(`not ok - ${given.join(', ')} # ${why}`)
  // Other processes may have taken the files before this one was ready.
  if (given.length === 0 && !isFinished) throw new Error(`No test was run: ${why}.`)
}
