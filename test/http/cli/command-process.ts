// A process that runs the program again and again, each time with other arguments and another environment, as the process that
// started it requests. It loads the modules of the program once.

type Request = {
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly folder: string
  /** What ends the output of the run on both streams. */
  readonly mark: string
}

const program = new URL('../../../src/server/cli/scimulator.ts', import.meta.url).href

type Listener = (...args: unknown[]) => void

const signals = ['SIGINT', 'SIGTERM']
const streams = [process.stdout, process.stderr]

/** The listeners of what outlasts a run. */
const listListeners = () =>
  [
    ...signals.map(event => ({ emitter: process as NodeJS.EventEmitter, event })),
    ...streams.flatMap(emitter => emitter.eventNames().map(event => ({ emitter, event }))),
  ].flatMap(({ emitter, event }) =>
    emitter.rawListeners(event).map(listener => ({ emitter, event, listener: listener as Listener })),
  )

/** The exit code of invalid settings, with which a server exits after it has closed what it had opened. */
const usageExitCode = 2

/** Ends a run in place of the process. */
class RunEnded extends Error {}

const exit = process.exit
process.exit = code => {
  if (code !== usageExitCode) return exit(code)
  throw new RunEnded()
}

function useEnvironment(env: NodeJS.ProcessEnv) {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
}

async function run({ args, env, folder, mark }: Request) {
  const before = new Set(listListeners().map(({ listener }) => listener))
  process.argv.splice(2, process.argv.length, ...args)
  useEnvironment(env)
  process.chdir(folder)
  try {
    // The query makes it another module, which runs.
    await import(`${program}?${mark}`)
  } catch (error) {
    // As Node.js does with an unhandled error.
    if (!(error instanceof RunEnded))
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    process.exitCode = error instanceof RunEnded ? usageExitCode : 1
  }
  for (const { emitter, event, listener } of listListeners())
    if (!before.has(listener)) emitter.off(event, listener)
  const code = process.exitCode ?? 0
  process.exitCode = undefined
  process.stdout.write(mark)
  process.stderr.write(mark)
  process.send?.(code)
}

process.on('message', (request: Request) => void run(request))
process.once('disconnect', () => process.exit())
