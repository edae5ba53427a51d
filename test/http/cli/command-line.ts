import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

type Process = ChildProcess & { readonly stdout: Socket; readonly stderr: Socket }

/** Milliseconds after which a run is killed: it must not keep the tests after it waiting. */
const longest = 120_000

let started: Process | undefined
let last: Promise<unknown> = Promise.resolve()

/**
 * Runs the program in a process that all tests of this process share, one run after the other. A run that ends the process, as
 * a port in use does, costs the next one a new process.
 */
export function runInSharedProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  folder = process.cwd(),
): Promise<Ended> {
  const run = last.then(() => runNext(args, env, folder))
  last = run.catch(() => {})
  return run
}

async function runNext(args: readonly string[], env: NodeJS.ProcessEnv, folder: string): Promise<Ended> {
  started ??= startProcess(env)
  const child = started
  const mark = `\0${randomUUID()}\0`
  hold(child, 'ref')
  const watch = setTimeout(() => child.kill('SIGKILL'), longest)
  child.send({ args, env, folder, mark })
  const [out, err, code] = await Promise.all([
    textUntil(child.stdout, mark),
    textUntil(child.stderr, mark),
    codeOf(child),
  ])
  clearTimeout(watch)
  hold(child, 'unref')
  return { code, out, err }
}

function startProcess(env: NodeJS.ProcessEnv): Process {
  const child = fork(new URL('command-process.ts', import.meta.url), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
    env,
  }) as Process
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  child.once('exit', () => {
    started = undefined
  })
  return child
}

/** Between runs, the process does not keep that of the tests running, and ends with it. */
function hold(child: Process, how: 'ref' | 'unref') {
  child[how]()
  child.channel?.[how]()
  child.stdout[how]()
  child.stderr[how]()
}

/** The text until the mark, or the end of the stream. */
const textUntil = (stream: Socket, mark: string): Promise<string> =>
  new Promise(resolve => {
    let text = ''
    const end = () => {
      stream.off('data', add).off('close', end)
      resolve(text.replace(mark, ''))
    }
    const add = (part: string) => {
      text += part
      if (text.endsWith(mark)) end()
    }
    stream.on('data', add).once('close', end)
  })

/** The exit code of the run, or of the process that it ended. */
const codeOf = (child: ChildProcess): Promise<number | null> =>
  new Promise(resolve => {
    const end = (code: number | null) => {
      child.off('message', end).off('exit', end)
      resolve(code)
    }
    child.on('message', end).on('exit', end)
  })
